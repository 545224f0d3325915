# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Shares one model among its conversations: the most urgent first, prefills in between."""

import logging
import math

import numpy as np

from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.engine.ledger import Ledger
from personaplex_ros.engine.order import Order
from personaplex_ros.engine.query import Refusal
from personaplex_ros.engine.slices import PrefillSlices
from personaplex_ros.engine.talk import Talk
from personaplex_ros.model.personaplex import PersonaPlex
from personaplex_ros.model.prefill import EVERYTHING
from personaplex_ros.model.prompt import Prompt
from personaplex_ros.wire import events

FRAMES_BETWEEN_SLICES = 4
"""A model without a moment to spare still gets on with a prefill this often."""

CHECK_FRAMES = 4
"""Frames of silence that tell whether a model still works after an error."""

logger = logging.getLogger(__name__)


class ModelBroken(Exception):
    """The model does not answer any more."""


class ModelLoop:
    """Everything here runs on the model's thread."""

    def __init__(self, model: PersonaPlex, ledger: Ledger) -> None:
        self._model = model
        self._ledger = ledger
        self._talks: list[Talk] = []
        self._slices = PrefillSlices(model.device)
        self._frames_since_slice = 0

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do until somebody calls."""
        return not self._model.pending and all(
            talk.due_s == math.inf and not talk.over for talk in self._talks
        )

    def begin(self, order: Order) -> None:
        """Start a conversation; whoever ordered it is told what becomes of it."""
        try:
            talk = Talk(self._model, order, self._ledger)
        except Refusal as refusal:
            self._refuse(order, events.Fault(refusal.code, str(refusal)))
        except Exception as error:
            self._refuse(order, _model_failed(error))
            self._check(error)
        else:
            self._talks.append(talk)
            if len(self._talks) == 1:
                self._prefill_all()
            self._tell_all()

    def turn(self) -> None:
        """Do the most urgent thing; returns at once where there is none. Raises ModelBroken."""
        for talk in [talk for talk in self._talks if talk.over]:
            self._end(talk)
        waiting = [talk for talk in self._talks if talk.due_s < math.inf]
        first_talks = waiting and self._frames_since_slice < FRAMES_BETWEEN_SLICES
        if self._model.pending and not first_talks:
            self._prefill_slice()
        elif waiting:
            self._frames_since_slice += 1
            self._act(min(waiting, key=lambda talk: talk.due_s))

    def end(self) -> None:
        """End all conversations."""
        for talk in list(self._talks):
            self._end(talk)

    def _act(self, talk: Talk) -> None:
        try:
            talk.act()
        except Exception as error:
            logger.exception('the model failed in a conversation')
            self._end(talk, _model_failed(error))
            self._check(error)

    def _prefill_all(self) -> None:
        """Nobody is kept waiting: the whole prompt in one pass."""
        while self._model.pending:
            self._advance(EVERYTHING)

    def _prefill_slice(self) -> None:
        self._frames_since_slice = 0
        self._slices.take_one(self._advance)
        self._tell_all()

    def _tell_all(self) -> None:
        for talk in self._talks:
            talk.tell()

    def _advance(self, positions: int) -> int:
        try:
            return self._model.advance(positions)
        except Exception as error:
            logger.exception('the model failed in a prefill')
            for talk in [talk for talk in self._talks if talk.pending]:
                self._end(talk, _model_failed(error))
            self._check(error)
            return 0

    def _end(self, talk: Talk, fault: events.Fault | None = None) -> None:
        self._talks.remove(talk)
        talk.end(fault)

    def _refuse(self, order: Order, fault: events.Fault) -> None:
        order.emit(fault)
        order.inbox.close()
        order.finished()

    def _check(self, error: Exception) -> None:
        """Hold a short conversation with nobody; raises ModelBroken where that fails too."""
        try:
            session = self._model.open_session()
            try:
                session.prompt(Prompt(text='', voice=self._model.voices[0]))
                for _ in range(CHECK_FRAMES):
                    session.step(np.zeros(SAMPLES_PER_FRAME, np.int16))
            finally:
                session.close()
        except Exception:
            logger.exception('the model does not answer any more')
            for talk in list(self._talks):
                self._end(talk, _model_failed(error))
            raise ModelBroken from error


def _model_failed(error: Exception) -> events.Fault:
    what = f'the model failed ({type(error).__name__}: {str(error)[:200]})'
    return events.Fault('model_failed', f'{what}; reconnect to start afresh')
