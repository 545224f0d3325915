# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a caller's messages mean: sound and requests for the model, or an error in return."""

import asyncio
from dataclasses import replace
import json

from aiohttp import WSMessage
from aiohttp import WSMsgType

from personaplex_ros.engine.forms import BrokenStream
from personaplex_ros.engine.forms import Form
from personaplex_ros.engine.inbox import Inbox
from personaplex_ros.engine.outbox import Outbox
from personaplex_ros.engine.outbox import Pong
from personaplex_ros.engine.query import check_text
from personaplex_ros.engine.query import check_voice
from personaplex_ros.engine.query import Refusal
from personaplex_ros.wire import events
from personaplex_ros.wire import limits
from personaplex_ros.wire.messages import Kind
from personaplex_ros.wire.messages import unpack
from personaplex_ros.wire.messages import WireError

MAX_COMPLAINTS = 100
"""Bad messages that are answered; after that the caller is let go."""

MAX_PING_BYTES = 125
"""As WebSocket's own pings (RFC 6455, 5.5): an echo is no way to store a megabyte here."""

LONG_PAYLOAD_BYTES = 1 << 14
"""More than live audio sends at once, and worth more than a moment of the event loop."""

_REQUESTS = frozenset(cls.type for cls in events.CALLER_EVENTS)
_LIMIT_CODES = {events.Say: 'bad_say', events.Context: 'bad_context'}


class Dispatcher:
    """Sorts one caller's messages. Used on the event loop alone."""

    def __init__(self, form: Form, inbox: Inbox, outbox: Outbox) -> None:
        self._form = form
        self._inbox = inbox
        self._outbox = outbox
        self._complaints = 0
        self._deaf = False

    async def take(self, message: WSMessage) -> None:
        """Act on one data message; what cannot be used is answered with a fault."""
        if self._deaf:
            return
        try:
            if message.type is not WSMsgType.BINARY:
                raise WireError('a text message; expected binary ones, the kind in the first byte')
            await self._take_binary(*unpack(message.data))
        except BrokenStream as error:
            self._fail(str(error))
        except WireError as error:
            self._complain('bad_message', str(error))

    async def _take_binary(self, kind: Kind, payload: bytes) -> None:
        if kind is Kind.AUDIO:
            for samples in self._form.samples(payload):
                self._inbox.put_audio(samples)
                if len(payload) > LONG_PAYLOAD_BYTES:
                    await asyncio.sleep(0)  # others have their turn between the pieces
        elif kind is Kind.JSON:
            self._take_json(payload)
        elif kind is Kind.PING:
            if len(payload) > MAX_PING_BYTES:
                raise WireError(
                    f'a ping of {len(payload)} bytes; expected at most {MAX_PING_BYTES}'
                )
            self._outbox.put(Pong(payload))
        elif kind is not Kind.CONTROL:
            raise WireError(f'kind 0x{kind:02x} {kind.name.lower()} comes from the engine only')

    def _take_json(self, payload: bytes) -> None:
        if not self._form.takes_json:
            self._complain('unsupported', 'JSON messages need protocol=1 in the query')
            return
        name, request_id = _identify(payload)
        try:
            request = _checked(events.decode(payload, events.CALLER_EVENTS))
        except WireError as error:
            self._complain('bad_message', str(error), request_id)
        except Refusal as refusal:
            self._complain(refusal.code, str(refusal), request_id)
        else:
            if not self._inbox.put_request(request):
                self._complain('busy', f'{name} is refused: too many requests wait', request_id)

    def _complain(self, code: str, message: str, request_id: int | None = None) -> None:
        self._complaints += 1
        if self._complaints > MAX_COMPLAINTS:
            self._fail(f'more than {MAX_COMPLAINTS} bad messages; the last one: {message}')
        else:
            self._outbox.put(events.Fault(code, message, fatal=False, id=request_id))

    def _fail(self, message: str) -> None:
        self._deaf = True
        self._outbox.put(events.Fault('bad_message', message))


def _checked(request: events.CallerEvent) -> events.CallerEvent:
    """Return a request within the wire's limits. Raises Refusal."""
    if isinstance(request, events.SetPersona):
        return _checked_persona(request)
    try:
        if isinstance(request, events.Say):
            return replace(request, text=limits.check_say_text(request.text))
        if isinstance(request, events.Context):
            return replace(request, facts='\n'.join(limits.check_context(request.facts)))
        if isinstance(request, events.HoldText):
            limits.check_hold_ms(request.max_ms)
    except limits.LimitError as error:
        raise Refusal(_LIMIT_CODES.get(type(request), 'bad_query'), str(error)) from None
    return request


def _checked_persona(request: events.SetPersona) -> events.SetPersona:
    voice, text = request.voice_prompt, request.text_prompt
    if voice is None and text is None:
        raise Refusal(
            'bad_query', 'set_persona has neither text_prompt nor voice_prompt; give one'
        )
    return replace(
        request,
        voice_prompt=None if voice is None else check_voice(voice),
        text_prompt=None if text is None else check_text(text),
    )


def _identify(payload: bytes) -> tuple[str, int | None]:
    """Return type and id of a JSON message as far as it has them: an error can then name it.

    A request without an id is of id 0; what is no request, and a bad id, have none.
    """
    try:
        data = json.loads(payload)
    except (ValueError, RecursionError):
        return '', None
    if not isinstance(data, dict):
        return '', None
    name = str(data.get('type'))
    request_id = data.get('id', 0 if name in _REQUESTS else None)
    usable = type(request_id) is int and 0 <= request_id <= events.MAX_NUMBER
    return name, request_id if usable else None
