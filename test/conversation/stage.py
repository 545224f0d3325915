# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A conversation on a stage: a scripted engine on one side, a listener that notes on the other."""

import asyncio
from collections.abc import AsyncIterator
from collections.abc import Callable
from collections.abc import Coroutine
import contextlib
from dataclasses import replace
import functools
import time
from typing import Any

import numpy as np

from fakes.backend import ScriptedEngine
from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.backends.base import AgentFrame
from personaplex_ros.backends.base import Role
from personaplex_ros.conversation.conversation import Conversation
from personaplex_ros.conversation.passage import HeardFrame
from personaplex_ros.conversation.passage import Passage
from personaplex_ros.conversation.personas import Persona
from personaplex_ros.conversation.settings import ConversationSettings
from personaplex_ros.conversation.state import State
from personaplex_ros.conversation.state import Status

TEACHER = Persona('teacher', Role('You teach.', 'NATF2'))
PILOT = Persona('pilot', Role('You fly.', 'NATM1'))

QUICK = ConversationSettings(
    backoff_min_s=0.01, backoff_max_s=0.04, down_after_s=3600.0, connect_timeout_s=0.5
)
"""Settings under which trouble and recovery take milliseconds."""

PATIENCE_S = 5.0
_sleep = asyncio.sleep  # some tests replace it to see how long the conversation would wait


def on_a_loop(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run an async test; one that hangs fails."""

    @functools.wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        asyncio.run(asyncio.wait_for(test(*args, **kwargs), 4 * PATIENCE_S))

    return run


def silence(count: int = 1) -> list[HeardFrame]:
    """Return frames as the ears would pass them on."""
    now_s = time.monotonic()
    frame = np.zeros(SAMPLES_PER_FRAME, np.int16)
    return [(frame, Passage(now_s - 0.08, now_s)) for _ in range(count)]


class Notes:
    """A listener that keeps everything it is told."""

    def __init__(self) -> None:
        self.statuses: list[Status] = []
        self.frames: list[tuple[AgentFrame, int, bool]] = []
        self.cuts: list[tuple[int, bool]] = []
        self.voices: list[str] = []
        self.passages: list[Passage] = []
        self.faults: list[tuple[str, str]] = []

    @property
    def states(self) -> list[State]:
        """The states in the order they were told, repetitions left out."""
        told = [status.state for status in self.statuses]
        return [state for i, state in enumerate(told) if i == 0 or state != told[i - 1]]

    def on_status(self, status: Status) -> None:
        """Keep it."""
        self.statuses.append(status)

    def on_frame(self, frame: AgentFrame, epoch: int, silenced: bool, passage: Passage) -> None:
        """Keep it."""
        self.passages.append(passage)
        self.frames.append((frame, epoch, silenced))

    def on_cut(self, epoch: int, interrupted: bool) -> None:
        """Keep it."""
        self.cuts.append((epoch, interrupted))

    def on_voices(self, voices: list[str]) -> None:
        """Keep them."""
        self.voices = voices

    def on_fault(self, code: str, message: str) -> None:
        """Keep it."""
        self.faults.append((code, message))


class Stage:
    """A running, activated conversation; `async with` ends it."""

    def __init__(self, persona: Persona = TEACHER, active: bool = True, **settings: Any) -> None:
        self.engine = ScriptedEngine()
        self.notes = Notes()
        self.conversation = Conversation(
            self.engine.connect, replace(QUICK, **settings), persona, self.notes
        )
        if active:
            self.conversation.activate()
        self.task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> 'Stage':
        """Let it run."""
        self.task = asyncio.ensure_future(self.conversation.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        """End it; whatever ended it before is raised."""
        assert self.task is not None
        self.task.cancel()
        try:
            await self.task
        except asyncio.CancelledError:
            pass

    @property
    def state(self) -> State:
        """The state that was told last."""
        return self.notes.statuses[-1].state

    def hear(self, count: int = 1) -> None:
        """Pass frames of silence on."""
        self.conversation.hear(silence(count))

    async def until(self, condition: Callable[[], Any], what: str = '') -> None:
        """Wait until a condition holds; fails when it does not come true."""
        give_up_s = time.monotonic() + PATIENCE_S
        while not condition():
            if self.task is not None and self.task.done() and not self.task.cancelled():
                self.task.result()  # a conversation that died tells why
            assert time.monotonic() < give_up_s, f'waited in vain {what} ({self.summary()})'
            await _sleep(0.001)

    async def live(self) -> 'Stage':
        """Wait until it is live."""
        await self.until(lambda: self.state is State.LIVE, 'to be live')
        return self

    async def heard_and_answered(self, count: int) -> None:
        """Hear frames one after the other, each once the one before is accounted for."""
        for _ in range(count):
            self.hear()
            await self.until(lambda: self.ledger.frames_in_flight == 0, 'for an answer')

    @property
    def ledger(self):
        """The counters."""
        return self.conversation.ledger

    def balance(self) -> tuple[int, int, int, int]:
        """Return frames in, out, dropped and in flight."""
        counts = self.ledger
        return (
            counts.frames_in,
            counts.frames_out,
            counts.frames_dropped,
            counts.frames_in_flight,
        )

    def summary(self) -> str:
        """Return where it stands, for a failure's text."""
        return f'{self.notes.statuses[-1:]}, in/out/dropped/in flight {self.balance()}'


@contextlib.asynccontextmanager
async def live_stage(**arguments: Any) -> AsyncIterator[Stage]:
    """Enter a stage once it is live; takes the arguments of Stage."""
    async with Stage(**arguments) as stage:
        yield await stage.live()
