# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""An asyncio loop in a thread of its own, for callers that have none."""

import asyncio
from collections.abc import Callable
from collections.abc import Coroutine
import concurrent.futures
import threading
from typing import Any
from typing import TypeVar

T = TypeVar('T')

CANCEL_PERIOD_S = 0.5
"""A task that has not ended by then is cancelled again."""


class LoopThread:
    """Runs coroutines for other threads; stop() ends every task before the thread."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._lock = threading.Lock()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> 'concurrent.futures.Future[T]':
        """Run a coroutine; the future is its result, cancelled when the loop stops first."""
        with self._lock:
            if not self._stopped:
                return asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        coroutine.close()
        refused: concurrent.futures.Future[T] = concurrent.futures.Future()
        refused.cancel()
        return refused

    def post(self, callback: Callable[..., None], *args: Any) -> None:
        """Call a function on the loop soon; ignored once stopped."""
        with self._lock:
            if not self._stopped:
                self._loop.call_soon_threadsafe(callback, *args)

    def stop(self) -> None:
        """Cancel what runs and wait for the thread."""
        with self._lock:
            first, self._stopped = not self._stopped, True
            if first:
                self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            # Again and again: a task can lose a cancellation, and before Python 3.12 wait_for()
            # does when it comes in the same turn as its result (bpo-37658).
            while tasks := asyncio.all_tasks(self._loop):
                for task in tasks:
                    task.cancel()
                self._loop.run_until_complete(asyncio.wait(tasks, timeout=CANCEL_PERIOD_S))
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()
