# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Messages to and from bytes (CDR, as on the wire of a real ROS 2)."""

from typing import Any

from embedded_ros.extension.exceptions import RMWError
from embedded_ros.interfaces import deserialize
from embedded_ros.interfaces import serialize


def rclpy_serialize(message: Any, message_type: type) -> bytes:
    """Return a message's bytes."""
    return serialize(message)


def rclpy_deserialize(data: bytes, message_type: type) -> Any:
    """Return the message in the bytes. Raises RMWError where they do not hold one."""
    try:
        return deserialize(data, message_type)
    except (ValueError, IndexError) as error:
        raise RMWError(f'failed to deserialize ROS message: {error}') from error
