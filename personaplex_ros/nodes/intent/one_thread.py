# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""One thread for everything that is not thread safe: what is urgent first, the rest in order."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
import threading
import time
from typing import Any

MAX_WAITING = 4_000
"""Words that wait; a model says 12.5 tokens a second."""

MAX_URGENT = 10_000
"""Results, feedback and decisions that wait; beyond it something is badly broken."""

_Call = tuple[Callable[..., Any], tuple[Any, ...]]


class OneThread:
    """post() and urge() never wait; the calls are made one after the other by a thread of its own.

    Where too many calls wait, all of them are dropped and `on_overflow` is called in their place:
    of words, a part may mean the opposite of the whole.
    """

    def __init__(
        self,
        name: str,
        on_overflow: Callable[[], None],
        on_idle: Callable[[], None],
        on_error: Callable[[Exception], None],
        idle_s: float,
    ) -> None:
        """on_idle: called every idle_s seconds. on_error: gets what a call has raised."""
        self._on_overflow = on_overflow
        self._on_idle = on_idle
        self._on_error = on_error
        self._idle_s = idle_s
        self._urgent: deque[_Call] = deque(maxlen=MAX_URGENT)
        self._waiting: deque[_Call] = deque()
        self._wake = threading.Condition()
        self._ends = False
        self.dropped = 0
        """Calls dropped because too many waited."""
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def post(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Have function(*arguments) called in its turn."""
        with self._wake:
            if len(self._waiting) >= MAX_WAITING:
                self.dropped += len(self._waiting)
                self._waiting.clear()
                self._waiting.append((self._on_overflow, ()))
            self._waiting.append((function, arguments))
            self._wake.notify()

    def urge(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Have function(*arguments) called before everything that was posted."""
        with self._wake:
            self._urgent.append((function, arguments))
            self._wake.notify()

    def ask(self, function: Callable[..., Any], *arguments: Any, patience_s: float = 2.0) -> Any:
        """Return function(*arguments), called like an urgent one; raises what it raises.

        Raises TimeoutError where the thread does not come to it.
        """
        if threading.current_thread() is self._thread:
            return function(*arguments)
        answer: Future = Future()

        def call() -> None:
            try:
                answer.set_result(function(*arguments))
            except Exception as error:
                answer.set_exception(error)

        self.urge(call)
        try:
            return answer.result(patience_s)
        except NotInTime:  # before Python 3.11 another class than the one that callers know
            raise TimeoutError('the thread has too much to do') from None

    def stop(self) -> None:
        """End after what is urgent; the rest that still waits is dropped."""
        with self._wake:
            self._ends = True
            self._wake.notify()
        self._thread.join()

    def _run(self) -> None:
        idle_at_s = time.monotonic()
        while self._urgent or not self._ends:
            if time.monotonic() >= idle_at_s:
                idle_at_s = time.monotonic() + self._idle_s
                self._call(self._on_idle, ())
            call = self._next(idle_at_s - time.monotonic())
            if call is not None:
                self._call(*call)

    def _next(self, patience_s: float) -> _Call | None:
        with self._wake:
            self._wake.wait_for(lambda: self._urgent or self._waiting or self._ends, patience_s)
            if self._urgent:
                return self._urgent.popleft()
            return self._waiting.popleft() if self._waiting and not self._ends else None

    def _call(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        try:
            function(*arguments)
        except Exception as error:  # a mistake in one call must not end the emergency stop
            self._on_error(error)
