# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""An engine on a loopback socket inside the test, and a caller that speaks protocol=1 to it."""

import asyncio
from collections.abc import AsyncIterator
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from dataclasses import replace
import functools

import aiohttp
from aiohttp import web
from fake_model import FakeModel
import numpy as np

from personaplex_ros.engine.ledger import Ledger
from personaplex_ros.engine.listener import listen
from personaplex_ros.engine.server import EngineServer
from personaplex_ros.engine.settings import ServeSettings
from personaplex_ros.engine.worker import ModelWorker
from personaplex_ros.wire import events
from personaplex_ros.wire.messages import FRAME_BYTES
from personaplex_ros.wire.messages import Kind
from personaplex_ros.wire.messages import unpack

PATIENCE_S = 30.0
"""A test that waits longer for its condition has failed."""

PROTOCOL_1 = {'protocol': '1', 'voice_prompt': 'NATF2', 'text_prompt': 'Be kind.'}
CHATTERING = {'audio_temperature': '1.5', 'text_temperature': '3', 'text_topk': '200'}
"""So hot that no two draws answer a question alike."""

SEEDED = PROTOCOL_1 | CHATTERING | {'seed': '5'}
UPSTREAM = {'voice_prompt': 'NATF2.pt', 'text_prompt': 'Be kind.'}


def in_loop(test: Callable) -> Callable:
    """Run an async test; its fixtures stay those of pytest."""

    @functools.wraps(test)
    def run(*args: object, **kwargs: object) -> None:
        asyncio.run(asyncio.wait_for(test(*args, **kwargs), PATIENCE_S))

    return run


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition of this process."""
    while not condition():
        await asyncio.sleep(0.002)


def frame(value: int) -> bytes:
    """Return one frame of s16le with this value in every sample."""
    return np.full(FRAME_BYTES // 2, value, '<i2').tobytes()


@dataclass
class Engine:
    """A running engine."""

    url: str
    model: FakeModel
    worker: ModelWorker
    ledger: Ledger
    runner: web.AppRunner
    http: aiohttp.ClientSession

    async def get(self, path: str, **options: object) -> tuple[int, dict]:
        """Return status and JSON of a GET."""
        async with self.http.get(self.url + path, **options) as response:
            return response.status, await response.json()

    async def frames(self) -> dict[str, int]:
        """Return the counters of /api/info."""
        return (await self.get('/api/info'))[1]['frames']

    async def settled_frames(self) -> dict[str, int]:
        """Return the counters once nobody is connected."""
        while (await self.get('/api/info'))[1]['sessions']['active']:
            await asyncio.sleep(0.002)
        return await self.frames()

    async def connect(self, query: dict[str, str] | str = '', **options: object) -> 'Caller':
        """Open /api/chat with this query; protocol=1 without one."""
        query = query or PROTOCOL_1
        socket = await self.http.ws_connect(
            self.url + '/api/chat', params=query, compress=0, **options
        )
        return Caller(socket)

    async def talk(self, query: dict[str, str] | str = '') -> 'Caller':
        """Connect and wait until audio may be sent."""
        caller = await self.connect(query)
        await caller.until_ready()
        return caller


class Caller:
    """One client of /api/chat."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def send(self, kind: int, payload: bytes = b'') -> None:
        """Send one binary message."""
        await self.socket.send_bytes(bytes((kind,)) + payload)

    async def send_audio(self, pcm: bytes) -> None:
        """Send PCM."""
        await self.send(Kind.AUDIO, pcm)

    async def ask(self, request: events.CallerEvent) -> None:
        """Send a request."""
        await self.socket.send_bytes(events.encode(request))

    async def receive(self) -> tuple[Kind, bytes]:
        """Return the next binary message; fails the test when the engine closes instead."""
        message = await self.socket.receive()
        assert message.type is aiohttp.WSMsgType.BINARY, f'{message.type!r} {message.data!r}'
        return unpack(message.data)

    async def until_ready(self) -> events.SessionStarted | None:
        """Wait for READY; returns what was said about the session before it."""
        started = None
        while True:
            kind, payload = await self.receive()
            if kind is Kind.READY:
                return started
            assert kind is Kind.JSON, (kind, payload)
            started = events.decode(payload, (events.SessionStarted,))

    async def event(self, wanted: type) -> events.EngineEvent:
        """Return the next JSON event of this class; other events and sound are passed over."""
        while True:
            kind, payload = await self.receive()
            if kind is Kind.JSON:
                event = events.decode(payload, events.ENGINE_EVENTS)
                if isinstance(event, wanted):
                    return event

    async def answer(self) -> tuple[events.FrameReport, str, bytes]:
        """Return the next frame: report, text and PCM."""
        report, text = await self.event(events.FrameReport), ''
        kind, payload = await self.receive()
        if kind is Kind.TEXT:
            text = payload.decode()
            kind, payload = await self.receive()
        assert kind is Kind.AUDIO
        return report, text, payload

    async def fault(self) -> events.Fault:
        """Return the next 0x05 message."""
        while True:
            kind, payload = await self.receive()
            if kind is Kind.ERROR:
                return events.decode_fault(payload)

    async def close_code(self) -> int:
        """Wait for the engine to close and return its code."""
        while not self.socket.closed:
            await self.socket.receive()
        return self.socket.close_code

    async def hang_up(self) -> None:
        """Close as a well-behaved client does."""
        await self.socket.close()

    def vanish(self) -> None:
        """End the TCP connection without a word."""
        self.socket._response.connection.transport.abort()


@asynccontextmanager
async def engine(
    model: FakeModel | None = None, load: Callable | None = None, **settings: object
) -> AsyncIterator[Engine]:
    """Run an engine around a fake model."""
    model = model or FakeModel()
    ledger = Ledger()
    worker = ModelWorker(load or (lambda: model), ledger)
    listening = listen('127.0.0.1', 0)
    options = replace(ServeSettings(heartbeat_s=5.0), **settings)
    runner = await EngineServer(options, worker, ledger).open(listening)
    worker.start()
    url = f'http://127.0.0.1:{listening.getsockname()[1]}'
    try:
        async with aiohttp.ClientSession() as http:
            yield Engine(url, model, worker, ledger, runner, http)
    finally:
        model.step_gate.set()
        model.prompt_gate.set()
        await runner.cleanup()
        assert await worker.stop(10.0), 'the model thread did not end'
