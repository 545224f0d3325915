# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The thread that owns the model: loads it, warms it up and runs every step of it."""

import asyncio
from collections import deque
from collections.abc import Callable
import enum
import gc
import logging
import threading
from typing import Any

from personaplex_ros.engine.ledger import Ledger
from personaplex_ros.engine.order import Order
from personaplex_ros.wire.events import Fault

logger = logging.getLogger(__name__)


class Status(enum.Enum):
    """What /health says."""

    WARMING = 'warming'
    OK = 'ok'
    FAILED = 'failed'


class ModelWorker:
    """One model on one thread; the event loop only hands orders over.

    load: returns a model.personaplex.PersonaPlex, warmed up; called on the thread, because
    importing torch alone takes seconds in which /health has to answer.
    """

    def __init__(self, load: Callable[[], Any], ledger: Ledger) -> None:
        self._load = load
        self._ledger = ledger
        self._loop = asyncio.get_running_loop()
        self._orders: deque[Order] = deque()
        self._news = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._main, name='model', daemon=True)
        self.status = Status.WARMING
        self.model: Any = None
        """The loaded model; read its name, voices, device, dtype and cache report only."""
        self.error: Exception | None = None
        """Why the status is FAILED."""
        self.settled = asyncio.Event()
        """Set once loading has ended, well or not."""
        self.broken = asyncio.Event()
        """Set once a model that was loaded works no more; it stays so."""

    def start(self) -> None:
        """Begin to load."""
        self._thread.start()

    def submit(self, order: Order) -> None:
        """Begin this conversation between two frames of the others."""
        self._orders.append(order)
        self.wake()

    def wake(self) -> None:
        """Say that there is something to do; from any thread."""
        self._news.set()

    async def stop(self, timeout_s: float) -> bool:
        """End the thread after the frame it is in; False when it did not end in time."""
        self._stopping = True
        self.wake()
        await asyncio.to_thread(self._thread.join, timeout_s)
        return not self._thread.is_alive()

    def _main(self) -> None:
        try:
            self.model = self._load()
        except Exception as error:
            self._tell(self.settled, Status.FAILED, error)
            return
        # Torch and moshi leave about a million objects that live as long as the process:
        # a full collection over them would cost a frame tens of milliseconds.
        gc.collect()
        gc.freeze()
        self._tell(self.settled, Status.OK)
        self._serve()

    def _serve(self) -> None:
        from personaplex_ros.engine.model_loop import ModelBroken  # it imports torch
        from personaplex_ros.engine.model_loop import ModelLoop

        loop = ModelLoop(self.model, self._ledger)
        try:
            while self._goes_on():
                while self._orders:
                    loop.begin(self._orders.popleft())
                loop.turn()
                if loop.idle and not self._orders:
                    self._news.wait()
            loop.end()
        except ModelBroken as broken:
            cause = broken.__cause__
            self._turn_away(cause if isinstance(cause, Exception) else broken)
        except Exception as error:
            logger.exception('the thread of the model failed')
            loop.end()
            self._turn_away(error)

    def _goes_on(self) -> bool:
        """Forget the news before looking for them, and for the end: none is slept through."""
        self._news.clear()
        return not self._stopping

    def _turn_away(self, error: Exception) -> None:
        """Answer whoever still comes."""
        self._tell(self.broken, Status.FAILED, error)
        while self._goes_on():
            while self._orders:
                order = self._orders.popleft()
                order.emit(Fault('model_failed', 'the model does not work; see /health'))
                order.inbox.close()
                order.finished()
            self._news.wait()

    def _tell(self, event: asyncio.Event, status: Status, error: Exception | None = None) -> None:
        self.status, self.error = status, error
        try:
            self._loop.call_soon_threadsafe(event.set)
        except RuntimeError:
            pass  # stopped meanwhile
