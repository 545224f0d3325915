# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""rclpy's Clock handle: system, steady and ROS time, with overrides and jump callbacks."""

from collections.abc import Callable
import time
from typing import Any
from typing import NamedTuple

from embedded_ros.extension.destroyable import Destroyable
from embedded_ros.extension.enums import ClockChange
from embedded_ros.extension.enums import ClockType
from embedded_ros.extension.exceptions import RCLError
from embedded_ros.extension.time_point import rcl_time_point_t

_EPOCH_CHANGES = (ClockChange.ROS_TIME_ACTIVATED, ClockChange.ROS_TIME_DEACTIVATED)


class TimeJump(NamedTuple):
    """A step of ROS time: what happened to its source, and by how much time moved."""

    change: ClockChange
    delta_ns: int

    @property
    def is_new_epoch(self) -> bool:
        """Whether the source of time changed, so that earlier times mean nothing."""
        return self.change in _EPOCH_CHANGES


class JumpListener(NamedTuple):
    """Someone to be told before and after a jump that exceeds a threshold (0: disabled)."""

    key: object
    """What the listener is removed by; compared by identity."""

    on_clock_change: bool
    min_forward_ns: int
    min_backward_ns: int
    before: Callable[[TimeJump], None]
    after: Callable[[TimeJump], None]

    def cares_about(self, jump: TimeJump) -> bool:
        """Return whether the jump exceeds a threshold (rcl/time.c rcl_clock_call_callbacks)."""
        return (
            (self.on_clock_change and jump.is_new_epoch)
            or (self.min_backward_ns < 0 and jump.delta_ns <= self.min_backward_ns)
            or (self.min_forward_ns > 0 and jump.delta_ns >= self.min_forward_ns)
        )


class Clock(Destroyable):
    """A clock of one type; ROS time follows the system until an override is enabled."""

    def __init__(self, clock_type: ClockType) -> None:
        if clock_type == ClockType.UNINITIALIZED:
            raise RCLError('failed to initialize clock: the type must not be UNINITIALIZED')
        self.clock_type = clock_type
        self.override_enabled = False
        self._override_ns = 0
        self._listeners: dict[int, JumpListener] = {}  # by id(key), in order of addition
        super().__init__()
        self.pointer = id(self)

    def now_ns(self) -> int:
        """Return the current time in nanoseconds."""
        if self.clock_type == ClockType.STEADY_TIME:
            return time.monotonic_ns()
        return self._override_ns if self.override_enabled else time.time_ns()

    def get_now(self) -> rcl_time_point_t:
        """Return the current time."""
        return rcl_time_point_t(self.now_ns(), self.clock_type)

    def get_ros_time_override_is_enabled(self) -> bool:
        """Return whether ROS time is set from outside. Raises RCLError for another clock type."""
        self._check_ros('failed to get ROS time override status')
        return self.override_enabled

    def set_ros_time_override_is_enabled(self, enabled: bool) -> None:
        """Let ROS time be set from outside, or follow the system again."""
        self._check_ros('failed to set ROS time override')
        if enabled == self.override_enabled:
            return
        change = ClockChange.ROS_TIME_ACTIVATED if enabled else ClockChange.ROS_TIME_DEACTIVATED
        with _Announcement(list(self._listeners.values()), TimeJump(change, 0)):
            self.override_enabled = enabled

    def set_ros_time_override(self, time_point: rcl_time_point_t) -> None:
        """Set the time that holds while the override is enabled."""
        self._check_ros('failed to set ROS time override')
        if not self.override_enabled:
            self._override_ns = time_point.nanoseconds
            return
        delta_ns = time_point.nanoseconds - self._override_ns
        jump = TimeJump(ClockChange.ROS_TIME_NO_CHANGE, delta_ns)
        with _Announcement(list(self._listeners.values()), jump):
            self._override_ns = time_point.nanoseconds

    def add_clock_callback(
        self,
        jump_handle: Any,
        on_clock_change: bool,
        min_forward: int,
        min_backward: int,
    ) -> None:
        """Tell an rclpy.clock.JumpHandle about jumps; thresholds in nanoseconds, 0 disables."""
        if min_forward < 0 or min_backward > 0:
            raise RCLError(
                'failed to add time jump callback: forward threshold must not be '
                'negative, backward threshold must not be positive'
            )

        def before(jump: TimeJump) -> None:
            if jump_handle._pre_callback is not None:
                jump_handle._pre_callback()

        def after(jump: TimeJump) -> None:
            if jump_handle._post_callback is not None:
                jump_handle._post_callback({'clock_change': jump.change, 'delta': jump.delta_ns})

        self.add_listener(
            JumpListener(jump_handle, on_clock_change, min_forward, min_backward, before, after)
        )

    def remove_clock_callback(self, jump_handle: Any) -> None:
        """Stop telling an rclpy.clock.JumpHandle. Raises RCLError where it was not added."""
        if id(jump_handle) not in self._listeners:
            raise RCLError('failed to remove time jump callback: jump callback was not found')
        self.remove_listener(jump_handle)

    def add_listener(self, listener: JumpListener) -> None:
        """Add a listener; its key must be new."""
        if self._listeners.setdefault(id(listener.key), listener) is not listener:
            raise RCLError('failed to add time jump callback: it is already added to this clock')

    def remove_listener(self, key: object) -> None:
        """Remove a listener where there is one."""
        self._listeners.pop(id(key), None)

    def _check_ros(self, what_failed: str) -> None:
        if self.clock_type != ClockType.ROS_TIME:
            raise RCLError(f'{what_failed}: Clock is not of type RCL_ROS_TIME')


class _Announcement:
    """Tells listeners before and after a change; once one raised, nobody else is called.

    The change is made in any case; the exception is raised afterwards.
    """

    def __init__(self, listeners: list[JumpListener], jump: TimeJump) -> None:
        self._listeners = [listener for listener in listeners if listener.cares_about(jump)]
        self._jump = jump
        self._error: BaseException | None = None

    def __enter__(self) -> None:
        self._tell([listener.before for listener in self._listeners])

    def __exit__(self, *exc_info: object) -> None:
        self._tell([listener.after for listener in self._listeners])
        if self._error is not None:
            raise self._error

    def _tell(self, callbacks: list[Callable[[TimeJump], None]]) -> None:
        try:
            for callback in callbacks if self._error is None else ():
                callback(self._jump)
        except BaseException as error:
            self._error = error
