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
from harness import engine
from harness import in_loop
from harness import PROTOCOL_1
from harness import until
from process import PATIENCE_S
import pytest
from test_worker import UnexpectedlyBroken

from personaplex_ros.engine import serve
from personaplex_ros.engine import worker
from personaplex_ros.engine.failure import ModelFailure
from personaplex_ros.engine.failure import ModelStuck
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


async def hang_it(url: str) -> None:
    """Send the frame that the model does not come back from; its caller is cut off in the end."""
    async with aiohttp.ClientSession() as http:
        caller = Caller(await http.ws_connect(f'{url}/api/chat', params=PROTOCOL_1))
        await caller.until_ready()
        await caller.send_audio(bytes(FRAME_BYTES))
        await caller.close_code()


async def failed_health(url: str) -> dict[str, str]:
    """Return what /health says once it is not ok any more."""
    async with aiohttp.ClientSession() as http:
        while True:
            async with http.get(f'{url}/health') as response:
                said = await response.json()
            if said['status'] != 'ok':
                return said
            await asyncio.sleep(0.005)


class Serving:
    """The serving of one process, here, around a model that breaks."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, shown_s: float, model: FakeModel | None = None
    ) -> None:
        model = model or FakeModel(broken=True)
        monkeypatch.setattr(serve, 'load_model', lambda settings: model)
        monkeypatch.setattr(serve, 'BROKEN_SHOWN_S', shown_s)
        listening = listen('127.0.0.1', 0)
        self.url = f'http://127.0.0.1:{listening.getsockname()[1]}'
        self.end = asyncio.create_task(serve._serve(ServeSettings(), listening, None, None))


@in_loop
async def test_it_goes_on_saying_what_broke_and_still_ends_when_it_is_told_to(monkeypatch):
    serving = Serving(monkeypatch, shown_s=3600.0)
    await break_it(serving.url)
    said = await failed_health(serving.url)
    assert said['status'] == 'failed' and 'told to fail' in said['detail']
    os.kill(os.getpid(), signal.SIGTERM)
    assert await serving.end, 'the thread of the model has ended'


@in_loop
async def test_after_a_while_it_ends_with_what_broke(monkeypatch):
    serving = Serving(monkeypatch, shown_s=0.05)
    await break_it(serving.url)
    with pytest.raises(ModelFailure, match=r'model broke \(RuntimeError: the fake was told to'):
        await serving.end


@in_loop
async def test_a_gpu_that_hangs_is_a_model_that_broke(monkeypatch):
    monkeypatch.setattr(worker, 'CHECK_S', 0.01)
    monkeypatch.setattr(serve, 'WORKER_STOP_S', 0.05)
    model = hanging('cuda')
    serving = Serving(monkeypatch, shown_s=0.05, model=model)
    try:
        await hang_it(serving.url)
        with pytest.raises(ModelStuck, match='no answer'):
            await serving.end
    finally:
        model.step_gate.set()


@in_loop
async def test_who_talks_when_a_gpu_hangs_is_told_and_so_is_who_comes_next(monkeypatch):
    monkeypatch.setattr(worker, 'CHECK_S', 0.01)
    model = hanging('cuda')
    async with engine(model) as running:
        caller = await running.talk()
        await caller.send_audio(bytes(FRAME_BYTES))
        await is_told_that_it_failed(caller)
        await is_told_that_it_failed(await running.connect())
        assert not model.step_gate.is_set(), 'it hangs still'


async def is_told_that_it_failed(caller: Caller) -> None:
    fault = await caller.fault()
    assert (fault.code, fault.fatal) == ('model_failed', True)
    assert await caller.close_code() == aiohttp.WSCloseCode.INTERNAL_ERROR


@in_loop
async def test_a_model_that_broke_is_not_said_to_hang(monkeypatch):
    monkeypatch.setattr(worker, 'CHECK_S', 0.001)
    model = UnexpectedlyBroken()
    model.device = 'cuda'
    async with engine(model) as running:
        caller = await running.talk()
        model.fails = True
        await caller.send_audio(bytes(FRAME_BYTES))
        await caller.close_code()
        await until(running.worker._watching.done)
        assert isinstance(running.worker.error, LookupError)
        assert not running.worker.stuck.is_set()


@in_loop
async def test_a_cpu_may_take_as_long_as_it_needs(monkeypatch):
    monkeypatch.setattr(worker, 'CHECK_S', 0.001)
    model = hanging('cpu')
    async with engine(model) as running:
        caller = await running.talk()
        await caller.send_audio(bytes(FRAME_BYTES))
        await asyncio.to_thread(model.in_step.wait, PATIENCE_S)
        await until(lambda: running.worker._watching.done())
        status, _ = await running.get('/health')
        model.step_gate.set()
        assert status == 200


@in_loop
async def test_frames_that_come_back_are_never_taken_for_a_hanging_gpu(monkeypatch):
    monkeypatch.setattr(worker, 'CHECK_S', 0.001)
    model = FakeModel(step_s=0.004)
    model.device = 'cuda'
    async with engine(model) as running:
        caller = await running.talk()
        for _ in range(30):
            await caller.send_audio(bytes(FRAME_BYTES))
            await caller.answer()
        status, _ = await running.get('/health')
        assert status == 200


@pytest.mark.parametrize('how', [break_it, hang_it])
def test_a_launcher_is_told_by_the_exit_status_and_starts_it_anew(how, monkeypatch, capfd):
    if how is hang_it:
        monkeypatch.setenv('HANGS', 'yes')
    lines: list[str] = []
    process = EngineProcess('nano', lines.append)
    program = str(Path(__file__).with_name('breaking_engine.py'))
    monkeypatch.setenv(ENGINE_VARIABLE, shlex.join([sys.executable, program]))
    monkeypatch.setenv('PYTHONPATH', str(Path(__file__).parents[2]))
    try:
        process.start()
        first = process.pid
        url = process.url.replace('ws:', 'http:')
        asyncio.run(asyncio.wait_for(how(url), PATIENCE_S))
        give_up_s = time.monotonic() + PATIENCE_S
        while process.pid == first or _status(url) != 'ok':
            assert time.monotonic() < give_up_s, 'it did not come back'
            process.watch()
            time.sleep(0.02)
    finally:
        process.stop()
    assert lines == ['engine ended with status 1; starting it again']
    assert 'serve: the model broke (' in capfd.readouterr().err


def hanging(device: str) -> FakeModel:
    """Return a model that does not come back from its first step."""
    model = FakeModel()
    model.device = device
    model.step_gate.clear()
    return model


def _status(url: str) -> str:
    try:
        with urlopen(f'{url}/health') as response:
            return json.load(response)['status']
    except HTTPError as error:
        return json.load(error)['status']
    except URLError:
        return 'away'
