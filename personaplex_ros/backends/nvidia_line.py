# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""One connection to NVIDIA's own server: Ogg/Opus and text pieces, frame by frame.

What it relies on is in NVIDIA/personaplex 3428dfd, moshi/moshi/server.py, handle_chat.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
import ssl
from typing import Any
from urllib.parse import quote
from urllib.parse import urlencode

import aiohttp
import numpy as np

from personaplex_ros.audio.intake import Reblocker
from personaplex_ros.audio.intake import to_int16
from personaplex_ros.audio.ogg_opus import OpusIn
from personaplex_ros.audio.ogg_opus import OpusOut
from personaplex_ros.backends.base import BackendError
from personaplex_ros.backends.base import Role
from personaplex_ros.backends.http_client import make_client
from personaplex_ros.backends.http_client import tls_trouble
from personaplex_ros.backends.http_client import unpack_message
from personaplex_ros.backends.http_client import went_dead
from personaplex_ros.wire.events import decode_fault
from personaplex_ros.wire.limits import MAX_MESSAGE_BYTES
from personaplex_ros.wire.messages import Kind
from personaplex_ros.wire.messages import pack
from personaplex_ros.wire.messages import WireError

INT16_SCALE = 32_768.0

HEARTBEAT_S = 10.0
"""Their model runs on the loop that answers pings: a slow step must not look like a dead peer."""

CLOSE_TIMEOUT_S = 1.0
"""For the closing handshake; a server that takes longer is cut off."""

MAX_QUERY_BYTES = 8_000
"""Their aiohttp refuses request targets above 8 190 bytes (aiohttp 3.10, web_protocol.py)."""

MAX_PIECE_CHARS = 1_000
"""A piece is a word at most."""

MAX_PIECES_WAITING = 64
"""Text runs a frame or two ahead of its sound; more of it belongs to no sound at all."""


class NvidiaLine:
    """From open() to the end of one connection; a stream of Opus each way."""

    def __init__(self, base: str, tls: ssl.SSLContext | None) -> None:
        self._base = base
        self._tls = tls
        self._http: aiohttp.ClientSession | None = None
        self._socket: Any = None  # aiohttp.ClientWebSocketResponse; generic since 3.13
        self._outgoing = OpusOut()
        self._incoming = OpusIn()
        self._reblocker = Reblocker()
        self._pieces: deque[str] = deque()

    @property
    def reached(self) -> bool:
        """Whether the server took the connection; it may still let us wait for another caller."""
        return self._socket is not None

    async def open(self, role: Role, timeout_s: float) -> None:
        """Connect and wait until the persona is in place. Raises BackendError."""
        query = _query(role)
        try:
            await asyncio.wait_for(self._open(query), timeout_s)
        except asyncio.TimeoutError:
            raise self._timeout(timeout_s) from None
        except (aiohttp.ClientError, OSError) as error:
            raise self._explain(error) from None

    async def send(self, pcm: np.ndarray) -> None:
        """Send int16 [1920]; raises BackendError when the connection is gone."""
        pages = self._outgoing.encode(pcm.astype(np.float32) / INT16_SCALE)
        if self._socket is None or self._socket.closed:
            raise BackendError('lost', f'no connection to {self._base}')
        try:
            await self._socket.send_bytes(pack(Kind.AUDIO, pages))
        except (aiohttp.ClientError, OSError) as error:
            raise BackendError('lost', f'{self._base}: {type(error).__name__}') from None

    async def frames(self) -> AsyncIterator[tuple[str, np.ndarray]]:
        """Yield text piece ('' for none) and speech, int16 [1920], until the connection ends.

        A piece is sent before the sound of its frame, and a frame has one at most. Raises
        BackendError for what cannot be understood.
        """
        async for message in self._socket:
            if went_dead(self._socket):
                break
            kind, payload = self._unpack(message)
            if kind is Kind.TEXT:
                self._note(payload.decode('utf-8', 'replace'))
            elif kind is Kind.AUDIO:
                for pcm in self._decode(payload):
                    yield self._pieces.popleft() if self._pieces else '', pcm
        if went_dead(self._socket):
            raise BackendError('lost', f'{self._base} does not answer any more')

    async def close(self) -> None:
        """End the connection; may be called at any time, more than once."""
        try:
            if self._socket is not None:
                await asyncio.wait_for(self._socket.close(), CLOSE_TIMEOUT_S)
        except asyncio.TimeoutError:
            pass  # closing the client cuts it off
        finally:
            if self._http is not None:
                await self._http.close()

    async def _open(self, query: dict[str, str]) -> None:
        self._http = make_client(self._tls)
        self._socket = await self._http.ws_connect(
            self._base + '/api/chat',
            params=query,
            heartbeat=HEARTBEAT_S,
            compress=0,
            max_msg_size=MAX_MESSAGE_BYTES,
        )
        async for message in self._socket:
            if went_dead(self._socket):
                break
            if self._unpack(message)[0] is Kind.READY:
                return
        if went_dead(self._socket):
            raise asyncio.TimeoutError  # it does not even listen to us yet
        raise BackendError(
            'refused',
            f'{self._base} ended the connection before the persona was in place and gives no '
            f'reason: has it {query["voice_prompt"]} in its --voice-prompt-dir? Its log tells',
        )

    def _timeout(self, timeout_s: float) -> BackendError:
        if self._socket is None:
            return BackendError('timeout', f'no connection to {self._base} in {timeout_s:g} s')
        return BackendError(
            'timeout',
            f'{self._base} took the connection and did not get ready in {timeout_s:g} s: '
            'somebody else may be connected (it serves one client and lets others wait), or it '
            'prompts slowly (connect_timeout_s)',
        )

    def _explain(self, error: Exception) -> BackendError:
        trouble = tls_trouble(self._base, error)
        if trouble is not None:
            return trouble
        if isinstance(error, aiohttp.WSServerHandshakeError):
            return BackendError('unreachable', f'{self._base} answered HTTP {error.status}')
        if isinstance(error, aiohttp.ClientConnectorError):
            message = f'no server at {self._base}: start it with `python -m moshi.server`'
            return BackendError('unreachable', message)
        return BackendError('unreachable', f'{self._base}: {type(error).__name__}')

    def _unpack(self, message: Any) -> tuple[Kind, bytes]:
        try:
            kind, payload = unpack_message(message)
        except WireError as error:
            raise BackendError('protocol', f'{self._base}: {error}') from None
        if kind is Kind.ERROR:
            raise BackendError('refused', f'{self._base}: {decode_fault(payload).message}')
        return kind, payload

    def _note(self, piece: str) -> None:
        if len(self._pieces) >= MAX_PIECES_WAITING or len(piece) > MAX_PIECE_CHARS:
            raise BackendError('protocol', f'{self._base} sends text without its sound')
        self._pieces.append(piece)

    def _decode(self, payload: bytes) -> list[np.ndarray]:
        try:
            pieces = [to_int16(pcm * INT16_SCALE) for pcm in self._incoming.decode(payload)]
        except ValueError as error:
            message = f'{self._base} sent a broken Ogg/Opus stream ({error})'
            raise BackendError('protocol', message) from None
        return [frame for pcm in pieces for frame in self._reblocker.push(pcm)]


def _query(role: Role) -> dict[str, str]:
    """Return the query; raises BackendError for what their server breaks off for."""
    if not role.text_prompt:
        message = "NVIDIA's server breaks off without a text prompt: give the persona a text"
        raise BackendError('bad_query', message)
    query = {'voice_prompt': f'{role.voice}.pt', 'text_prompt': role.text_prompt}
    length = len(urlencode(query, quote_via=quote))
    if length > MAX_QUERY_BYTES:
        raise BackendError(
            'prompt_too_long',
            f"the text prompt makes a query of {length} bytes; NVIDIA's server takes about "
            f'{MAX_QUERY_BYTES}: shorten it',
        )
    return query
