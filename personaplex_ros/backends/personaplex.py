# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Our engine over WebSocket, protocol=1: PCM and JSON."""

import asyncio
from collections.abc import AsyncIterator
from collections.abc import Sequence
import json
import os
import ssl
from typing import Any

import aiohttp
import numpy as np

from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.backends.base import AgentFrame
from personaplex_ros.backends.base import BackendError
from personaplex_ros.backends.base import BackendEvent
from personaplex_ros.backends.base import Role
from personaplex_ros.backends.http_client import make_client
from personaplex_ros.backends.http_client import tls_trouble
from personaplex_ros.backends.http_client import unpack_message
from personaplex_ros.backends.http_client import went_dead
from personaplex_ros.wire import events as wire
from personaplex_ros.wire.address import engine_base_url
from personaplex_ros.wire.limits import is_unicode
from personaplex_ros.wire.limits import MAX_MESSAGE_BYTES
from personaplex_ros.wire.messages import Kind
from personaplex_ros.wire.messages import pack
from personaplex_ros.wire.messages import PROTOCOL_VERSION
from personaplex_ros.wire.messages import WireError

TOKEN_VARIABLE = 'PERSONAPLEX_TOKEN'
"""Environment variable with the engine's token: never a parameter, which anyone can read."""

HEARTBEAT_S = 5.0
"""A silent peer is given up after 1.5 times this (aiohttp: ping, then half of it for the pong)."""

REQUEST_TIMEOUT_S = 5.0

MAX_PIECE_CHARS = 1_000
"""Text of one frame; a piece is a word at most."""


class PersonaPlexBackend:
    """One session with `personaplex-engine serve`.

    url: http(s):// or ws(s)://host:port. connect_timeout_s: for reaching the engine and for
    the persona's prompt together. tls: whom to trust, None for the system's certificates.
    """

    def __init__(
        self, url: str, connect_timeout_s: float = 10.0, tls: ssl.SSLContext | None = None
    ) -> None:
        self._base = engine_base_url(url)
        self._connect_timeout_s = connect_timeout_s
        self._tls = tls
        self._http: aiohttp.ClientSession | None = None
        self._socket: Any = None  # aiohttp.ClientWebSocketResponse; generic since 3.13

    @property
    def name(self) -> str:
        """The engine's address."""
        return self._base

    @property
    def reached(self) -> bool:
        """Whether the engine took the connection."""
        return self._socket is not None

    async def open(self, role: Role) -> wire.SessionStarted:
        """Connect, prompt the persona and wait until audio may be sent."""
        try:
            return await asyncio.wait_for(self._open(role), self._connect_timeout_s)
        except asyncio.TimeoutError:
            raise BackendError(
                'timeout',
                f'engine at {self._base} did not get ready within {self._connect_timeout_s:g} s',
            ) from None
        except (aiohttp.ClientError, OSError) as error:
            trouble = tls_trouble(self._base, error)
            raise trouble or BackendError('unreachable', self._explain(error)) from None
        except WireError as error:
            raise BackendError('protocol', f'engine at {self._base}: {error}') from None

    async def voices(self) -> list[str]:
        """Return the voices /api/info lists."""
        timeout = aiohttp.ClientTimeout(total=REQUEST_TIMEOUT_S)
        try:
            async with self._client().get(self._base + '/api/info', timeout=timeout) as response:
                info = json.loads(await _at_most(response, MAX_MESSAGE_BYTES))
            return [voice for voice in map(str, info['voices']) if is_unicode(voice)]
        except (aiohttp.ClientError, OSError, asyncio.TimeoutError):
            return []
        except (ValueError, LookupError, TypeError):  # no JSON, or JSON of another engine
            return []

    async def send_frame(self, pcm: np.ndarray) -> None:
        """Send one frame, int16 [1920]."""
        await self._send(pack(Kind.AUDIO, pcm.astype('<i2', copy=False).tobytes()))

    async def interrupt(self, request: int) -> None:
        """Ask for silence from the next frame on."""
        await self._send(wire.encode(wire.Interrupt(id=request)))

    async def set_role(self, request: int, role: Role, keep_memory: bool = False) -> None:
        """Ask the running session to become another persona."""
        asked = wire.SetPersona(request, role.text_prompt, role.voice, keep_memory)
        await self._send(wire.encode(asked))

    async def tell_context(self, request: int, facts: Sequence[str], rebuild: bool) -> None:
        """Let the persona know these facts from its next rebuild on."""
        await self._send(wire.encode(wire.Context(request, '\n'.join(facts), rebuild)))

    async def say(self, request: int, text: str, interrupt_first: bool) -> None:
        """Ask for a text in the agent's own voice."""
        await self._send(wire.encode(wire.Say(request, text, interrupt_first)))

    async def cancel_say(self, request: int) -> None:
        """Stop the text of this request."""
        await self._send(wire.encode(wire.CancelSay(id=request)))

    async def hold_text(self, request: int, max_ms: int) -> None:
        """Let the agent begin no word of its own."""
        await self._send(wire.encode(wire.HoldText(request, max_ms)))

    async def release_text(self, request: int) -> None:
        """End the hold of this request."""
        await self._send(wire.encode(wire.ReleaseText(id=request)))

    async def events(self) -> AsyncIterator[BackendEvent]:
        """Yield frames and answers in the order of the wire."""
        assert self._socket is not None, 'open() first'
        report: wire.FrameReport | None = None
        piece = ''
        async for message in self._socket:
            if went_dead(self._socket):
                break
            kind, payload = self._unpack(message)
            if kind is Kind.AUDIO:
                if report is None or len(payload) != 2 * SAMPLES_PER_FRAME:
                    raise BackendError('protocol', 'engine sent audio that is no announced frame')
                yield AgentFrame(report, piece, np.frombuffer(payload, '<i2'))
                report, piece = None, ''
            elif kind is Kind.TEXT:
                piece += payload.decode('utf-8', 'replace')
                if len(piece) > MAX_PIECE_CHARS:
                    raise BackendError('protocol', f'engine at {self._base} sends text alone')
            elif kind is Kind.ERROR:
                fault = wire.decode_fault(payload)
                if fault.fatal:
                    raise BackendError(fault.code, fault.message)
                yield fault
            elif kind is Kind.JSON:
                event = self._decode(payload)
                if isinstance(event, wire.FrameReport):
                    report = event
                else:
                    yield event
        if went_dead(self._socket):
            raise BackendError('lost', f'engine at {self._base} does not answer any more')
        raise BackendError('lost', f'engine at {self._base} closed the connection')

    async def close(self) -> None:
        """Close the socket and its client."""
        if self._socket is not None:
            await self._socket.close()
        if self._http is not None:
            await self._http.close()

    async def _open(self, role: Role) -> wire.SessionStarted:
        query = {
            'protocol': str(PROTOCOL_VERSION),
            'voice_prompt': role.voice,
            'text_prompt': role.text_prompt,
        }
        self._socket = await self._client().ws_connect(
            self._base + '/api/chat',
            params=query,
            heartbeat=HEARTBEAT_S,
            compress=0,
            max_msg_size=MAX_MESSAGE_BYTES,
        )
        started: wire.SessionStarted | None = None
        async for message in self._socket:
            if went_dead(self._socket):
                break
            kind, payload = self._unpack(message)
            if kind is Kind.READY and started is not None:
                return started
            if kind is Kind.JSON:
                started = wire.decode(payload, (wire.SessionStarted,))
            elif kind is Kind.ERROR:
                fault = wire.decode_fault(payload)
                raise BackendError(fault.code, fault.message)
        if went_dead(self._socket):
            raise BackendError('timeout', f'engine at {self._base} does not answer any more')
        raise BackendError('lost', f'engine at {self._base} closed while the persona was prepared')

    def _client(self) -> aiohttp.ClientSession:
        if self._http is None:
            token = os.environ.get(TOKEN_VARIABLE, '')
            headers = {'Authorization': f'Bearer {token}'} if token else {}
            self._http = make_client(self._tls, headers)
        return self._http

    async def _send(self, message: bytes) -> None:
        if self._socket is None or self._socket.closed:
            raise BackendError('lost', f'no connection to the engine at {self._base}')
        try:
            await self._socket.send_bytes(message)
        except (aiohttp.ClientError, OSError) as error:
            raise BackendError('lost', self._explain(error)) from None

    def _unpack(self, message: Any) -> tuple[Kind, bytes]:
        try:
            return unpack_message(message)
        except WireError as error:
            raise BackendError('protocol', f'engine at {self._base}: {error}') from None

    def _decode(self, payload: bytes) -> wire.SessionEvent:
        try:
            return wire.decode(payload, wire.SESSION_EVENTS)
        except WireError as error:
            raise BackendError('protocol', f'engine at {self._base}: {error}') from None

    def _explain(self, error: BaseException) -> str:
        if isinstance(error, aiohttp.WSServerHandshakeError):
            if error.status in (401, 403):
                return f'engine at {self._base} wants its token: set {TOKEN_VARIABLE}'
            return f'engine at {self._base} answered HTTP {error.status}'
        if isinstance(error, aiohttp.ClientConnectorError):
            return f'no engine at {self._base}: start it with `personaplex-engine serve`'
        return f'engine at {self._base}: {type(error).__name__}'


async def _at_most(response: aiohttp.ClientResponse, size: int) -> bytes:
    """Return a body; raises ValueError for one that is larger."""
    body = bytearray()
    async for part in response.content.iter_any():
        body += part
        if len(body) > size:
            raise ValueError(f'an answer of more than {size} bytes')
    return bytes(body)
