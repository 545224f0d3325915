# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Interface text to classes: the message, service and action packages of the embedded graph."""

from embedded_ros.interfaces.cdr import deserialize
from embedded_ros.interfaces.cdr import serialize
from embedded_ros.interfaces.copying import copy_message
from embedded_ros.interfaces.modules import known_package
from embedded_ros.interfaces.modules import load_submodule

__all__ = [
    'copy_message',
    'deserialize',
    'interface_name',
    'known_package',
    'load_submodule',
    'serialize',
]


def interface_name(cls: type) -> str:
    """The full name of a message, service or action class, as 'std_msgs/msg/String'."""
    try:
        return cls._SPECIFICATION.full_name
    except AttributeError:
        raise TypeError(f'{cls!r} is no message, service or action class') from None
