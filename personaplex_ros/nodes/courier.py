# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Carries what a device's thread has to tell to where it may take its time."""

from collections.abc import Callable
from queue import Empty
from queue import SimpleQueue
import threading
from typing import Any

MAX_WAITING = 25
"""Half a second of 20 ms chunks, as much as a subscription keeps (qos.audio_subscribe)."""

_Call = tuple[Callable[..., None], tuple[Any, ...]]


class Courier:
    """The posted calls are made in order by a thread of its own.

    Where that is too slow all but the newest is dropped: sound that comes late helps nobody.
    """

    def __init__(self, name: str, on_error: Callable[[Exception], None]) -> None:
        """name: of its thread. on_error: called there with what a call has raised."""
        self._on_error = on_error
        self._waiting: SimpleQueue[_Call | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.dropped = 0
        """Calls that were not made because too many waited."""
        self._thread.start()

    def post(self, function: Callable[..., None], *arguments: Any) -> None:
        """Have function(*arguments) called soon; for one thread. Never waits."""
        if self._waiting.qsize() >= MAX_WAITING:
            self._drop()
        self._waiting.put((function, arguments))

    def stop(self) -> None:
        """End once everything posted was called."""
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (call := self._waiting.get()) is not None:
            function, arguments = call
            try:
                function(*arguments)
            except Exception as error:  # a mistake in one call must not silence the others
                self._on_error(error)

    def _drop(self) -> None:
        try:
            while self._waiting.get_nowait() is not None:
                self.dropped += 1
            self._waiting.put(None)  # it is to end: that must not be lost
        except Empty:
            pass
