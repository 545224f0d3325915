# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Tokens, and web pages of other hosts."""

import asyncio

import aiohttp
from harness import Engine
from harness import engine
from harness import frame
from harness import in_loop
from harness import PROTOCOL_1
import pytest

from personaplex_ros.engine import server

TOKEN = 'sesame-4711'


async def status_of(running: Engine, path: str, **headers: str) -> int:
    return (await running.get(path, headers=headers))[0]


@pytest.mark.parametrize('path', ['/health', '/api/info', '/api/chat'])
@in_loop
async def test_with_a_token_every_path_asks_for_it(path: str) -> None:
    async with engine(token=TOKEN) as running:
        welcome = 426 if path == '/api/chat' else 200
        assert await status_of(running, path) == 401
        assert await status_of(running, path, Authorization='Bearer wrong') == 401
        assert await status_of(running, path, Authorization=f'Basic {TOKEN}') == 401
        assert await status_of(running, path + '?token=') == 401
        assert await status_of(running, path + '?token=%ff%fe') == 401
        assert await status_of(running, path, Authorization=f'Bearer {TOKEN}') == welcome
        assert await status_of(running, f'{path}?token={TOKEN}') == welcome


@in_loop
async def test_a_chat_opens_with_the_token_in_header_or_query_only() -> None:
    async with engine(token=TOKEN) as running:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await running.connect(PROTOCOL_1)
        assert refused.value.status == 401
        caller = await running.connect(PROTOCOL_1, headers={'Authorization': f'Bearer {TOKEN}'})
        await caller.until_ready()
        await caller.hang_up()
        caller = await running.connect(PROTOCOL_1 | {'token': TOKEN})
        await caller.until_ready()


@in_loop
async def test_without_a_token_pages_of_other_hosts_are_refused() -> None:
    async with engine() as running:
        assert await status_of(running, '/health', Origin='https://evil.example') == 403
        assert await status_of(running, '/health', Origin='null') == 403
        assert await status_of(running, '/health', Origin='http://localhost:5173') == 200
        assert await status_of(running, '/health', Origin='http://127.0.0.1:8998') == 200
        assert await status_of(running, '/health') == 200


@pytest.mark.parametrize(
    ('settings', 'header', 'status'),
    [({'token': TOKEN}, 'Authorization: Bearer wrong', b'401'), ({}, 'Origin: null', b'403')],
)
@in_loop
async def test_who_may_not_connect_does_not_stay_connected(
    settings: dict[str, str], header: str, status: bytes
) -> None:
    async with engine(**settings) as running:
        answer = await answer_and_end(running, f'{header}\r\nConnection: keep-alive\r\n')
    assert answer.startswith(b'HTTP/1.1 ' + status)


@in_loop
async def test_who_asks_nothing_more_does_not_stay_connected_and_who_talks_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server, 'KEEPALIVE_S', 0.05)
    async with engine() as running:
        caller = await running.talk()
        assert (await answer_and_end(running)).startswith(b'HTTP/1.1 200')
        await caller.send_audio(frame(1))
        await caller.answer()


async def answer_and_end(running: Engine, headers: str = '') -> bytes:
    """Ask for /health as one who waits for more; returns all that comes until the other end."""
    host, port = running.url.removeprefix('http://').split(':')
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f'GET /health HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n'.encode())
    answer = await reader.read()
    writer.close()
    return answer


@in_loop
async def test_the_token_is_in_no_log_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    async with engine(token=TOKEN) as running:
        caller = await running.connect(PROTOCOL_1 | {'token': TOKEN, 'seed': 'abc'})
        await caller.fault()
        await status_of(running, f'/health?token={TOKEN}')
        await status_of(running, f'/nothing?token={TOKEN}x')
    assert TOKEN not in caplog.text
