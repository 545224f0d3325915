# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The real process with the real nano model: conversations, personas, signals."""

from collections.abc import Iterator
from pathlib import Path
import signal

import aiohttp
from harness import Caller
from harness import frame
from harness import in_loop
from harness import PROTOCOL_1
from harness import SEEDED
from harness import UPSTREAM
import numpy as np
from process import PATIENCE_S
from process import Served
from process import served
import pytest
from question import question
import sphn

from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.wire import events
from personaplex_ros.wire.messages import FRAME_BYTES
from personaplex_ros.wire.messages import Kind

GOING_AWAY = 1001


@pytest.fixture(scope='module')
def nano(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One engine for all tests but the last."""
    with served(tmp_path_factory.mktemp('engine') / 'port') as running:
        running.wait_until_ready()
        yield running


async def connect(http: aiohttp.ClientSession, running: Served, query: dict) -> Caller:
    url = f'http://127.0.0.1:{running.port}/api/chat'
    return Caller(await http.ws_connect(url, params=query, compress=0))


async def conversation(running: Served, query: dict) -> list[tuple[int, bytes]]:
    """Return text id and PCM of each frame that answers a spoken question and silence."""
    said = []
    async with aiohttp.ClientSession() as http:
        caller = await connect(http, running, query)
        await caller.until_ready()
        for index, heard in enumerate(question()):
            await caller.send_audio(heard.tobytes())
            report, _, pcm = await caller.answer()
            assert (report.frame, report.input_frame, report.dropped) == (index, index, 0)
            said.append((report.text_id, pcm))
        await caller.hang_up()
    return said


@in_loop
async def test_frames_in_are_frames_out(nano: Served) -> None:
    before = nano.get('/api/info')['frames']
    said = await conversation(nano, PROTOCOL_1)
    assert all(len(pcm) == FRAME_BYTES for _, pcm in said)
    after = nano.get('/api/info')['frames']
    assert {name: after[name] - before[name] for name in after} == {
        'in': len(said), 'out': len(said), 'dropped': 0, 'dropped_out': 0
    }  # fmt: skip


@in_loop
async def test_seed_text_and_voice_decide_what_is_said(nano: Served) -> None:
    voice = nano.get('/api/info')['voices'][-1]
    said = await conversation(nano, SEEDED)
    assert await conversation(nano, SEEDED) == said
    assert await conversation(nano, SEEDED | {'seed': '6'}) != said
    assert await conversation(nano, SEEDED | {'text_prompt': 'You sell tea.'}) != said
    assert await conversation(nano, SEEDED | {'voice_prompt': voice}) != said


@in_loop
async def test_an_interrupt_and_a_persona_reach_the_model(nano: Served) -> None:
    async with aiohttp.ClientSession() as http:
        caller = await connect(http, nano, PROTOCOL_1)
        await caller.until_ready()
        await caller.send_audio(frame(0))
        await caller.answer()
        await caller.ask(events.Interrupt(id=1))
        assert await caller.event(events.Interrupted) == events.Interrupted(1, 1)
        for index in (1, 2):
            await caller.send_audio(frame(0))
            report, text, pcm = await caller.answer()
            assert (report.frame, report.held, text) == (index, True, '')
        assert pcm == bytes(FRAME_BYTES)
        await caller.ask(events.SetPersona(2, 'You are a kiosk.', 'NATM1'))
        changed = await caller.event(events.PersonaChanged)
        assert (changed.id, changed.voice, changed.frame) == (2, 'NATM1', 3)
        await caller.ask(events.SetPersona(3, '', 'NATF99'))
        assert (await caller.fault()).code == 'unknown_voice'
        await caller.send_audio(frame(0))
        assert not (await caller.answer())[0].held
        await caller.hang_up()


@in_loop
async def test_upstreams_form_speaks_opus(nano: Served) -> None:
    writer, reader = sphn.OpusStreamWriter(SAMPLE_RATE_HZ), sphn.OpusStreamReader(SAMPLE_RATE_HZ)
    heard = 0
    async with aiohttp.ClientSession() as http:
        caller = await connect(http, nano, UPSTREAM)
        assert await caller.receive() == (Kind.READY, b'')
        for _ in range(15):
            pages = writer.append_pcm(np.zeros(FRAME_BYTES // 2, np.float32))
            await caller.send(Kind.AUDIO, pages)
        while heard < SAMPLE_RATE_HZ // 5:
            kind, payload = await caller.receive()
            if kind is Kind.AUDIO:
                heard += len(reader.append_bytes(payload))
        await caller.hang_up()


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT])
@in_loop
async def test_a_signal_says_goodbye_and_ends_with_status_0(tmp_path: Path, number: int) -> None:
    with served(tmp_path / 'port') as running:
        running.wait_until_ready()
        async with aiohttp.ClientSession() as http:
            caller = await connect(http, running, PROTOCOL_1)
            await caller.until_ready()
            running.process.send_signal(number)
            assert await caller.close_code() == GOING_AWAY
        assert running.process.wait(PATIENCE_S) == 0
