# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The decoders of wire/, both sides of them, one message at a time."""

from typing import Any

from personaplex_ros.wire import events
from personaplex_ros.wire.messages import Kind
from personaplex_ros.wire.messages import unpack
from personaplex_ros.wire.messages import WireError

from .script import Message
from .talk import check_sentence
from .talk import promise

SIDES = (events.CALLER_EVENTS, events.ENGINE_EVENTS)


class WireTalk:
    """Every decoder on every message: a JSON message that is whole must come back as it was."""

    over = False

    def __init__(self) -> None:
        """Nothing is kept from one message to the next."""
        self._events: list[Any] = []
        self._errors: list[str] = []

    async def take(self, message: Message) -> None:
        """Decode; only WireError may come of it."""
        self._events, self._errors = [], []
        try:
            kind, payload = unpack(message.data)
        except WireError as error:
            self._errors.append(str(error))
            return
        if kind is Kind.ERROR:
            self._events.append(events.decode_fault(payload))
        for side in SIDES if kind is Kind.JSON else ():
            try:
                self._events.append(events.decode(payload, side))
            except WireError as error:
                self._errors.append(str(error))

    async def check(self) -> None:
        """What was understood can be said again; what was not has a sentence for a log."""
        for event in self._events:
            kind, payload = unpack(events.encode(event))
            if kind is Kind.JSON:
                again = events.decode(payload, (type(event),))
            else:
                again = events.decode_fault(payload)
            promise(again == event, 'decoded', event, 'and then', again)
        for error in self._errors:
            check_sentence(error)

    async def end(self) -> None:
        """Nothing to end."""

    def close(self) -> None:
        """Nothing is left."""
