# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Carries what a device's thread has to tell to where it may take its time."""

from collections.abc import Callable
import threading
from typing import Any

from personaplex_ros.audio.live_queue import LiveQueue

MAX_WAITING = 25
"""Half a second of 20 ms chunks, as much as a subscription keeps (qos.AUDIO_SUBSCRIBE)."""

_Call = tuple[Callable[..., None], tuple[Any, ...]]


class Courier:
    """The posted calls are made in order by a thread of its own.

    Where that is too slow all but the newest is dropped: sound that comes late helps nobody.
    """

    def __init__(self, name: str) -> None:
        self._waiting: LiveQueue[_Call] = LiveQueue(MAX_WAITING)
        self._wake = threading.Condition()
        self._ends = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.dropped = 0
        """Calls that were not made because too many waited."""
        self._thread.start()

    def post(self, function: Callable[..., None], *arguments: Any) -> None:
        """Have function(*arguments) called soon. Never waits."""
        with self._wake:
            self.dropped += self._waiting.push((function, arguments))
            self._wake.notify()

    def stop(self) -> None:
        """End once everything posted was called."""
        with self._wake:
            self._ends = True
            self._wake.notify()
        self._thread.join()

    def _run(self) -> None:
        while (call := self._next()) is not None:
            function, arguments = call
            function(*arguments)

    def _next(self) -> _Call | None:
        with self._wake:
            self._wake.wait_for(lambda: self._ends or len(self._waiting) > 0)
            return self._waiting.pop() if self._waiting else None
