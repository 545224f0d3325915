# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Interface text to classes: the message, service and action packages of the embedded graph.

Everything but known_package is imported when first used, for the reason given in packages.py.
"""

from importlib import import_module

from embedded_ros.interfaces.packages import known_package

_HOMES = {
    'copy_message': 'copying',
    'deserialize': 'cdr',
    'load_submodule': 'modules',
    'serialize': 'cdr',
}

__all__ = ['interface_name', 'known_package', *_HOMES]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    return getattr(import_module(f'{__name__}.{_HOMES[name]}'), name)


def interface_name(cls: type) -> str:
    """The full name of a message, service or action class, as 'std_msgs/msg/String'."""
    try:
        return cls._SPECIFICATION.full_name
    except AttributeError:
        raise TypeError(f'{cls!r} is no message, service or action class') from None
