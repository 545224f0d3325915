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
from typing import TYPE_CHECKING

from personaplex_ros.engine.failure import ModelStuck
from personaplex_ros.engine.ledger import Ledger
from personaplex_ros.engine.order import Order
from personaplex_ros.wire.events import Fault

if TYPE_CHECKING:
    from personaplex_ros.engine.model_loop import ModelLoop  # it imports torch

CHECK_S = 1.0
STUCK_CHECKS = 30
"""A turn that is still the same one so many checks later does not end: the longest on a GPU, a
prefill of a whole prompt, takes a few seconds. Checks are counted, not time: a process that was
stopped for an hour has checked nothing meanwhile."""

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
        self._turns = 0
        self._in_turn = False
        self._watching: asyncio.Task | None = None
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
        self.stuck = asyncio.Event()
        """Set with it where the thread does not come back: it answers nobody any more."""

    def start(self) -> None:
        """Begin to load, and to watch."""
        self._watching = asyncio.create_task(self._watch())
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
        if self._watching:
            self._watching.cancel()
        self.wake()
        await asyncio.to_thread(self._thread.join, timeout_s)
        return not self._thread.is_alive()

    async def _watch(self) -> None:
        """Say so where a GPU hangs; a CPU does not, but may need minutes for a prompt.

        A hang that keeps the interpreter's lock stops this too: only a launcher can end that one,
        for a watch in C goes by the clock, and would end a process that was merely stopped.
        """
        await self.settled.wait()
        if self.status is not Status.OK or not self.model.device.startswith('cuda'):
            return
        last, same = None, 0
        while same < STUCK_CHECKS:
            await asyncio.sleep(CHECK_S)
            if self.broken.is_set():
                return
            turn = self._turns if self._in_turn else None
            same = same + 1 if turn is not None and turn == last else 0
            last = turn
        waited_s = STUCK_CHECKS * CHECK_S
        self._tell(self.broken, Status.FAILED, ModelStuck(f'no answer from it for {waited_s:g} s'))
        self.stuck.set()

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
                self._turn(loop)
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

    def _turn(self, loop: 'ModelLoop') -> None:
        self._turns += 1
        self._in_turn = True
        try:
            while self._orders:
                loop.begin(self._orders.popleft())
            loop.turn()
        finally:
            self._in_turn = False

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
