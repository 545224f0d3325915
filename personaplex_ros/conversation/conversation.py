# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""One conversation: keeps an engine connected, feeds it, and tells a listener what comes back."""

import asyncio
from collections.abc import Callable
from collections.abc import Coroutine
from dataclasses import replace
import random
import time
from typing import Any
from typing import Protocol

from personaplex_ros.audio.live_queue import LiveQueue
from personaplex_ros.backends.base import AgentFrame
from personaplex_ros.backends.base import Backend
from personaplex_ros.backends.base import BackendError
from personaplex_ros.backends.base import BackendEvent
from personaplex_ros.backends.base import Unanswered
from personaplex_ros.conversation.briefing import Briefing
from personaplex_ros.conversation.knowledge import Knowledge
from personaplex_ros.conversation.ledger import Ledger
from personaplex_ros.conversation.link import Change
from personaplex_ros.conversation.link import Link
from personaplex_ros.conversation.passage import HeardFrame
from personaplex_ros.conversation.passage import Passage
from personaplex_ros.conversation.personas import Persona
from personaplex_ros.conversation.says import SayRequest
from personaplex_ros.conversation.says import Spoken
from personaplex_ros.conversation.settings import ConversationSettings
from personaplex_ros.conversation.state import State
from personaplex_ros.conversation.state import Status
from personaplex_ros.wire.events import Fault
from personaplex_ros.wire.events import Interrupted
from personaplex_ros.wire.events import PersonaChanged
from personaplex_ros.wire.events import Rebuilt
from personaplex_ros.wire.events import SayDone
from personaplex_ros.wire.events import SayWord
from personaplex_ros.wire.events import SessionStarted
from personaplex_ros.wire.limits import MAX_HOLD_TEXT_MS

PERSONA_FAULTS = ('unknown_voice', 'prompt_too_long', 'bad_query')
"""Refusals that another persona would not get."""

EXPECTED_FAULTS = ('unreachable', 'busy', 'timeout', 'warming')
"""An engine that is not there yet: the state says so, no error is counted."""


STALLED_AFTER_S = 2.0
"""An engine that owes an answer for this long is not live any more."""

WATCH_PERIOD_S = 0.25

WARMING_AFTER_S = 0.3
"""A busy engine refuses sooner, so that the state does not flicker at every attempt."""

DRAIN_S = 0.5
"""How long a deactivation waits for the answers to what was heard before it."""


class Listener(Protocol):
    """Who hears of the conversation; called on its loop's thread, must not block."""

    def on_status(self, status: Status) -> None:
        """The state or its reason may have changed."""

    def on_frame(self, frame: AgentFrame, epoch: int, silenced: bool, passage: Passage) -> None:
        """The agent answered one frame; silenced: an interrupt takes its sound and words away."""

    def on_cut(self, epoch: int, interrupted: bool) -> None:
        """What was queued of older epochs must not be played any more."""

    def on_voices(self, voices: list[str]) -> None:
        """The engine told which voices it has."""

    def on_fault(self, code: str, message: str) -> None:
        """Something went wrong that the state alone does not tell."""


class Conversation:
    """Lives on one asyncio loop: create it and call every method there.

    connect: makes a new, unopened backend. persona: who the agent is at first.
    """

    def __init__(
        self,
        connect: Callable[[], Backend],
        settings: ConversationSettings,
        persona: Persona,
        listener: Listener,
        first_epoch: int = 0,
    ) -> None:
        self._connect = connect
        self._settings = settings
        self._listener = listener
        self._waiting: LiveQueue[HeardFrame] = LiveQueue(settings.max_frames_waiting)
        self._wake = asyncio.Event()
        self._link: Link | None = None
        self._active = False
        self._listening = False
        self._answer = asyncio.Event()
        self._proven: Persona | None = None
        self._lost_at_s = time.monotonic()
        self._last_out_s: float | None = None
        self._knowledge = Knowledge(settings.context_expiry_s)
        self.briefing = Briefing(self._knowledge, settings.context_rebuild_s, listener.on_fault)
        self.persona = persona
        self.ledger = Ledger()
        self.epoch = first_epoch
        self.status = Status()

    async def run(self) -> None:
        """Connect, talk, connect again; until cancelled."""
        self._report(State.CONNECTING, 'connecting to the engine')
        wait_s = self._settings.backoff_min_s
        while True:
            backend = self._connect()
            try:
                await self._hold(backend)
            except Exception as error:
                # whatever broke, a robot that tries again is better than one that is mute for good
                if self._link is not None:
                    wait_s = self._settings.backoff_min_s
                self._lost(backend, _as_backend_error(error))
            finally:
                await backend.close()
            wait_s = min(wait_s, self._settings.backoff_max_s)
            await asyncio.sleep(wait_s * random.uniform(0.9, 1.1))
            wait_s *= 2

    def activate(self) -> None:
        """Open the audio path, with fresh counters."""
        self.ledger = Ledger()
        self._last_out_s = None
        self._active = self._listening = True
        self._listener.on_status(self._shown())

    async def deactivate(self) -> None:
        """Close the audio path, once what was heard is answered; the engine stays connected."""
        self._listening = False
        if self._link is not None:
            await self._link.says.drop('inactive', 'the conversation was deactivated')
        give_up_s = time.monotonic() + DRAIN_S
        while self.ledger.frames_in_flight and time.monotonic() < give_up_s:
            self._answer.clear()
            try:
                await asyncio.wait_for(self._answer.wait(), give_up_s - time.monotonic())
            except asyncio.TimeoutError:
                break
        self._drop_everything()
        self._cut(interrupted=True)
        self._active = False
        self._listener.on_status(self._shown())

    def hear(self, frames: list[HeardFrame]) -> None:
        """Take frames that are complete."""
        if not self._listening:
            return
        self.ledger.frames_in += len(frames)
        for frame in frames:
            self.ledger.frames_dropped += self._waiting.push(frame)
        if self._link is None:
            self.ledger.frames_dropped += self._waiting.clear()
        self._wake.set()

    def note_chunks(self, rejected: int, lost: int) -> None:
        """Count chunks that were no audio, and chunks that never came."""
        self.ledger.chunks_rejected += rejected
        self.ledger.chunks_lost += lost

    async def interrupt(self) -> int:
        """Silence now: whatever was queued is void, the engine is told. Returns the new epoch."""
        self._cut(interrupted=True)
        if self._link is not None:
            try:
                await self._link.interrupt()
            except BackendError:
                pass  # the connection is breaking: what is lost is silent, and _read tells of it
        return self.epoch

    async def say(self, request: SayRequest) -> Spoken:
        """Say a text in the agent's own voice; return, once it is over, what was spoken and why.

        It fails at once while the audio path is closed or no engine is there.
        """
        if not self._listening:
            return Spoken('', 'inactive', 'the conversation is not active: activate it first')
        if self._link is None:
            return Spoken('', 'away', 'no engine is connected: say it again when one is there')
        if request.interrupt_first:
            self._cut(interrupted=True)
        return await self._link.say(request)

    def know(self, source: str, text: str) -> None:
        """Take what the persona should know: all that this source tells now, a fact a line."""
        self._knowledge.tell(source, text)

    async def hold_words(self, held: bool) -> None:
        """Let the agent begin no word of its own, for MAX_HOLD_TEXT_MS at most, or let it again.

        Raises BackendError where that cannot be.
        """
        if self._link is None:
            raise BackendError('away', 'no engine is connected: nothing is being said')
        if held:
            await self._link.hold_words(MAX_HOLD_TEXT_MS)
        else:
            await self._link.release_words()

    async def cancel_say(self, request: SayRequest) -> None:
        """Stop saying this text; `say` returns with what was spoken of it."""
        if self._link is not None:
            await self._link.says.cancel(request)

    async def set_persona(self, persona: Persona, keep_memory: bool = False) -> float | None:
        """Become another persona; return the milliseconds that took.

        keep_memory: it remembers the last seconds of the conversation, and facts told before.
        None while no engine is there: the persona is kept for the next connection.
        Raises BackendError when the engine refused it; the old persona talks on.
        """
        begun_s = time.monotonic()
        if self._link is None:
            self.persona = persona
            if not keep_memory:
                self._knowledge.forget()
            self._report(self.status.state, self.status.detail)
            return None
        timeout_s = self._settings.connect_timeout_s
        await self._link.set_persona(persona, timeout_s, keep_memory)
        return (time.monotonic() - begun_s) * 1000

    async def _hold(self, backend: Backend) -> None:
        """Keep one connection from open to its end."""
        if self._proven is None:
            self._report(State.CONNECTING, f'connecting to {backend.name}')
        prompted = self.persona
        started = await self._open(backend, prompted)
        self._listener.on_voices(await backend.voices())
        if self._proven is not None:
            self.ledger.reconnects += 1
        wanted, self.persona, self._proven = self.persona, prompted, prompted
        self._link = link = Link(backend)
        self.status = replace(self.status, backend=backend.name, model=started.model)
        self._report(State.LIVE, '')
        parts = [
            self._pump(link),
            self._read(link),
            self._watch(link),
            self.briefing.keep_told(link),
        ]
        if wanted is not prompted:
            parts.append(self._catch_up(link, wanted))
        await _first_to_fail(*parts)

    async def _open(self, backend: Backend, persona: Persona) -> SessionStarted:
        """Connect and prompt; an engine that neither refuses nor answers at once is warming."""
        opening = asyncio.ensure_future(backend.open(persona.role))
        try:
            while not (await asyncio.wait({opening}, timeout=WARMING_AFTER_S))[0]:
                if backend.reached and self.status.state is State.CONNECTING:
                    self._report(State.WARMING, f'{backend.name} prepares {persona.name}')
            return opening.result()
        finally:
            opening.cancel()

    async def _pump(self, link: Link) -> None:
        """Send what was heard, never more than the engine may owe us answers for."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            may_owe = 1 if link.pace.is_slow else self._settings.max_frames_in_flight
            while self._waiting and link.in_flight < may_owe:
                if link.pace.is_slow:  # the newest alone: it cannot answer them all
                    self.ledger.frames_dropped += self._waiting.keep_newest()
                await link.send(*self._waiting.pop())

    async def _read(self, link: Link) -> None:
        async for event in link.backend.events():
            if isinstance(event, AgentFrame):
                self._answered(link, event)
                self._wake.set()
            else:
                self._told(link, event)

    async def _watch(self, link: Link) -> None:
        """Say when the engine takes frames and answers none, and when it does again."""
        while True:
            await asyncio.sleep(WATCH_PERIOD_S)
            late_s = time.monotonic() - link.owed_since(time.monotonic())
            if late_s > STALLED_AFTER_S and self.status.state is State.LIVE:
                self._report(State.DEGRADED, f'the engine has not answered for {late_s:.0f} s')
            elif late_s <= STALLED_AFTER_S and self.status.state is State.DEGRADED:
                self._report(State.LIVE, '')

    async def _catch_up(self, link: Link, persona: Persona) -> None:
        """Become the persona that was asked for while the engine was being prompted."""
        try:
            await link.set_persona(persona, self._settings.connect_timeout_s)
        except BackendError as error:
            self._listener.on_fault(error.code, str(error))
        await asyncio.get_running_loop().create_future()  # ends with the link

    def _answered(self, link: Link, frame: AgentFrame) -> None:
        passage, lost = link.answered(frame.report)
        self.ledger.frames_dropped += lost
        if passage is None:
            return
        silenced = link.silenced or frame.report.held
        self._listener.on_frame(frame, self.epoch, silenced, passage)
        now_s = time.monotonic()
        self.ledger.frames_out += 1
        self.ledger.model_ms.add(frame.report.model_ms)
        self.ledger.overhead_ms.add((now_s - passage.complete_s) * 1000 - frame.report.model_ms)
        if self._last_out_s is not None:
            self.ledger.frame_interval_ms.add((now_s - self._last_out_s) * 1000)
        self._last_out_s = now_s
        self._answer.set()

    def _told(self, link: Link, event: BackendEvent) -> None:
        if isinstance(event, Unanswered):
            self.ledger.frames_dropped += link.give_up(event.before)
            self._wake.set()
        elif isinstance(event, Interrupted):
            link.interrupted(event)
        elif isinstance(event, Rebuilt):
            self.ledger.rebuilds += 1
            self.briefing.in_prompt = event.facts
        elif isinstance(event, PersonaChanged):
            self.briefing.in_prompt = event.facts
            self._became(link.changed(event))
        elif isinstance(event, SayWord):
            link.interrupted(event)
            link.says.began(event)
        elif isinstance(event, SayDone):
            link.interrupted(event)
            link.says.done(event)
        elif isinstance(event, Fault) and not link.refused(event):
            self.ledger.engine_errors += 1
            self._listener.on_fault(event.code, event.message)

    def _became(self, change: Change | None) -> None:
        if change is not None:
            self.persona = self._proven = change.persona
            if not change.keep_memory:
                self._knowledge.forget()
            self._cut(interrupted=False)
            self._report(self.status.state, '')

    def _cut(self, interrupted: bool) -> None:
        self.epoch += 1
        self._listener.on_cut(self.epoch, interrupted)

    def _drop_everything(self) -> None:
        """Count every frame that will get no answer any more, here and in the engine."""
        self.ledger.frames_dropped += self._waiting.clear()
        if self._link is not None:
            self.ledger.frames_dropped += self._link.disown()

    def _lost(self, backend: Backend, error: BackendError) -> None:
        """An engine was lost, refused us or never came: account for it and say so."""
        link = self._link
        if link is not None or error.code not in EXPECTED_FAULTS:
            self.ledger.engine_errors += 1
            self._listener.on_fault(error.code, str(error))
        if link is not None:
            self._drop_everything()
            link.close()
            self._link = None
            self._lost_at_s = time.monotonic()
            self._last_out_s = None
            self._cut(interrupted=True)
        elif error.code in PERSONA_FAULTS and self._proven not in (None, self.persona):
            self.persona = self._proven
        self.status = replace(self.status, backend=backend.name)
        self._report(self._state_without_engine(), str(error))

    def _state_without_engine(self) -> State:
        if time.monotonic() - self._lost_at_s >= self._settings.down_after_s:
            return State.DOWN
        return State.CONNECTING if self._proven is None else State.DEGRADED

    def _report(self, state: State, detail: str) -> None:
        """Note the state and tell the listener."""
        self.status = replace(
            self.status,
            state=state,
            persona=self.persona.name,
            voice=self.persona.role.voice,
            detail=detail,
        )
        self._listener.on_status(self._shown())

    def _shown(self) -> Status:
        return self.status if self._active else replace(self.status, state=State.IDLE)


def _as_backend_error(error: Exception) -> BackendError:
    if isinstance(error, BackendError):
        return error
    return BackendError('internal', f'{type(error).__name__}: {str(error)[:200]}')


async def _first_to_fail(*coroutines: Coroutine[Any, Any, None]) -> None:
    """Run together; when one ends or raises, stop the others and raise what it raised."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
