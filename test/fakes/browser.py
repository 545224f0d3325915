# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A stand-in for NVIDIA's browser client (NVIDIA/personaplex 3428dfd, client/src): its query,
its Opus stream, its parser that throws, its patience.

The microphone is `browser_mic.ogg`: the first four seconds of demo/visitor.wav, encoded by the
client's own encoder (opus-recorder 8.0.5, encoderWorker.min.js) with its own options from
useUserAudio.ts, so header pages, 20 ms packets and two packets a page are the real ones.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path
import random
import time

import aiohttp
import numpy as np
import sphn

from personaplex_ros.audio.format import SAMPLE_RATE_HZ

MICROPHONE = Path(__file__).parent / 'browser_mic.ogg'
HEADER_PAGES = 2
PAGE_S = 0.04
"""Two packets of 20 ms."""

MAX_AHEAD_S = 0.16
"""Two frames: an engine drops to live beyond three."""

PATIENCE_S = 10.0
"""Without any message for this long it hangs up (useSocket.ts)."""

PATIENCE_CHECK_S = 0.5

CONTROLS = range(4)


def ogg_pages(stream: bytes) -> Iterator[bytes]:
    """Yield the whole pages that a stream begins with (RFC 3533, section 6)."""
    start = 0
    while stream.startswith(b'OggS', start) and len(stream) > start + 26:
        segments = stream[start + 26]
        table = stream[start + 27 : start + 27 + segments]
        end = start + 27 + segments + sum(table)
        yield stream[start:end]
        start = end


def browser_query(voice: str = 'NATF0.pt', text: str = 'You enjoy talking.', **more: str) -> dict:
    """Return every parameter that the page sends (Conversation.tsx, buildURL)."""
    return {
        **more,  # worker_auth_id and email, where a queue gave them
        'text_temperature': '0.7',
        'text_topk': '25',
        'audio_temperature': '0.8',
        'audio_topk': '250',
        'pad_mult': '0',
        'text_seed': str(random.randrange(1_000_000)),
        'audio_seed': str(random.randrange(1_000_000)),
        'repetition_penalty_context': '64',
        'repetition_penalty': '1',
        'text_prompt': text,
        'voice_prompt': voice,
    }


class Browser:
    """One visit: connect, wait for the handshake, talk and listen."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._reader = sphn.OpusStreamReader(SAMPLE_RATE_HZ)
        self._pages = list(ogg_pages(MICROPHONE.read_bytes()))
        self._last_message_s = time.monotonic()
        self.connected = asyncio.Event()
        self.pages_sent = 0
        self.text = ''
        self.heard = np.empty(0, np.float32)
        """float32 [n], what it would play."""
        self.thrown: list[str] = []
        """What its message handler threw; a page shows nothing of it and goes on."""
        self.errors: list[str] = []
        self.gave_up = False

    @property
    def said_s(self) -> float:
        """Seconds of sound that it has sent."""
        return max(0, self.pages_sent - HEADER_PAGES) * PAGE_S

    @property
    def heard_s(self) -> float:
        """Seconds of sound that it would have played."""
        return len(self.heard) / SAMPLE_RATE_HZ

    async def listen(self) -> None:
        """Take messages until the socket closes."""
        async for message in self._socket:
            self._last_message_s = time.monotonic()
            try:
                self._take(message.data)
            except ValueError as error:
                self.thrown.append(str(error))

    async def wait_patiently(self) -> None:
        """Hang up when nothing has come for long; counts from the handshake on."""
        await self.connected.wait()
        while time.monotonic() - self._last_message_s <= PATIENCE_S:
            await asyncio.sleep(PATIENCE_CHECK_S)
        self.gave_up = True
        await self._socket.close()

    async def speak(self) -> None:
        """Send the recording, a message a page, as fast as it is answered and no faster.

        A page sends in real time; paced by answers, a slow machine loses no frame.
        """
        await self.connected.wait()
        for page in self._pages:
            while self.said_s - self.heard_s > MAX_AHEAD_S:
                await asyncio.sleep(0.002)
            await self._socket.send_bytes(b'\x01' + page)
            self.pages_sent += 1

    def _take(self, data: bytes) -> None:
        """As decodeMessage in protocol/encoder.ts: what it does not know, it throws."""
        kind, payload = data[0], data[1:]
        if kind == 0:
            self.connected.set()
        elif kind == 1:
            if b''.join(ogg_pages(payload)) != payload:
                raise ValueError('half a page: the decoder looks at each message for itself')
            self.heard = np.concatenate((self.heard, self._reader.append_bytes(payload)))
        elif kind == 2:
            self.text += payload.decode()
        elif kind == 3 and payload[0] not in CONTROLS:
            raise ValueError('Unknown control message')
        elif kind == 5:
            self.errors.append(payload.decode())
        elif kind > 6:
            raise ValueError('Unknown message type')
