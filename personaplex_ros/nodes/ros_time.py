# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Stamps of messages, the node's clock, and the monotonic clock by which sound is timed."""

import time

from builtin_interfaces.msg import Time as TimeMessage
from rclpy.node import Node


def nanoseconds(stamp: TimeMessage) -> int:
    """Return a stamp in ns.

    rclpy's Time raises for one before 1970, which any sender may put into a message.
    """
    return stamp.sec * 1_000_000_000 + stamp.nanosec


def monotonic_s(node: Node, stamp: TimeMessage) -> float:
    """Return time.monotonic of a moment in the node's time; any stamp gives some."""
    ago_ns = node.get_clock().now().nanoseconds - nanoseconds(stamp)
    return time.monotonic() - ago_ns * 1e-9


def ros_stamp(node: Node, monotonic_ns: int) -> TimeMessage:
    """Return the node's time of a moment given as time.monotonic_ns."""
    now_ns = node.get_clock().now().nanoseconds
    sec, nanosec = divmod(max(0, now_ns + monotonic_ns - time.monotonic_ns()), 1_000_000_000)
    return TimeMessage(sec=sec, nanosec=nanosec)
