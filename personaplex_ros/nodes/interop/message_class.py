# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Message classes by name, as `ros2 topic list -t` writes it."""

from importlib import import_module


def message_class(name: str) -> type:
    """Return the class of 'package/msg/Name'; raises LookupError that says what to do."""
    package, _, kind = name.partition('/msg/')
    try:
        return getattr(import_module(f'{package}.msg'), kind)
    except (ImportError, AttributeError) as error:
        raise LookupError(
            f'{name} is not installed here ({error}); install {package} or source its workspace'
        ) from None
