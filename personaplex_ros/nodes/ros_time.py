# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""From the monotonic clock, by which sound is timed, to the node's own."""

import time

from builtin_interfaces.msg import Time as TimeMessage
from rclpy.node import Node
from rclpy.time import Time


def ros_stamp(node: Node, monotonic_ns: int) -> TimeMessage:
    """Return the node's time of a moment given as time.monotonic_ns."""
    now_ns = node.get_clock().now().nanoseconds
    return Time(nanoseconds=max(0, now_ns + monotonic_ns - time.monotonic_ns())).to_msg()
