# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""rclpy's ClockEvent: a sleep on a clock that others can end."""

import threading

from embedded_ros.extension.clock import Clock
from embedded_ros.extension.exceptions import RCLError
from embedded_ros.extension.time_point import rcl_time_point_t

_NS_PER_S = 1_000_000_000


class ClockEvent:
    """An event; waiting for it gives up the GIL."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def wait_until_steady(self, clock: Clock, until: rcl_time_point_t) -> None:
        """Wait for the event, or for a time on a steady clock."""
        self._wait_until(clock, until)

    def wait_until_system(self, clock: Clock, until: rcl_time_point_t) -> None:
        """Wait for the event, or for a time on a system clock."""
        self._wait_until(clock, until)

    def wait_until_ros(self, clock: Clock, until: rcl_time_point_t) -> None:
        """Wait for the event, or for a time on a ROS clock.

        While time is set from outside only the event ends the wait: the caller must have a jump
        callback that sets it.
        """
        if clock.get_ros_time_override_is_enabled():
            self._event.wait()
        else:
            self._wait_until(clock, until)

    def is_set(self) -> bool:
        """Return whether the event is set."""
        return self._event.is_set()

    def set(self) -> None:
        """Set the event and wake all who wait for it."""
        self._event.set()

    def clear(self) -> None:
        """Unset the event."""
        self._event.clear()

    def _wait_until(self, clock: Clock, until: rcl_time_point_t) -> None:
        if until.clock_type != clock.clock_type:
            raise RCLError('failed to subtract times: they belong to different types of clock')
        remaining_ns = max(until.nanoseconds - clock.now_ns(), 0)
        self._event.wait(min(remaining_ns / _NS_PER_S, threading.TIMEOUT_MAX))
