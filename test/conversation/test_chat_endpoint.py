# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A chat endpoint may be away, slow, strange or hostile: an error in words, and never the key."""

import asyncio

import pytest

from fakes.chat_server import ChatServer
from fakes.chat_server import completion
from personaplex_ros.backends.base import BackendError
from personaplex_ros.backends.chat_endpoint import chat_base_url
from personaplex_ros.backends.chat_endpoint import ChatEndpoint

KEY = 'sk-very-secret'


@pytest.fixture
def server():
    """Give a server that listens."""
    with ChatServer() as running:
        yield running


def ask(url: str, key: str = ''):
    """Ask once."""

    async def once():
        endpoint = ChatEndpoint(url, key)
        try:
            return await asyncio.wait_for(endpoint.ask({'messages': [{'content': 'hello'}]}), 10)
        finally:
            await endpoint.close()

    return asyncio.run(once())


def refusal(url: str, key: str = '') -> BackendError:
    """Ask in vain."""
    with pytest.raises(BackendError) as error:
        ask(url, key)
    return error.value


def test_question_and_answer_travel(server):
    server.manner.answers.append(completion('Nine.'))
    assert ask(server.base)['choices'][0]['message']['content'] == 'Nine.'
    assert server.keys == ['']


def test_the_key_travels_in_its_header_alone(server):
    server.manner.key = KEY
    ask(server.base, KEY)
    assert server.keys == [f'Bearer {KEY}']
    assert KEY not in str(server.requests)


def test_a_server_that_repeats_the_key_does_not_get_it_into_an_error(server):
    server.manner.key = 'another'
    error = refusal(server.base, KEY)
    assert error.code == 'refused'
    assert str(error) == 'status 401: bad key: Bearer (key)'


def test_a_redirect_is_not_followed_with_the_key(server):
    with ChatServer() as thief:
        server.manner.redirect_to = f'{thief.base}/chat/completions'
        assert 'status 307' in str(refusal(server.base, KEY))
        assert thief.requests == []


@pytest.mark.parametrize(
    'body', [b'', b'<html>', b'{"choices": [', b'\xff\xfe', b'[' * 100_000, b'\x00' * 100]
)
def test_what_is_no_json_is_a_bad_answer(server, body):
    server.manner.answers.append(body)
    assert refusal(server.base).code == 'bad_answer'


def test_ten_megabytes_are_not_read(server):
    server.manner.answers.append(b' ' * (10 << 20))
    assert 'over 262144 bytes' in str(refusal(server.base))


@pytest.mark.parametrize('status', [400, 404, 429, 500, 503])
def test_another_status_is_a_refusal_that_tells_what_the_server_said(server, status):
    server.manner.status = status
    server.manner.answers.append(b'model\n not\x1b[31m found')
    error = refusal(server.base)
    assert error.code == 'refused'
    assert str(error) == f'status {status}: model not[31m found'


def test_a_server_that_is_away_is_named():
    with ChatServer() as gone:
        url = gone.base
    error = refusal(url, KEY)
    assert error.code == 'unreachable'
    assert url in str(error) and KEY not in str(error)


def test_a_cancelled_question_hangs_up(server):
    server.manner.is_silent = True

    async def begin_and_cancel():
        endpoint = ChatEndpoint(server.base, '')
        asking = asyncio.ensure_future(endpoint.ask({}))
        while not server.requests:
            await asyncio.sleep(0.001)
        asking.cancel()
        await asyncio.wait((asking,))
        await endpoint.close()
        while not server.hung_up:
            await asyncio.sleep(0.001)

    asyncio.run(asyncio.wait_for(begin_and_cancel(), 10))


@pytest.mark.parametrize(
    'url',
    [
        '',
        'localhost:1234',
        'ws://127.0.0.1/v1',
        'file:///etc/passwd',
        'http://',
        'http://a b/v1',
        'http://127.0.0.1:99999/v1',
        f'http://me:{KEY}@127.0.0.1/v1',
        f'http://127.0.0.1/v1?key={KEY}',
    ],
)
def test_an_address_that_cannot_be_is_refused_without_repeating_it(url):
    with pytest.raises(ValueError, match='url') as error:
        chat_base_url(url)
    assert KEY not in str(error.value)


@pytest.mark.parametrize('key', ['line\nbreak', 'schlüssel', 'nul\x00'])
def test_a_key_that_no_header_carries_is_refused_without_repeating_it(key):
    with pytest.raises(ValueError, match='key') as error:
        ChatEndpoint('http://127.0.0.1/v1', key)
    assert key not in str(error.value)


@pytest.mark.parametrize('url', ['http://h/v1/', 'http://h/v1', 'http://h/v1/chat/completions'])
def test_the_usual_ways_to_write_an_address_mean_the_same(url):
    assert chat_base_url(url) == 'http://h/v1'
