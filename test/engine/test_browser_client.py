# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""NVIDIA's browser client against our engine: nano for real, a fake model for the rest."""

import asyncio
from collections.abc import AsyncIterator
from collections.abc import Iterator
import contextlib

import aiohttp
from harness import CHATTERING
from harness import engine
from harness import in_loop
from harness import until
import numpy as np
from process import Served
from process import served
import pytest

from fakes import browser as browser_module
from fakes.browser import Browser
from fakes.browser import browser_query

FRAME_S = 0.08
TEACHER = 'You are a wise and friendly teacher. '


@pytest.fixture(scope='module')
def nano(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Give one engine with the real nano model."""
    with served(tmp_path_factory.mktemp('engine') / 'port') as running:
        running.wait_until_ready()
        yield running


@contextlib.asynccontextmanager
async def visiting(url: str, query: dict, **headers: str) -> AsyncIterator[Browser]:
    """Open the page and press connect."""
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(url + '/api/chat', params=query, headers=headers) as socket,
    ):
        visitor = Browser(socket)
        tasks = [asyncio.ensure_future(visitor.listen())]
        tasks.append(asyncio.ensure_future(visitor.wait_patiently()))
        try:
            yield visitor
        finally:
            await socket.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def counted(nano: Served) -> dict[str, int]:
    """Return the engine's counters once nobody is connected."""
    while (info := nano.get('/api/info'))['sessions']['active']:
        pass
    return info['frames']


QUERIES = {
    'as the page sends it': browser_query(),
    'with what a queue adds': browser_query(worker_auth_id='abc', email='a@b.example'),
    'without a text prompt': browser_query(text=''),
    'with a long text': browser_query(text=(12 * TEACHER)[:450]),
    'with no seed said as -1': {**browser_query(), 'seed': '-1'},
    'with a seed': {**browser_query(), 'seed': '42'},
}


@pytest.mark.parametrize('query', QUERIES.values(), ids=QUERIES.keys())
@in_loop
async def test_every_query_of_the_page_gets_a_conversation(nano: Served, query: dict) -> None:
    async with visiting(f'http://127.0.0.1:{nano.port}', query) as visitor:
        speaking = asyncio.ensure_future(visitor.speak())
        await until(lambda: visitor.heard_s >= 4 * FRAME_S or visitor.errors)
        speaking.cancel()
        assert visitor.thrown == visitor.errors == []


@in_loop
async def test_four_seconds_of_talk_are_answered_in_full(nano: Served) -> None:
    before = counted(nano)
    query = browser_query() | CHATTERING
    async with visiting(f'http://127.0.0.1:{nano.port}', query) as visitor:
        await visitor.speak()
        assert visitor.said_s == pytest.approx(4.0)
        await until(lambda: visitor.heard_s >= visitor.said_s)
        assert visitor.heard_s == pytest.approx(visitor.said_s, abs=0.001)
        assert np.abs(visitor.heard).max() > 0
        assert visitor.text
        assert visitor.thrown == visitor.errors == []
    after = counted(nano)
    assert {name: after[name] - before[name] for name in after} == {
        'in': 50, 'out': 50, 'dropped': 0, 'dropped_out': 0
    }  # fmt: skip


@in_loop
async def test_the_longest_text_the_page_takes_comes_through() -> None:
    query = browser_query('NATF2.pt', text=(27 * TEACHER)[:1000])
    async with engine() as running, visiting(running.url, query) as visitor:
        await visitor.connected.wait()
        assert visitor.thrown == visitor.errors == []


@in_loop
async def test_a_quiet_user_keeps_the_client_from_giving_up(monkeypatch) -> None:
    monkeypatch.setattr(browser_module, 'PATIENCE_S', 0.3)
    monkeypatch.setattr(browser_module, 'PATIENCE_CHECK_S', 0.01)
    async with engine() as running:
        async with visiting(running.url, browser_query('NATF2.pt')) as visitor:
            await visitor.speak()
            assert not visitor.gave_up, 'every page is answered, whatever is in it'
            await until(lambda: visitor.gave_up)
        again = await running.talk()
        await again.hang_up()


@in_loop
async def test_a_refusal_comes_as_an_error_that_the_page_understands() -> None:
    async with (
        engine() as running,
        visiting(running.url, browser_query('NOBODY.pt')) as visitor,
    ):
        await until(lambda: visitor.errors)
        assert 'NOBODY' in visitor.errors[0]
        assert visitor.thrown == []


@in_loop
async def test_a_second_page_is_told_that_the_engine_is_taken() -> None:
    async with (
        engine(sessions=1) as running,
        visiting(running.url, browser_query('NATF2.pt')) as first,
    ):
        await first.connected.wait()
        async with visiting(running.url, browser_query('NATF2.pt')) as second:
            await until(lambda: second.errors)
            assert second.thrown == []
        assert first.errors == []


@pytest.mark.parametrize('page', ['https://localhost:5173', 'http://127.0.0.1:8080'])
@in_loop
async def test_a_page_of_this_machine_may_connect(page: str) -> None:
    async with (
        engine() as running,
        visiting(running.url, browser_query('NATF2.pt'), Origin=page) as visitor,
    ):
        await visitor.connected.wait()


@in_loop
async def test_a_page_of_another_host_may_not() -> None:
    async with engine() as running:
        with pytest.raises(aiohttp.WSServerHandshakeError, match='403'):
            async with visiting(running.url, browser_query(), Origin='https://evil.example'):
                pass
