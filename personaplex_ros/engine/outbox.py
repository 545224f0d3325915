# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What waits for the caller's socket: answers, of which a slow reader loses the oldest."""

import asyncio
from collections import deque
from dataclasses import dataclass
from dataclasses import replace

import numpy as np

from personaplex_ros.engine.ledger import Ledger
from personaplex_ros.wire.events import EngineEvent
from personaplex_ros.wire.events import Fault
from personaplex_ros.wire.events import FrameReport
from personaplex_ros.wire.limits import OUTPUT_QUEUE_FRAMES

MAX_OTHERS = 64
"""Messages besides frames that may wait; a reader this far behind is let go."""


@dataclass(frozen=True)
class Answer:
    """One frame of the agent."""

    report: FrameReport
    piece: str
    """Text of this frame; empty for padding."""
    pcm: np.ndarray
    """int16 [1920]."""
    arrived_s: float
    """time.perf_counter() of the input frame that it answers."""


@dataclass(frozen=True)
class Pong:
    """The echo of a 0x06 message."""

    payload: bytes


Outgoing = Answer | EngineEvent | Fault | Pong


class Outbox:
    """One caller's outgoing messages in order. Used on the event loop alone."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._waiting: deque[Outgoing] = deque()
        self._changed = asyncio.Event()
        self._dropped = 0
        self.overran = asyncio.Event()
        """Set when too many messages wait besides frames; get() returns None from then on."""

    def put(self, item: Outgoing) -> None:
        """Add a message; the oldest waiting frame makes room for a new one."""
        if self.overran.is_set():
            self._ledger.dropped_out(int(isinstance(item, Answer)))
            return
        self._waiting.append(item)
        if isinstance(item, Fault):
            self._ledger.fault(item.code)
        frames = sum(isinstance(waiting, Answer) for waiting in self._waiting)
        if isinstance(item, Answer) and frames > OUTPUT_QUEUE_FRAMES:
            self._drop_oldest_frame()
        if len(self._waiting) - frames > MAX_OTHERS:
            self.overran.set()
        self._changed.set()

    async def get(self) -> Outgoing | None:
        """Wait for the next message; None once the outbox is overrun."""
        while not self._waiting:
            self._changed.clear()
            await self._changed.wait()
        if self.overran.is_set():
            return None
        item = self._waiting.popleft()
        if isinstance(item, Answer):
            return replace(item, report=replace(item.report, dropped_out=self._dropped))
        return item

    def abandon(self) -> None:
        """Count the answers that will not be sent any more."""
        frames = sum(isinstance(waiting, Answer) for waiting in self._waiting)
        self._waiting.clear()
        self._ledger.dropped_out(frames)

    def _drop_oldest_frame(self) -> None:
        oldest = next(item for item in self._waiting if isinstance(item, Answer))
        self._waiting.remove(oldest)
        self._dropped += 1
        self._ledger.dropped_out(1)
