# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""One caller's conversation on the model's thread: its requests, its frames, its answers."""

import dataclasses
import secrets
import time

from personaplex_ros.audio.format import FRAME_MS
from personaplex_ros.engine.inbox import InputFrame
from personaplex_ros.engine.ledger import Ledger
from personaplex_ros.engine.order import Order
from personaplex_ros.engine.outbox import Answer
from personaplex_ros.engine.query import Refusal
from personaplex_ros.model.personaplex import PersonaPlex
from personaplex_ros.model.prompt import Prompt
from personaplex_ros.model.prompt import PromptError
from personaplex_ros.model.prompt import PromptTooLong
from personaplex_ros.model.prompt import UnknownVoice
from personaplex_ros.model.sampling import Sampling
from personaplex_ros.model.say import SayError
from personaplex_ros.model.say_events import SayEnded
from personaplex_ros.model.say_events import TextFreed
from personaplex_ros.model.say_events import WordBegun
from personaplex_ros.model.session_events import PersonaTaken
from personaplex_ros.model.session_events import Rebuilt
from personaplex_ros.model.session_events import Released
from personaplex_ros.wire import events


class Talk:
    """Lives from the order to the end of the caller; every method runs on the model's thread."""

    def __init__(self, model: PersonaPlex, order: Order, ledger: Ledger) -> None:
        """Take a session and ask for the persona; raises Refusal, or what the model raises."""
        self._model = model
        self._order = order
        self._ledger = ledger
        self._persona = Prompt(text=order.query.text, voice=order.query.voice)
        self._change: tuple[int, Prompt] | None = None
        self._session = model.open_session(_sampling(model, order))
        try:
            self._ask_for(self._persona, keep_memory=False)
        except BaseException:
            self._session.close()
            raise

    @property
    def over(self) -> bool:
        """Whether the caller is gone."""
        return self._order.inbox.closed

    @property
    def pending(self) -> bool:
        """Whether a prefill is under way for this caller."""
        return self._session.pending

    @property
    def due_s(self) -> float:
        """How urgent the next item is: the earlier, the more."""
        return self._order.inbox.due_s if self._session.ready else float('inf')

    def act(self) -> None:
        """Deal with the next request or frame. Raises what the model raises."""
        item = self._order.inbox.take()
        if isinstance(item, InputFrame):
            self._answer(item)
        elif isinstance(item, events.Interrupt):
            self._session.interrupt()
            self._order.emit(events.Interrupted(item.id, self._session.frame))
        elif isinstance(item, events.SetPersona):
            self._change_persona(item)
        elif isinstance(item, events.Context):
            self._session.learn(item.facts.splitlines(), item.rebuild)
        elif isinstance(item, events.Say):
            self._say(item)
        elif isinstance(item, events.CancelSay):
            self._session.cancel_say(item.id)
        elif isinstance(item, events.HoldText):
            self._session.hold_text(item.id, max(1, round(item.max_ms / FRAME_MS)))
        elif isinstance(item, events.ReleaseText):
            self._session.release_text(item.id)
        self.tell()

    def tell(self) -> None:
        """Pass on what has happened in the session."""
        for event in self._session.events:
            if isinstance(event, PersonaTaken):
                self._persona_taken(event)
            elif isinstance(event, Released):
                self._order.emit(events.Released(event.frame, event.reason))
            elif isinstance(event, Rebuilt):
                self._rebuilt(event)
            elif isinstance(event, WordBegun):
                self._order.emit(events.SayWord(event.id, event.word, event.frame))
            elif isinstance(event, SayEnded):
                done = events.SayDone(event.id, event.spoken, event.reason, event.frame)
                self._order.emit(done)
            elif isinstance(event, TextFreed):
                self._order.emit(events.TextReleased(event.id, event.frame, event.reason))

    def end(self, fault: events.Fault | None = None) -> None:
        """Give the session back, and say why where the caller does not know."""
        if fault is not None:
            self._order.emit(fault)
        self._order.inbox.close()
        self._session.close()
        self._order.finished()

    def _answer(self, frame: InputFrame) -> None:
        wait_s = time.perf_counter() - frame.arrived_s
        number = self._session.frame
        try:
            output = self._session.step(frame.pcm)
        except Exception:
            self._ledger.dropped(1)
            raise
        self.tell()
        model_ms = output.encode_ms + output.step_ms + output.decode_ms
        self._ledger.answered(model_ms)
        report = events.FrameReport(
            frame=number,
            input_frame=frame.index,
            text_id=output.text_id,
            model_ms=round(model_ms, 3),
            wait_ms=round(1e3 * wait_s, 3),
            dropped=frame.dropped,
            held=output.held,
        )
        self._order.emit(Answer(report, output.piece, output.pcm, frame.arrived_s))

    def _change_persona(self, request: events.SetPersona) -> None:
        text, voice = request.text_prompt, request.voice_prompt
        persona = Prompt(
            text=self._persona.text if text is None else text,
            voice=self._persona.voice if voice is None else voice,
        )
        try:
            self._ask_for(persona, request.keep_memory)
        except Refusal as refusal:
            self._order.emit(events.Fault(refusal.code, str(refusal), fatal=False, id=request.id))
            return
        if self._change is not None:
            message = 'another persona was asked for before this one was ready'
            replaced, _ = self._change
            self._order.emit(events.Fault('replaced', message, fatal=False, id=replaced))
        self._change = request.id, persona

    def _say(self, request: events.Say) -> None:
        try:
            self._session.say(request.id, request.text, request.interrupt_first)
        except SayError as error:
            self._order.emit(events.Fault(error.code, str(error), fatal=False, id=request.id))

    def _ask_for(self, persona: Prompt, keep_memory: bool) -> None:
        try:
            self._session.change_persona(persona, keep_memory)
        except UnknownVoice as error:
            raise Refusal('unknown_voice', str(error)) from None
        except PromptTooLong as error:
            raise Refusal('prompt_too_long', str(error)) from None
        except PromptError as error:
            raise Refusal('bad_query', str(error)) from None

    def _persona_taken(self, taken: PersonaTaken) -> None:
        """The first persona opens the conversation, later ones answer a request."""
        report = taken.report
        self._ledger.prompted(report.ms)
        if self._change is None:
            self._order.inbox.open()
            self._order.emit(
                events.SessionStarted(
                    session=secrets.token_hex(4),
                    model=self._model.name,
                    voice=self._persona.voice,
                    prompt_positions=report.positions,
                    prompt_ms=round(report.ms, 3),
                )
            )
            return
        request_id, self._persona = self._change
        self._order.emit(
            events.PersonaChanged(
                id=request_id,
                voice=self._persona.voice,
                prompt_positions=report.positions,
                prompt_ms=round(report.ms, 3),
                frame=taken.frame,
                facts=report.facts,
            )
        )
        self._change = None

    def _rebuilt(self, rebuilt: Rebuilt) -> None:
        self._ledger.rebuilt(rebuilt.report.ms)
        self._order.emit(
            events.Rebuilt(
                frame=rebuilt.frame,
                positions=rebuilt.report.positions + rebuilt.memory_frames,
                prompt_positions=rebuilt.report.positions,
                ms=round(rebuilt.report.ms, 3),
                facts=rebuilt.report.facts,
            )
        )


def _sampling(model: PersonaPlex, order: Order) -> Sampling:
    """Return the checkpoint's own sampling with the caller's wishes. Raises Refusal."""
    sampling = dataclasses.replace(model.sampling, **order.query.sampling)
    try:
        sampling.validate()
    except ValueError as error:
        raise Refusal('bad_query', str(error)) from None
    return sampling
