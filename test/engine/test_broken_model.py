# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A model that broke: callers and /health are told, then the process ends and is started anew."""

import asyncio
import json
import os
from pathlib import Path
import shlex
import signal
import sys
import time
from urllib.error import HTTPError
from urllib.error import URLError
from urllib.request import urlopen

import aiohttp
from fake_model import FakeModel
from harness import Caller
from harness import in_loop
from harness import PROTOCOL_1
from process import PATIENCE_S
import pytest

from personaplex_ros.engine import serve
from personaplex_ros.engine.failure import ModelFailure
from personaplex_ros.engine.listener import listen
from personaplex_ros.engine.settings import ServeSettings
from personaplex_ros.nodes.composition import ENGINE_VARIABLE
from personaplex_ros.nodes.engine_process import EngineProcess
from personaplex_ros.wire.messages import FRAME_BYTES


async def break_it(url: str) -> None:
    """Send the frame that the model does not survive; its caller is told."""
    async with aiohttp.ClientSession() as http:
        caller = Caller(await http.ws_connect(f'{url}/api/chat', params=PROTOCOL_1))
        await caller.until_ready()
        await caller.send_audio(bytes(FRAME_BYTES))
        assert (await caller.fault()).code == 'model_failed'


async def health(url: str) -> dict[str, str]:
    """Return what /health says."""
    async with aiohttp.ClientSession() as http, http.get(f'{url}/health') as response:
        return await response.json()


class Serving:
    """The serving of one process, here, around a model that breaks."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, shown_s: float) -> None:
        monkeypatch.setattr(serve, 'load_model', lambda settings: FakeModel(broken=True))
        monkeypatch.setattr(serve, 'BROKEN_SHOWN_S', shown_s)
        listening = listen('127.0.0.1', 0)
        self.url = f'http://127.0.0.1:{listening.getsockname()[1]}'
        self.end = asyncio.create_task(serve._serve(ServeSettings(), listening, None, None))


@in_loop
async def test_it_goes_on_saying_what_broke_and_still_ends_when_it_is_told_to(monkeypatch):
    serving = Serving(monkeypatch, shown_s=3600.0)
    await break_it(serving.url)
    said = await health(serving.url)
    assert said['status'] == 'failed' and 'told to fail' in said['detail']
    os.kill(os.getpid(), signal.SIGTERM)
    assert await serving.end, 'the thread of the model has ended'


@in_loop
async def test_after_a_while_it_ends_with_what_broke(monkeypatch):
    serving = Serving(monkeypatch, shown_s=0.05)
    await break_it(serving.url)
    with pytest.raises(ModelFailure, match=r'model broke \(RuntimeError: the fake was told to'):
        await serving.end


def test_a_launcher_is_told_by_the_exit_status_and_starts_it_anew(monkeypatch, capfd):
    lines: list[str] = []
    engine = EngineProcess('nano', lines.append)
    program = str(Path(__file__).with_name('breaking_engine.py'))
    monkeypatch.setenv(ENGINE_VARIABLE, shlex.join([sys.executable, program]))
    monkeypatch.setenv('PYTHONPATH', str(Path(__file__).parents[2]))
    try:
        engine.start()
        first = engine.pid
        url = engine.url.replace('ws:', 'http:')
        asyncio.run(asyncio.wait_for(break_it(url), PATIENCE_S))
        give_up_s = time.monotonic() + PATIENCE_S
        while engine.pid == first or _status(url) != 'ok':
            assert time.monotonic() < give_up_s, 'it did not come back'
            engine.watch()
            time.sleep(0.02)
    finally:
        engine.stop()
    assert lines == ['engine ended with status 1; starting it again']
    assert 'serve: the model broke (RuntimeError: the fake' in capfd.readouterr().err


def _status(url: str) -> str:
    try:
        with urlopen(f'{url}/health') as response:
            return json.load(response)['status']
    except HTTPError as error:
        return json.load(error)['status']
    except URLError:
        return 'away'
