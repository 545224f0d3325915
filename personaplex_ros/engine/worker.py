# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The thread that owns the model: loads it, warms it up and runs every step of it."""

import asyncio
from collections.abc import Callable
import enum
import gc
import logging
import queue
import threading
from typing import Any

import numpy as np

from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.engine.ledger import Ledger
from personaplex_ros.engine.order import Order

CHECK_FRAMES = 4
"""Frames of silence that tell whether a model still works after an error."""

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
        self._orders: queue.SimpleQueue[Order | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._main, name='model', daemon=True)
        self.status = Status.WARMING
        self.model: Any = None
        """The loaded model; read its name, voices, device, dtype and cache report only."""
        self.error: Exception | None = None
        """Why the status is FAILED."""
        self.settled = asyncio.Event()
        """Set once loading has ended, well or not."""

    def start(self) -> None:
        """Begin to load."""
        self._thread.start()

    def submit(self, order: Order) -> None:
        """Hold this conversation once the one before it has ended."""
        self._orders.put(order)

    async def stop(self, timeout_s: float) -> bool:
        """End the thread after the frame it is in; False when it did not end in time."""
        self._orders.put(None)
        await asyncio.to_thread(self._thread.join, timeout_s)
        return not self._thread.is_alive()

    def _main(self) -> None:
        try:
            self.model = self._load()
        except Exception as error:
            self._settle(Status.FAILED, error)
            return
        # Torch and moshi leave about a million objects that live as long as the process:
        # a full collection over them would cost a frame tens of milliseconds.
        gc.collect()
        gc.freeze()
        self._settle(Status.OK)
        while (order := self._orders.get()) is not None:
            self._hold(order)

    def _hold(self, order: Order) -> None:
        from personaplex_ros.engine.frame_loop import hold_conversation  # it imports torch

        try:
            hold_conversation(self.model, order, self._ledger)
        except Exception as error:
            logger.exception('the model failed in a conversation')
            self._check(error)
        finally:
            order.finished()

    def _check(self, error: Exception) -> None:
        """Say FAILED unless the model still answers after this error."""
        try:
            _run_silence(self.model)
        except Exception:
            logger.exception('the model does not answer any more')
            self.status, self.error = Status.FAILED, error

    def _settle(self, status: Status, error: Exception | None = None) -> None:
        self.status, self.error = status, error
        try:
            self._loop.call_soon_threadsafe(self.settled.set)
        except RuntimeError:
            pass  # stopped while it was loading


def _run_silence(model: Any) -> None:
    """Hold a short conversation with nobody."""
    from personaplex_ros.model.prompt import Prompt

    session = model.open_session()
    try:
        session.prompt(Prompt(text='', voice=model.voices[0]))
        for _ in range(CHECK_FRAMES):
            session.step(np.zeros(SAMPLES_PER_FRAME, np.int16))
    finally:
        session.close()
