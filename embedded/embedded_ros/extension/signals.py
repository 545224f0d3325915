# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Signals: SIGINT and SIGTERM shut every context down and wake every executor.

Python runs these handlers in the main thread between two instructions, so all they touch is free
of locks. The handler that was there before is called afterwards: that is how Ctrl-C also raises
KeyboardInterrupt. Python drops whatever a finalizer raises, so a signal that meets one is sent
again a moment later; rclpy's own handles are finalized in C++, where no handler can run.
"""

import _thread
from collections.abc import Callable
import signal
import threading
import time
from types import FrameType

from embedded_ros.extension.context import shutdown_contexts
from embedded_ros.extension.enums import SignalHandlerOptions
from embedded_ros.extension.guard_condition import GuardCondition
from embedded_ros.graph.waking import Trigger

FINALIZER_S = 0.001  # about how long the finalizer of a handle may still take

_guard_conditions: dict[Trigger, None] = {}  # a set that keeps order; each step is atomic


class _Handler:
    """Our handler of one signal, and the one it stands in front of."""

    def __init__(self, signum: int) -> None:
        self._signum = signum
        self._previous: Callable | int | None = None
        self.installed = False
        self._active = False

    def install(self) -> None:
        """Take the signal. Only the main thread can; elsewhere the process stays as it is."""
        self._active = True
        if self.installed or threading.current_thread() is not threading.main_thread():
            return
        self._previous = signal.signal(self._signum, self)
        self.installed = True

    def uninstall(self) -> None:
        """Give the signal back, unless somebody stands in front of us: then only step aside."""
        self._active = False
        if not self.installed or threading.current_thread() is not threading.main_thread():
            return
        if signal.getsignal(self._signum) is not self:
            return
        signal.signal(self._signum, self._previous)
        self.installed = False

    def __call__(self, signum: int, frame: FrameType | None) -> None:
        if _is_in_finalizer(frame):
            _thread.start_new_thread(_send_again, (signum,))  # threading would take locks
            return
        previous = self._previous
        if self._active:
            for guard_condition in list(_guard_conditions):
                guard_condition.set()
            shutdown_contexts()
        else:
            self.uninstall()
        if callable(previous):
            previous(signum, frame)


def _is_in_finalizer(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_name == '__del__':
            return True
        frame = frame.f_back
    return False


def _send_again(signum: int) -> None:
    time.sleep(FINALIZER_S)
    signal.pthread_kill(threading.main_thread().ident, signum)  # so that it wakes up, too


_handlers = {
    SignalHandlerOptions.SIGINT: _Handler(signal.SIGINT),
    SignalHandlerOptions.SIGTERM: _Handler(signal.SIGTERM),
}


def install_signal_handlers(options: SignalHandlerOptions) -> None:
    """Install the handlers named; those that are there stay."""
    for option, handler in _handlers.items():
        if option & options:
            handler.install()


def uninstall_signal_handlers() -> None:
    """Remove all handlers."""
    for handler in _handlers.values():
        handler.uninstall()


def get_current_signal_handlers_options() -> SignalHandlerOptions:
    """Return which handlers are installed."""
    return SignalHandlerOptions(
        sum(option for option, handler in _handlers.items() if handler.installed)
    )


def register_sigint_guard_condition(guard_condition: GuardCondition) -> None:
    """Trigger a guard condition by signals. Raises ValueError where it is registered already."""
    if guard_condition.end in _guard_conditions:
        raise ValueError('Guard condition was already registered')
    _guard_conditions[guard_condition.end] = None


def unregister_sigint_guard_condition(guard_condition: GuardCondition) -> None:
    """Undo the registration. Raises ValueError where there is none."""
    if guard_condition.end not in _guard_conditions:
        raise ValueError('Guard condition was not registered')
    del _guard_conditions[guard_condition.end]
