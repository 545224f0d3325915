# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The engine's side of a caller: dispatcher, form, inbox and outbox as chat.py joins them."""

from random import Random
from typing import Any

from aiohttp import WSMessage
from aiohttp import WSMsgType
import numpy as np

from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.engine.dispatch import Dispatcher
from personaplex_ros.engine.forms import Form
from personaplex_ros.engine.forms import PcmForm
from personaplex_ros.engine.inbox import Inbox
from personaplex_ros.engine.inbox import InputFrame
from personaplex_ros.engine.inbox import MAX_REQUESTS
from personaplex_ros.engine.ledger import Ledger
from personaplex_ros.engine.outbox import Answer
from personaplex_ros.engine.outbox import MAX_OTHERS
from personaplex_ros.engine.outbox import Outbox
from personaplex_ros.wire import events
from personaplex_ros.wire import limits
from personaplex_ros.wire.messages import Kind
from personaplex_ros.wire.messages import unpack

from . import samples
from .script import Message
from .talk import check_sentence
from .talk import promise

MODEL_MS = 20.0
FAULT_CODES = {
    'bad_message', 'unsupported', 'unknown_voice', 'prompt_too_long', 'bad_query', 'bad_say',
    'bad_context', 'busy',
}  # fmt: skip


class EngineTalk:
    """A caller, a model that answers when it likes, and a reader that reads when it likes."""

    def __init__(self, form: Form, random: Random) -> None:
        """form: how the caller speaks. random: decides how far model and reader fall behind."""
        self._form = form
        self._random = random
        self._ledger = Ledger()
        self._inbox = Inbox(self._ledger, wake=lambda: None)
        self._outbox = Outbox(self._ledger)
        self._dispatcher = Dispatcher(form, self._inbox, self._outbox)
        self._answered = 0
        self._inbox.open()
        self.over = False

    async def take(self, message: Message) -> None:
        """Let the dispatcher have it."""
        kind = WSMsgType.TEXT if message.is_text else WSMsgType.BINARY
        data = message.data.decode() if message.is_text else message.data
        await self._dispatcher.take(WSMessage(kind, data, None))

    async def check(self) -> None:
        """Bounds and counters hold at any moment, whether or not model and reader had a turn."""
        self._check_bounds()
        if self._random.random() < 0.5:
            self._answer()
        if self._random.random() < 0.5:
            await self._read()
        self._check_bounds()

    async def end(self) -> None:
        """A caller who behaves is still heard; then all that waits is read, or counted as lost."""
        if not self.over:
            await self._prove_alive()
        while not self.over and self._waiting_out:
            await self._read()
        self._inbox.close()
        promise(self._inbox.take() is None, 'a closed inbox has something to give')
        counted = self._ledger.frames()
        promise(counted['in'] == counted['out'] + counted['dropped'], counted)

    def close(self) -> None:
        """Nothing is left but objects."""

    async def _prove_alive(self) -> None:
        self._answer()
        await self._read()
        if self.over:
            return
        await self.take(Message(samples.OTHERS[1]))
        if isinstance(self._form, PcmForm):
            asked = events.Interrupt(id=77)
            await self.take(Message(events.encode(asked)))
            promise(self._taken() == [asked], 'an interrupt got lost')
        said = await self._read()
        promise(samples.OTHERS[1] in said, 'a ping got lost')

    @property
    def _waiting_out(self) -> list[Any]:
        return list(self._outbox._waiting)

    def _taken(self) -> list[Any]:
        """Everything that waits for the model."""
        return list(iter(self._inbox.take, None))

    def _check_bounds(self) -> None:
        frames, requests = len(self._inbox._frames), len(self._inbox._requests)
        promise(frames <= limits.INPUT_QUEUE_FRAMES, frames, 'input frames wait')
        promise(requests <= MAX_REQUESTS, requests, 'requests wait')
        promise(self._inbox._reblocker.waiting < SAMPLES_PER_FRAME, 'a whole frame is kept back')
        answers = sum(isinstance(item, Answer) for item in self._waiting_out)
        others = len(self._waiting_out) - answers
        promise(answers <= limits.OUTPUT_QUEUE_FRAMES, answers, 'answers wait')
        promise(others <= MAX_OTHERS + 1 or self._outbox.overran.is_set(), others, 'messages wait')
        counted = self._ledger.frames()
        promise(counted['in'] == counted['out'] + counted['dropped'] + frames, counted, frames)

    def _answer(self) -> None:
        """Do as engine/frame_loop.py does with everything that waits."""
        for item in self._taken():
            if isinstance(item, InputFrame):
                promise(item.pcm.shape == (SAMPLES_PER_FRAME,), 'a frame of', item.pcm.shape)
                promise(item.pcm.dtype == np.int16, 'a frame of', item.pcm.dtype)
                self._ledger.answered(MODEL_MS)
                report = events.FrameReport(self._answered, item.index, 3, MODEL_MS)
                self._outbox.put(Answer(report, ' word', item.pcm, item.arrived_s))
                self._answered += 1
            else:
                self._check_request(item)

    @staticmethod
    def _check_request(request: Any) -> None:
        promise(type(request) in events.CALLER_EVENTS, 'the model is asked', request)
        again = events.decode(unpack(events.encode(request))[1], events.CALLER_EVENTS)
        promise(again == request, request, 'cannot be said again')
        if isinstance(request, events.SetPersona):
            voice, text = request.voice_prompt, request.text_prompt
            promise((voice, text) != (None, None), request, 'changes nothing')
            promise(voice is None or limits.check_voice_name(voice) == voice, request)
            limits.check_text_prompt(text or '')
        if isinstance(request, events.Say):
            limits.check_say_text(request.text)
        if isinstance(request, events.Context):
            facts = limits.check_context(request.facts)
            promise('\n'.join(facts) == request.facts, request, 'is not made plain')
        if isinstance(request, events.HoldText):
            limits.check_hold_ms(request.max_ms)

    async def _read(self) -> list[bytes]:
        """Send everything that waits, as chat.py does; return the messages."""
        sent: list[bytes] = []
        while self._waiting_out and not self.over:
            item = await self._outbox.get()
            if item is None:
                self.over = True
                break
            if isinstance(item, events.Fault):
                check_sentence(item.message)
                promise(item.code in FAULT_CODES, 'fault', item.code)
                self.over = item.fatal
            messages = self._form.render(item)
            for message in messages:
                self._check_sent(item, message)
            sent += messages
        return sent

    def _check_sent(self, item: Any, message: bytes) -> None:
        """A client of ours can read it; sound in NVIDIA's form is for a decoder."""
        kind, payload = unpack(message)
        if kind is Kind.JSON:
            events.decode(payload, events.ENGINE_EVENTS)
        elif kind is Kind.ERROR and isinstance(self._form, PcmForm):
            promise(events.decode_fault(payload) == item, item, 'reads as', payload[:200])
        promise(len(message) < 20_000, len(message), 'bytes to a caller at once')
