# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The robot's side of a damaged server: the backends for our engine and for NVIDIA's server."""

from collections.abc import AsyncGenerator
from collections.abc import Callable
from collections.abc import Generator
import contextlib
import types
from typing import Any

from aiohttp import WSMessage
from aiohttp import WSMsgType
import numpy as np

from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.audio.ogg_opus import OpusIn
from personaplex_ros.backends.base import AgentFrame
from personaplex_ros.backends.base import BackendError
from personaplex_ros.backends.base import Role
from personaplex_ros.backends.nvidia_line import NvidiaLine
from personaplex_ros.backends.personaplex import MAX_PIECE_CHARS
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

    def exception(self) -> None:
        """Tell that every ping was answered."""


class _Client:
    """An HTTP client that is connected at once."""

    def __init__(self, socket: _Socket) -> None:
        self._socket = socket

    async def ws_connect(self, *_: object, **__: object) -> _Socket:
        return self._socket


class BackendTalk:
    """A session with a server that says what it likes."""

    def __init__(self, socket: _Socket, opening: Any, events_of_it: AsyncGenerator) -> None:
        """opening: a coroutine that ends with READY, or None where that was said before."""
        self.over = False
        self._socket = socket
        self._events = events_of_it
        self._step: Any = self._events.__anext__() if opening is None else opening
        self._got: list[Any] = []
        self._error: BaseException | None = None

    @classmethod
    def with_our_engine(cls, from_welcome: bool) -> 'BackendTalk':
        """protocol=1, from the welcome or from READY on."""
        socket, backend = _Socket(), PersonaPlexBackend('ws://127.0.0.1:1')
        backend._http = _Client(socket)  # type: ignore[assignment]
        backend._socket = socket
        # open() would need a clock for its timeout; this is what it gives the time to
        return cls(socket, backend._open(ROLE) if from_welcome else None, backend.events())

    @classmethod
    def with_nvidias_server(cls, clock: Callable[[], float]) -> 'BackendTalk':
        """Ogg/Opus, from READY on."""
        socket, line = _Socket(), NvidiaLine('http://127.0.0.1:1', None)
        line._socket = socket
        line._incoming = OpusIn(clock)
        return cls(socket, None, line.frames())

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
                promise(len(event.piece) <= MAX_PIECE_CHARS, len(event.piece), 'characters')
            elif isinstance(event, tuple):
                promise(event[1].shape == (SAMPLES_PER_FRAME,), 'speech of', event[1].shape)
                promise(len(event[0]) <= MAX_PIECE_CHARS, len(event[0]), 'characters')
            elif event is not None and not isinstance(event, events.SessionStarted):
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
