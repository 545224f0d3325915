# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""NVIDIA's form: Ogg/Opus both ways, and streams that are none."""

import struct
import sys

import aiohttp
from harness import Caller
from harness import engine
from harness import frame
from harness import in_loop
from harness import UPSTREAM
import numpy as np
import pytest
import sphn

from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.wire.limits import INPUT_QUEUE_FRAMES
from personaplex_ros.wire.messages import Kind

POLICY = 1008


def tone(seconds: float) -> np.ndarray:
    """440 Hz, float32 [n], amplitude 0.3."""
    t = np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    return (0.3 * np.sin(2 * np.pi * 440 * t)).astype(np.float32)


def ogg(pcm: np.ndarray) -> bytes:
    """Encode as one Ogg/Opus stream."""
    writer = sphn.OpusStreamWriter(SAMPLE_RATE_HZ)
    return b''.join(
        writer.append_pcm(pcm[start : start + SAMPLES_PER_FRAME])
        for start in range(0, len(pcm) - SAMPLES_PER_FRAME + 1, SAMPLES_PER_FRAME)
    )


def page(sequence: int, lacing: list[int], body: bytes, flags: int = 0) -> bytes:
    """One Ogg page (RFC 3533, section 6); sphn checks no sum, so it has none."""
    return b''.join(
        (
            b'OggS\0',
            bytes((flags,)),
            struct.pack('<qIII', 0, 7, sequence, 0),
            bytes((len(lacing), *lacing)),
            body,
        )
    )


HEAD = b'OpusHead' + struct.pack('<BBHIhB', 1, 1, 0, 24_000, 0, 0)
TAGS = b'OpusTags' + struct.pack('<II', 0, 0)
HEADERS = page(0, [len(HEAD)], HEAD, 2) + page(1, [len(TAGS)], TAGS)


async def hear(caller: Caller, seconds: float) -> np.ndarray:
    """Decode what the engine says until there are this many seconds of it."""
    reader = sphn.OpusStreamReader(SAMPLE_RATE_HZ)
    heard = np.empty(0, np.float32)
    while len(heard) < seconds * SAMPLE_RATE_HZ:
        kind, payload = await caller.receive()
        if kind is Kind.AUDIO:
            heard = np.concatenate((heard, reader.append_bytes(payload)))
    return heard


@in_loop
async def test_speech_goes_through_opus_both_ways() -> None:
    async with engine() as running:
        caller = await running.connect(UPSTREAM)
        assert await caller.receive() == (Kind.READY, b'')
        writer, reader = (
            sphn.OpusStreamWriter(SAMPLE_RATE_HZ),
            sphn.OpusStreamReader(SAMPLE_RATE_HZ),
        )
        sound, heard, text = tone(1.6), np.empty(0, np.float32), ''
        for start in range(0, len(sound), SAMPLES_PER_FRAME):
            await caller.send(
                Kind.AUDIO, writer.append_pcm(sound[start : start + SAMPLES_PER_FRAME])
            )
            while len(heard) < start:
                kind, payload = await caller.receive()
                if kind is Kind.TEXT:
                    text += payload.decode()
                else:
                    assert kind is Kind.AUDIO
                    heard = np.concatenate((heard, reader.append_bytes(payload)))
        assert text.startswith(' w0 w3 w6')
        spectrum = np.abs(np.fft.rfft(heard[-SAMPLE_RATE_HZ:]))
        assert np.argmax(spectrum) == pytest.approx(440, abs=2), 'the tone comes back'
        assert np.sqrt(np.mean(heard[-SAMPLE_RATE_HZ:] ** 2)) == pytest.approx(0.21, abs=0.03)


@in_loop
async def test_pages_may_be_split_anywhere() -> None:
    stream = ogg(tone(0.24))
    async with engine() as running:
        caller = await running.connect(UPSTREAM)
        await caller.receive()
        for start in range(0, len(stream), 7):
            await caller.send(Kind.AUDIO, stream[start : start + 7])
        await hear(caller, 0.16)
        assert (await running.frames())['dropped'] == 0


@in_loop
async def test_a_stream_begun_before_ready_can_go_on_after_it() -> None:
    async with engine() as running:
        running.model.prompt_gate.clear()
        caller = await running.connect(UPSTREAM)
        writer = sphn.OpusStreamWriter(SAMPLE_RATE_HZ)
        silence = np.zeros(SAMPLES_PER_FRAME, np.float32)
        for _ in range(4):
            await caller.send(Kind.AUDIO, writer.append_pcm(silence))
        while (await running.frames())['dropped'] < 2:
            pass
        running.model.prompt_gate.set()
        assert (await caller.receive())[0] is Kind.READY
        for _ in range(INPUT_QUEUE_FRAMES):  # one more at once may cost those before it
            await caller.send(Kind.AUDIO, writer.append_pcm(silence))
        await hear(caller, 0.16)


@in_loop
async def test_ten_seconds_of_opus_in_one_message_are_dropped_to_live() -> None:
    async with engine() as running:
        caller = await running.connect(UPSTREAM)
        await caller.receive()
        await caller.send(Kind.AUDIO, ogg(tone(10.0)))
        await caller.send(Kind.PING)
        while (await caller.receive())[0] is not Kind.PING:
            pass
        await caller.hang_up()
        counted = await running.settled_frames()
        assert counted['in'] == 125
        assert counted['in'] == counted['out'] + counted['dropped']


CORRUPT = bytearray(ogg(tone(0.8)))
CORRUPT[600:1500] = bytes(900)

BROKEN_STREAMS = {
    'no Ogg at all': np.random.default_rng(1).bytes(5_000),
    'PCM instead of Opus': frame(1000),
    'Ogg of another version': b'OggS\x4d' + bytes(100),
    'a stream cut in the middle': bytes(CORRUPT),
    'packets that are no Opus': HEADERS + page(2, [200], b'\xff' * 200),
    'a minute of empty packets in a kilobyte': HEADERS + page(2, [0], b'') * 40,
    'a packet that never ends': HEADERS + page(2, [255] * 255, bytes(255 * 255)) * 3,
}


@pytest.mark.parametrize('stream', BROKEN_STREAMS.values(), ids=BROKEN_STREAMS.keys())
@in_loop
async def test_a_broken_stream_ends_its_own_session_alone(stream: bytes) -> None:
    async with engine() as running:
        caller = await running.connect(UPSTREAM)
        await caller.receive()
        await caller.send(Kind.AUDIO, stream)
        while True:
            kind, payload = await caller.receive()
            if kind is Kind.ERROR:
                break
        assert 'Ogg/Opus stream is broken' in payload.decode()
        assert await caller.close_code() == POLICY
        counted = await running.settled_frames()
        assert counted['in'] == counted['out'] + counted['dropped']
        again = await running.talk()
        await again.send_audio(frame(1))
        await again.answer()


@in_loop
async def test_json_is_unsupported_in_upstreams_form() -> None:
    async with engine() as running:
        caller = await running.connect(UPSTREAM)
        await caller.receive()
        await caller.send(Kind.JSON, b'{"type":"interrupt","id":1}')
        kind, payload = await caller.receive()
        assert kind is Kind.ERROR
        assert 'protocol=1' in payload.decode()


@in_loop
async def test_without_sphn_upstreams_callers_are_told_and_ours_are_served(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, 'sphn', None)
    async with engine() as running:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refusal:
            await running.connect(UPSTREAM)
        assert refusal.value.status == 501
        caller = await running.talk()
        await caller.send_audio(frame(4))
        assert (await caller.answer())[2] == frame(4)
