# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""rclpy's Timer handle: when the next call is due, on any clock (rcl/timer.c)."""

from embedded_ros.extension.clock import Clock
from embedded_ros.extension.clock import JumpListener
from embedded_ros.extension.clock import TimeJump
from embedded_ros.extension.context import Context
from embedded_ros.extension.destroyable import Destroyable
from embedded_ros.extension.enums import ClockType
from embedded_ros.extension.exceptions import RCLError
from embedded_ros.graph.qos import INFINITE_NS
from embedded_ros.graph.waking import Waitable


class TimerSchedule(Waitable):
    """What a wait set needs of a timer; the clock knows it too, to tell it of jumps."""

    __slots__ = ('_credit_ns', 'canceled', 'clock', 'last_call_ns', 'next_call_ns', 'period_ns')

    def __init__(self, clock: Clock, period_ns: int) -> None:
        super().__init__()
        now_ns = clock.now_ns()
        self.clock = clock
        self.period_ns = period_ns
        self.last_call_ns = now_ns
        self.next_call_ns = now_ns + period_ns
        self.canceled = False
        self._credit_ns = 0

    def remaining_ns(self) -> int:
        """Return the time until the next call; negative when it is overdue."""
        return INFINITE_NS if self.canceled else self.next_call_ns - self.clock.now_ns()

    def sleep_ns(self) -> int:
        """Return how long a wait set may sleep: time set from outside wakes it by a jump."""
        return INFINITE_NS if self.clock.override_enabled else self.remaining_ns()

    def call(self) -> None:
        """Schedule the next call: whole periods after the last one, however late this one is."""
        now_ns = self.clock.now_ns()
        self.last_call_ns = now_ns
        next_ns = self.next_call_ns + self.period_ns
        if next_ns < now_ns:
            missed = -((next_ns - now_ns) // self.period_ns) if self.period_ns else 0
            next_ns = next_ns + missed * self.period_ns if self.period_ns else now_ns
        self.next_call_ns = next_ns

    def restart(self) -> None:
        """Begin a new period now."""
        self.next_call_ns = self.clock.now_ns() + self.period_ns
        self.canceled = False
        self.notify()

    def before_jump(self, jump: TimeJump) -> None:
        """Keep what is left of the period where the source of time changes."""
        now_ns = self.clock.now_ns()
        if jump.is_new_epoch and now_ns:
            self._credit_ns = self.next_call_ns - now_ns

    def after_jump(self, jump: TimeJump) -> None:
        """Shift the schedule, and look whether a call is due."""
        now_ns = self.clock.now_ns()
        if jump.is_new_epoch:
            if now_ns and self._credit_ns:
                credit_ns, self._credit_ns = self._credit_ns, 0
                self.last_call_ns = now_ns - credit_ns
                self.next_call_ns = self.last_call_ns + self.period_ns
        elif self.next_call_ns > now_ns and now_ns < self.last_call_ns:
            self.last_call_ns = now_ns
            self.next_call_ns = now_ns + self.period_ns
        self.notify()


class Timer(Destroyable):
    """A timer; period_ns in nanoseconds. Raises RCLError for a negative one."""

    def __init__(self, clock: Clock, context: Context, period_ns: int) -> None:
        if period_ns < 0:
            raise RCLError('failed to create timer: timer period must be non-negative')
        self.end = TimerSchedule(clock, period_ns)
        super().__init__()
        self.pointer = id(self.end)
        if clock.clock_type == ClockType.ROS_TIME:
            clock.add_listener(
                JumpListener(self.end, True, 1, -1, self.end.before_jump, self.end.after_jump)
            )

    def reset_timer(self) -> None:
        """Begin a new period now; a canceled timer runs again."""
        self.end.restart()

    def is_timer_ready(self) -> bool:
        """Return whether a call is due."""
        return self.end.remaining_ns() <= 0

    def call_timer(self) -> None:
        """Note that the timer is called now. Raises RCLError when it is canceled."""
        if self.end.canceled:
            raise RCLError('failed to call timer: timer is canceled')
        self.end.call()

    def change_timer_period(self, period_ns: int) -> None:
        """Set the period, which holds from the next call on."""
        self.end.period_ns = period_ns

    def time_until_next_call(self) -> int | None:
        """Return the nanoseconds until the next call, None when canceled."""
        return None if self.end.canceled else self.end.remaining_ns()

    def time_since_last_call(self) -> int:
        """Return the nanoseconds since the last call."""
        return self.end.clock.now_ns() - self.end.last_call_ns

    def get_timer_period(self) -> int:
        """Return the period in nanoseconds."""
        return self.end.period_ns

    def cancel_timer(self) -> None:
        """Stop calling until reset."""
        self.end.canceled = True

    def is_timer_canceled(self) -> bool:
        """Return whether the timer was canceled."""
        return self.end.canceled

    def _release(self) -> None:
        self.end.canceled = True
        self.end.clock.remove_listener(self.end)
