# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""One conversation on the model's thread: prompt it, then answer frame by frame."""

import dataclasses
import secrets
import time

from personaplex_ros.engine.inbox import InputFrame
from personaplex_ros.engine.ledger import Ledger
from personaplex_ros.engine.order import Order
from personaplex_ros.engine.outbox import Answer
from personaplex_ros.engine.query import Refusal
from personaplex_ros.model.personaplex import PersonaPlex
from personaplex_ros.model.prompt import Prompt
from personaplex_ros.model.prompt import PromptError
from personaplex_ros.model.prompt import PromptReport
from personaplex_ros.model.prompt import PromptTooLong
from personaplex_ros.model.prompt import UnknownVoice
from personaplex_ros.model.sampling import Sampling
from personaplex_ros.model.session import HoldSettings
from personaplex_ros.model.session import Session
from personaplex_ros.wire import events


def hold_conversation(model: PersonaPlex, order: Order, ledger: Ledger) -> None:
    """Serve one caller until the inbox closes.

    The caller is told of everything that ends it early. Raises what the model raised, so that
    its owner can see whether the model still works.
    """
    try:
        session = model.open_session(_sampling(model, order), HoldSettings(hold_ms=order.hold_ms))
        try:
            FrameLoop(model, session, order, ledger).run()
        finally:
            order.inbox.close()
            session.close()
    except Refusal as refusal:
        order.emit(events.Fault(refusal.code, str(refusal)))
    except Exception as error:
        what = f'the model failed ({type(error).__name__}: {str(error)[:200]})'
        order.emit(events.Fault('model_failed', f'{what}; reconnect to start afresh'))
        raise


class FrameLoop:
    """Requests and frames of one session, one after the other."""

    def __init__(self, model: PersonaPlex, session: Session, order: Order, ledger: Ledger) -> None:
        self._model = model
        self._session = session
        self._order = order
        self._ledger = ledger
        self._next_frame = 0

    def run(self) -> None:
        """Prompt, then answer until the inbox closes. Raises Refusal, or what the model raises."""
        query = self._order.query
        report = self._prompt(query.voice, query.text)
        self._order.inbox.open()
        self._order.emit(
            events.SessionStarted(
                session=secrets.token_hex(4),
                model=self._model.name,
                voice=query.voice,
                prompt_positions=report.positions,
                prompt_ms=round(report.ms, 3),
            )
        )
        while (item := self._order.inbox.take()) is not None:
            if isinstance(item, InputFrame):
                self._answer(item)
            elif isinstance(item, events.Interrupt):
                self._session.interrupt()
                self._order.emit(events.Interrupted(item.id, self._next_frame))
            else:
                self._change_persona(item)

    def _answer(self, frame: InputFrame) -> None:
        wait_s = time.perf_counter() - frame.arrived_s
        try:
            output = self._session.step(frame.pcm)
        except Exception:
            self._ledger.dropped(1)
            raise
        model_ms = output.encode_ms + output.step_ms + output.decode_ms
        self._ledger.answered(model_ms)
        self._report_releases()
        report = events.FrameReport(
            frame=self._next_frame,
            input_frame=frame.index,
            text_id=output.text_id,
            model_ms=round(model_ms, 3),
            wait_ms=round(1e3 * wait_s, 3),
            dropped=frame.dropped,
            held=output.held,
        )
        self._next_frame += 1
        self._order.emit(Answer(report, output.piece, output.pcm, frame.arrived_s))

    def _change_persona(self, request: events.SetPersona) -> None:
        try:
            report = self._prompt(request.voice_prompt, request.text_prompt)
        except Refusal as refusal:
            self._order.emit(events.Fault(refusal.code, str(refusal), fatal=False, id=request.id))
            return
        self._report_releases()
        self._order.emit(
            events.PersonaChanged(
                id=request.id,
                voice=request.voice_prompt,
                prompt_positions=report.positions,
                prompt_ms=round(report.ms, 3),
                frame=self._next_frame,
            )
        )

    def _prompt(self, voice: str, text: str) -> PromptReport:
        try:
            report = self._session.prompt(Prompt(text=text, voice=voice))
        except UnknownVoice as error:
            raise Refusal('unknown_voice', str(error)) from None
        except PromptTooLong as error:
            raise Refusal('prompt_too_long', str(error)) from None
        except PromptError as error:
            raise Refusal('bad_query', str(error)) from None
        self._ledger.prompted(report.ms)
        return report

    def _report_releases(self) -> None:
        for _, reason in self._session.events:
            self._order.emit(events.Released(self._next_frame, reason))


def _sampling(model: PersonaPlex, order: Order) -> Sampling:
    """Return the checkpoint's own sampling with the caller's wishes. Raises Refusal."""
    sampling = dataclasses.replace(model.sampling, **order.query.sampling)
    try:
        sampling.validate()
    except ValueError as error:
        raise Refusal('bad_query', str(error)) from None
    return sampling
