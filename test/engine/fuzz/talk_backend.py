# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The robot's side of a damaged engine: backends/personaplex.py from the handshake on."""

from collections.abc import Generator
import contextlib
from random import Random
import types
from typing import Any

from aiohttp import WSMessage
from aiohttp import WSMsgType
import numpy as np

from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.backends.base import AgentFrame
from personaplex_ros.backends.base import BackendError
from personaplex_ros.backends.base import Role
from personaplex_ros.backends.personaplex import PersonaPlexBackend
from personaplex_ros.wire import events
from personaplex_ros.wire.messages import WireError

from .script import Message
from .talk import check_sentence
from .talk import promise

ROLE = Role('You teach.', 'NATF2')


@types.coroutine
def _nothing_yet() -> Generator[None, None, None]:
    yield


class _Socket:
    """What aiohttp gives, one message at a time."""

    def __init__(self) -> None:
        self.message: WSMessage | None = None

    def __aiter__(self) -> '_Socket':
        return self

    async def __anext__(self) -> WSMessage:
        while self.message is None:
            await _nothing_yet()
        message, self.message = self.message, None
        return message


class _Client:
    """An HTTP client that is connected at once."""

    def __init__(self, socket: _Socket) -> None:
        self._socket = socket

    async def ws_connect(self, *_: object, **__: object) -> _Socket:
        return self._socket


class BackendTalk:
    """A session with an engine that says what it likes."""

    def __init__(self, random: Random, from_welcome: bool) -> None:
        """from_welcome: the engine has not said READY yet."""
        self.over = False
        self._socket = _Socket()
        self._backend = PersonaPlexBackend('ws://127.0.0.1:1')
        self._backend._http = _Client(self._socket)  # type: ignore[assignment]
        self._backend._socket = self._socket
        self._events = self._backend.events()
        # open() would need a clock for its timeout; this is what it gives the time to
        self._step: Any = self._backend._open(ROLE) if from_welcome else self._events.__anext__()
        self._got: list[Any] = []
        self._error: BaseException | None = None

    async def take(self, message: Message) -> None:
        """Let the backend read it, and run until it wants the next one."""
        kind = WSMsgType.TEXT if message.is_text else WSMsgType.BINARY
        self._socket.message = WSMessage(kind, message.data, None)
        self._got.clear()
        while True:
            try:
                self._step.send(None)
                return
            except StopIteration as done:
                self._got.append(done.value)
                self._step = self._events.__anext__()
            except (BackendError, WireError) as error:
                self._error = error
                self.over = True
                return

    async def check(self) -> None:
        """What the conversation is told is whole and bounded."""
        for event in self._got:
            if isinstance(event, AgentFrame):
                promise(event.pcm.shape == (SAMPLES_PER_FRAME,), 'speech of', event.pcm.shape)
                promise(event.pcm.dtype == np.int16, 'speech of', event.pcm.dtype)
                event.piece.encode()
            elif not isinstance(event, events.SessionStarted):
                promise(type(event) in (*events.SESSION_EVENTS, events.Fault), 'event', event)
            if isinstance(event, events.Fault):
                check_sentence(event.message)
        if self._error is not None:
            check_sentence(str(self._error))

    async def end(self) -> None:
        """Nothing more to check."""

    def close(self) -> None:
        """Leave no half-run generator behind for the event loop to close."""
        if not self.over:
            with contextlib.suppress(GeneratorExit):
                self._step.throw(GeneratorExit)
