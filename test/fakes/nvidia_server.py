# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A stand-in for `moshi.server` of NVIDIA/personaplex 3428dfd: its manners, its faults, no model.

What it does not check, this does not check either: a missing parameter, an unknown voice and any
seed break the connection off after the upgrade, a second client waits in silence and has already
overwritten the first one's prompt.
"""

import asyncio
from collections.abc import Awaitable
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
import ssl
import time

import aiohttp
from aiohttp import web
import numpy as np
import pytest

from fakes.host import Host
from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.format import SAMPLES_PER_FRAME

# A robot's `colcon test` has it only where the backend for NVIDIA's server is wanted.
sphn = pytest.importorskip('sphn', reason="NVIDIA's form of the talk is Ogg/Opus: needs sphn")

_SECONDS = np.arange(SAMPLES_PER_FRAME) / SAMPLE_RATE_HZ
TONE = (0.3 * np.sin(2 * np.pi * 500 * _SECONDS)).astype(np.float32)
"""40 whole periods: frames of it join without a click."""

_OVER = (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)

HALF_PACKET = 480
"""Samples too few for a packet of sphn 0.2.1: it gives the two header pages alone."""

POLL_S = 0.001
IS_ALIVE_S = 0.01


@dataclass
class Manners:
    """What the stand-in does; tests change it while it runs."""

    voices: tuple[str, ...] = ('NATF2.pt', 'NATM1.pt', 'VARM1.pt')
    prompt_frames: int = 3
    """Prompting asks this often whether the client is alive, and throws away what it sent."""
    pieces: dict[int, str] = field(default_factory=dict)
    """Output frame -> text piece."""
    echo: bool = False
    """Speak what was heard instead of a tone."""
    step_s: float = 0.0
    """Time of one step; like theirs it blocks the loop."""
    hang_in_prompting: bool = False
    answer: bool = True
    """False: take sound and keep silent."""
    die_at_frame: int | None = None
    """Cut the connection in the middle of this frame's sound."""
    close_at_frame: int | None = None
    """Fail in the model: their server then closes as if all were well."""
    raw_reply: bytes | str | None = None
    """Send this in front of every frame's sound."""
    raw_sound: bytes | None = None
    """Send this instead of Ogg/Opus."""


class NvidiaServer(Host):
    """Notes what clients did: `prompts` (text, voice) that were worked off, frames `heard`."""

    def __init__(
        self, manners: Manners | None = None, port: int = 0, tls: ssl.SSLContext | None = None
    ) -> None:
        super().__init__(port, tls)
        self.manners = manners or Manners()
        self.prompts: list[tuple[str, str]] = []
        self.heard = 0
        self.backlog_frames = 0
        """The most frames that ever waited for the model."""
        self._lock = asyncio.Lock()
        self._prompt = ('', '')

    def make_app(self) -> web.Application:
        """Serve /api/chat alone."""
        app = web.Application()
        app.router.add_get('/api/chat', self._chat)
        return app

    async def _chat(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            voice = request.query['voice_prompt']
            if voice not in self.manners.voices:
                raise FileNotFoundError(voice)
            self._prompt = (request.query['text_prompt'], voice)  # of whoever came last
            if 'seed' in request.query:
                int(request['seed'])  # their mistake: KeyError
            async with self._lock:
                if await self._step_prompts(socket):
                    await socket.send_bytes(b'\x00')
                    await _Talk(self, socket).run()
        finally:
            self._sockets.discard(socket)
        return socket

    async def _step_prompts(self, socket: web.WebSocketResponse) -> bool:
        if not self._prompt[0]:
            raise TypeError("'NoneType' object is not iterable")
        for _ in range(self.manners.prompt_frames):
            if not await _is_alive(socket):
                return False
        while self.manners.hang_in_prompting:
            await asyncio.sleep(IS_ALIVE_S)
            if self._stop.is_set() or not await _is_alive(socket):
                return False
        self.prompts.append(self._prompt)
        return True


async def _is_alive(socket: web.WebSocketResponse) -> bool:
    """Look for a disconnect; whatever else is received is lost."""
    try:
        message = await asyncio.wait_for(socket.receive(), IS_ALIVE_S)
    except asyncio.TimeoutError:
        return True
    return message.type not in _OVER


class _Talk:
    """The three loops of one conversation; the first to end ends it.

    Their sphn 0.1 sends the headers of its stream before anything was heard, ours with the
    first packet: so they are made beforehand here.
    """

    def __init__(self, server: NvidiaServer, socket: web.WebSocketResponse) -> None:
        self._server = server
        self._socket = socket
        self._reader = sphn.OpusStreamReader(SAMPLE_RATE_HZ)
        self._writer = sphn.OpusStreamWriter(SAMPLE_RATE_HZ)
        self._heard = np.empty(0, np.float32)
        self._headers = sphn.OpusStreamWriter(SAMPLE_RATE_HZ).append_pcm(TONE[:HALF_PACKET])
        self._said = self._headers
        self._frame = 0

    async def run(self) -> None:
        """Talk until the client is gone or something failed."""
        loops: list[Callable[[], Awaitable[None]]] = [self._receive, self._step, self._send]
        tasks = [asyncio.ensure_future(loop()) for loop in loops]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._socket.close()

    async def _receive(self) -> None:
        async for message in self._socket:
            if message.type is not aiohttp.WSMsgType.BINARY or message.data[:1] != b'\x01':
                continue
            pcm = self._reader.append_bytes(message.data[1:])
            self._heard = np.concatenate((self._heard, pcm))

    async def _step(self) -> None:
        while True:
            await asyncio.sleep(POLL_S)
            while len(self._heard) >= SAMPLES_PER_FRAME:
                waiting = len(self._heard) // SAMPLES_PER_FRAME
                self._server.backlog_frames = max(self._server.backlog_frames, waiting)
                pcm = self._heard[:SAMPLES_PER_FRAME]
                self._heard = self._heard[SAMPLES_PER_FRAME:]
                await self._answer(pcm)

    async def _answer(self, pcm: np.ndarray) -> None:
        manners = self._server.manners
        self._server.heard += 1
        if not manners.answer:
            return
        number, self._frame = self._frame, self._frame + 1
        if number == manners.close_at_frame:
            raise RuntimeError('CUDA error')
        time.sleep(manners.step_s)
        pages = self._writer.append_pcm(pcm if manners.echo else TONE)
        pages = pages.removeprefix(self._headers)
        if manners.raw_reply is not None:
            send_str, send_bytes = self._socket.send_str, self._socket.send_bytes
            raw = manners.raw_reply
            await (send_str(raw) if isinstance(raw, str) else send_bytes(raw))
        if number == manners.die_at_frame:
            await self._socket.send_bytes(b'\x01' + pages[: len(pages) // 2])
            self._server._cut()
            return
        self._said += pages
        if number in manners.pieces:
            await self._socket.send_bytes(b'\x02' + manners.pieces[number].encode())

    async def _send(self) -> None:
        while True:
            await asyncio.sleep(POLL_S)
            said, self._said = self._said, b''
            if said:
                raw = self._server.manners.raw_sound
                await self._socket.send_bytes(b'\x01' + (said if raw is None else raw))
