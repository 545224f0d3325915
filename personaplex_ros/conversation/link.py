# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""One living connection to an engine: which frames it owes us, which requests it has to answer."""

import asyncio
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
import time

import numpy as np

from personaplex_ros.backends.base import Backend
from personaplex_ros.backends.base import BackendError
from personaplex_ros.conversation.pace import Pace
from personaplex_ros.conversation.passage import Passage
from personaplex_ros.conversation.personas import Persona
from personaplex_ros.conversation.says import SayRequest
from personaplex_ros.conversation.says import Says
from personaplex_ros.conversation.says import Spoken
from personaplex_ros.wire.events import Fault
from personaplex_ros.wire.events import FrameReport
from personaplex_ros.wire.events import Interrupted
from personaplex_ros.wire.events import PersonaChanged
from personaplex_ros.wire.events import SayDone
from personaplex_ros.wire.events import SayWord
from personaplex_ros.wire.events import TextReleased

INTERRUPT_ANSWER_S = 2.0
"""An engine answers within one frame; after this long the interrupt counts as over."""


@dataclass(frozen=True, eq=False)
class Change:
    """A persona that was asked for."""

    persona: Persona
    keep_memory: bool
    done: 'asyncio.Future[None]'


class Link:
    """Bookkeeping beside an open backend; ends with its connection."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.says = Says(backend)
        self.pace = Pace()
        self._owed: dict[int, Passage] = {}
        self._next_input = count()
        self._next_request = count(1)
        self._hold = 0  # request that keeps the agent's words; 0 for none
        self._holders: set[str] = set()
        self._interrupt = 0  # request whose answer ends the silence; 0 for none
        self._interrupted_s = 0.0
        self._changes: dict[int, Change] = {}
        self._context = 0  # request that told the latest facts; 0 for none
        self.context_fault: Fault | None = None
        """Why the latest facts were not taken."""

    @property
    def in_flight(self) -> int:
        """Frames sent and not answered."""
        return len(self._owed)

    async def send(self, pcm: np.ndarray, passage: Passage) -> None:
        """Send int16 [1920]."""
        passage.sent_s = time.monotonic()
        self._owed[next(self._next_input)] = passage
        await self.backend.send_frame(pcm)

    def answered(self, report: FrameReport) -> tuple[Passage | None, int]:
        """Return the passage of the answered frame, and how many before it got no answer.

        None where nobody waits for the answer any more. As everywhere here, silence that stood in
        for a microphone is not counted.
        """
        skipped = self.give_up(report.input_frame)
        passage = self._owed.pop(report.input_frame, None)
        if passage is not None:
            passage.answered_s = time.monotonic()
            self.pace.answered(passage, report.model_ms)
        return passage, skipped

    def give_up(self, before: int) -> int:
        """Wait no more for answers to frames before this number; return how many those were."""
        skipped = [number for number in self._owed if number < before]
        return _heard(self._owed.pop(number) for number in skipped)

    def disown(self) -> int:
        """Wait for no answer any more; return how many frames had none yet."""
        outstanding = _heard(self._owed.values())
        self._owed.clear()
        return outstanding

    def owed_since(self, now_s: float) -> float:
        """Return when the oldest unanswered frame was complete; now_s when nothing is owed."""
        return next((passage.complete_s for passage in self._owed.values()), now_s)

    async def interrupt(self) -> None:
        """Ask for silence; until the engine has heard of it, its frames are silenced here."""
        request = next(self._next_request)
        self._silence_until_answer(request)
        await self.backend.interrupt(request)

    @property
    def silenced(self) -> bool:
        """Whether frames of the engine still come from before the interrupt.

        An engine that never answers must not leave the robot mute: there is an end to it.
        """
        waited_s = time.monotonic() - self._interrupted_s
        return self._interrupt != 0 and waited_s < INTERRUPT_ANSWER_S

    async def hold_words(self, holder: str, max_ms: int) -> None:
        """Let the agent begin no word of its own; raises BackendError.

        holder: who wants it; it lasts until the last of them lets go.
        """
        self._holders.add(holder)
        self._hold = next(self._next_request)
        await self.backend.hold_text(self._hold, max_ms)

    async def release_words(self, holder: str) -> None:
        """Let it, as far as this one is concerned; raises BackendError."""
        self._holders.discard(holder)
        if self._hold and not self._holders:
            request, self._hold = self._hold, 0
            await self.backend.release_text(request)

    def released(self, event: TextReleased) -> None:
        """The agent chooses its words again, whoever held them."""
        if event.id == self._hold:
            self._hold = 0
            self._holders.clear()

    async def say(self, request: SayRequest) -> Spoken:
        """Return how the text ended; an interrupt before it silences what is under way."""
        number = next(self._next_request)
        if request.interrupt_first:
            self._silence_until_answer(number)
        return await self.says.say(number, request)

    async def set_persona(
        self, persona: Persona, timeout_s: float, keep_memory: bool = False
    ) -> None:
        """Return once the new persona is in place; raises BackendError with the old one kept.

        After a timeout the engine may still take it: then `changed` tells.
        """
        request = next(self._next_request)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._changes[request] = Change(persona, keep_memory, done)
        try:
            await self.backend.set_role(request, persona.role, keep_memory)
            await asyncio.wait_for(done, timeout_s)
        except asyncio.TimeoutError:
            message = f'the engine did not take the persona within {timeout_s:g} s'
            raise BackendError('timeout', message) from None
        except BackendError:
            self._changes.pop(request, None)  # refused before it was sent, or told so
            raise

    def interrupted(self, event: Interrupted | SayWord | SayDone) -> None:
        """The engine is silent from its next frame on, or says already what it was to say."""
        if event.id == self._interrupt:
            self._interrupt = 0

    async def tell_context(self, facts: Sequence[str], rebuild: bool) -> None:
        """Let the persona know these facts; raises BackendError."""
        self._context, self.context_fault = next(self._next_request), None
        await self.backend.tell_context(self._context, facts, rebuild)

    def changed(self, event: PersonaChanged) -> Change | None:
        """Return the persona that took over; None when nobody waits for it any more."""
        change = self._changes.pop(event.id, None)
        if change is not None and not change.done.done():
            change.done.set_result(None)
        return change

    def refused(self, fault: Fault) -> bool:
        """Hand a fault to the request it answers; return whether there was one."""
        if fault.id == self._interrupt:
            self._interrupt = 0
        if fault.id is not None and fault.id == self._context:
            self.context_fault = fault
            return True
        change = self._changes.pop(fault.id or 0, None)
        if change is None or change.done.done():
            return self.says.refused(fault)
        change.done.set_exception(BackendError(fault.code, fault.message))
        return True

    def close(self) -> int:
        """Fail what waits; return how many frames got no answer."""
        for change in self._changes.values():
            if not change.done.done():
                lost = BackendError('lost', 'the engine was lost before it answered')
                change.done.set_exception(lost)
        self.says.lost()
        return self.disown()

    def _silence_until_answer(self, request: int) -> None:
        self._interrupt = request
        self._interrupted_s = time.monotonic()


def _heard(passages: Iterable[Passage]) -> int:
    return sum(not passage.is_filled_in for passage in passages)
