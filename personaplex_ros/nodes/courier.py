# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Carries what a device's thread has to tell to where it may take its time."""

from collections.abc import Callable
from queue import SimpleQueue
import threading
from typing import Any

MAX_WAITING = 100
"""Two seconds of 20 ms chunks."""


class Courier:
    """post() never waits; the posted calls are made in order by a thread of its own."""

    def __init__(self, name: str) -> None:
        self._queue: SimpleQueue[tuple[Callable[..., None], tuple[Any, ...]] | None]
        self._queue = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.dropped = 0
        """Calls that were not taken because too many waited."""
        self._thread.start()

    def post(self, function: Callable[..., None], *arguments: Any) -> None:
        """Have function(*arguments) called soon."""
        if self._queue.qsize() >= MAX_WAITING:
            self.dropped += 1
        else:
            self._queue.put((function, arguments))

    def stop(self) -> None:
        """End once everything posted was called."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (call := self._queue.get()) is not None:
            function, arguments = call
            function(*arguments)
