# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The backend for our engine, over a real socket: what it says when things go wrong."""

import asyncio
from contextlib import asynccontextmanager
import socket

from aiohttp import web
import numpy as np
import pytest
from stage import on_a_loop

from fakes.engine import Behaviour
from fakes.engine import FakeEngine
from personaplex_ros.backends import personaplex
from personaplex_ros.backends.base import AgentFrame
from personaplex_ros.backends.base import BackendError
from personaplex_ros.backends.base import Role
from personaplex_ros.backends.personaplex import PersonaPlexBackend
from personaplex_ros.backends.personaplex import TOKEN_VARIABLE
from personaplex_ros.wire.events import encode
from personaplex_ros.wire.events import Fault
from personaplex_ros.wire.events import FrameReport
from personaplex_ros.wire.events import Interrupted
from personaplex_ros.wire.events import PersonaChanged
from personaplex_ros.wire.events import SessionStarted
from personaplex_ros.wire.limits import MAX_MESSAGE_BYTES
from personaplex_ros.wire.messages import Kind
from personaplex_ros.wire.messages import pack

ROLE = Role('You teach.', 'NATF2')
FRAME = np.arange(1920).astype(np.int16)


async def opened(engine: FakeEngine) -> PersonaPlexBackend:
    """Return a backend with a session."""
    backend = PersonaPlexBackend(engine.url, connect_timeout_s=5.0)
    await backend.open(ROLE)
    return backend


async def first_event(backend: PersonaPlexBackend):
    """Return the first event that arrives."""
    async for event in backend.events():
        return event
    raise AssertionError('no event')


@on_a_loop
async def test_a_session_is_opened_with_the_role_and_told_apart():
    with FakeEngine() as engine:
        backend = PersonaPlexBackend(engine.url)
        started = await backend.open(ROLE)
        assert (started.model, started.voice, started.protocol) == ('fake', 'NATF2', 1)
        assert engine.prompts == [('You teach.', 'NATF2')]
        assert await backend.voices() == ['NATF2', 'NATM1', 'VARM1']
        await backend.close()
        await backend.close()


@pytest.mark.parametrize(
    'text', ['', 'a=b&c=d#e?f %41+', 'Zoë 你好\n„x“', '語' * 4000, 'x' * 4000]
)
@on_a_loop
async def test_every_prompt_within_the_limits_arrives_as_it_is(text):
    with FakeEngine() as engine:
        backend = PersonaPlexBackend(engine.url)
        await backend.open(Role(text, 'NATF2'))
        assert engine.prompts == [(text, 'NATF2')]
        await backend.close()


@on_a_loop
async def test_a_frame_is_answered_with_its_report_piece_and_speech():
    with FakeEngine(Behaviour(pieces={0: ' héllo'}, echo=True)) as engine:
        backend = await opened(engine)
        await backend.send_frame(FRAME)
        event = await first_event(backend)
        assert isinstance(event, AgentFrame)
        assert (event.report.frame, event.report.input_frame, event.piece) == (0, 0, ' héllo')
        np.testing.assert_array_equal(event.pcm, FRAME)
        assert event.pcm.dtype == np.int16
        await backend.close()


@on_a_loop
async def test_pieces_of_one_frame_are_joined_and_belong_to_it_alone():
    reply = (
        encode(FrameReport(0, 0, 10, 1.0)),
        pack(Kind.TEXT, b' he'),
        pack(Kind.TEXT, b'llo'),
        pack(Kind.AUDIO, FRAME.tobytes()),
        encode(FrameReport(1, 1, 3, 1.0)),
        pack(Kind.AUDIO, FRAME.tobytes()),
    )
    with FakeEngine(Behaviour(raw_reply=reply)) as engine:
        backend = await opened(engine)
        await backend.send_frame(FRAME)
        pieces = []
        async for event in backend.events():
            pieces.append(event.piece)
            if len(pieces) == 2:
                break
        assert pieces == [' hello', '']
        await backend.close()


@on_a_loop
async def test_a_report_announces_one_frame_and_no_second():
    speech = pack(Kind.AUDIO, FRAME.tobytes())
    with FakeEngine(Behaviour(raw_reply=(encode(FrameReport(0, 0, 3, 1.0)), speech, speech))) as e:
        backend = await opened(e)
        await backend.send_frame(FRAME)
        with pytest.raises(BackendError, match='no announced frame'):
            async for event in backend.events():
                assert isinstance(event, AgentFrame)
        await backend.close()


@on_a_loop
async def test_a_fatal_fault_ends_the_session_with_its_code_and_a_small_one_does_not():
    small = encode(Fault('bad_message', 'what?', fatal=False))
    fatal = encode(Fault('model_failed', 'CUDA error: restart it'))
    with FakeEngine(Behaviour(raw_reply=(small, fatal))) as engine:
        backend = await opened(engine)
        await backend.send_frame(FRAME)
        with pytest.raises(BackendError, match='CUDA error: restart it') as error:
            async for event in backend.events():
                assert event == Fault('bad_message', 'what?', fatal=False)
        assert error.value.code == 'model_failed'
        await backend.close()


@on_a_loop
async def test_requests_are_answered_with_their_id():
    with FakeEngine() as engine:
        backend = await opened(engine)
        await backend.interrupt(7)
        assert await first_event(backend) == Interrupted(7, 0)
        await backend.set_role(8, Role('You fly.', 'NATM1'))
        changed = await first_event(backend)
        assert isinstance(changed, PersonaChanged) and changed.id == 8
        await backend.set_role(9, Role('You fly.', 'NATX9'))
        fault = await first_event(backend)
        assert (fault.code, fault.id, fault.fatal) == ('unknown_voice', 9, False)
        await backend.close()


async def refusal(backend: PersonaPlexBackend) -> BackendError:
    """Return why the backend cannot be opened."""
    with pytest.raises(BackendError) as error:
        await backend.open(ROLE)
    await backend.close()
    return error.value


@on_a_loop
async def test_an_engine_that_is_not_there_is_unreachable_and_says_what_to_do():
    with FakeEngine() as engine:
        url = engine.url
    error = await refusal(PersonaPlexBackend(url))
    assert error.code == 'unreachable'
    assert str(error).startswith('no engine at http://127.0.0.1:')
    assert 'personaplex-engine serve' in str(error)


@on_a_loop
async def test_a_host_that_does_not_exist_is_unreachable():
    error = await refusal(PersonaPlexBackend('ws://no-such-host.invalid:8998'))
    assert error.code == 'unreachable'


@on_a_loop
async def test_a_port_that_never_answers_times_out():
    with socket.socket() as deaf:
        deaf.bind(('127.0.0.1', 0))
        deaf.listen()
        url = f'ws://127.0.0.1:{deaf.getsockname()[1]}'
        error = await refusal(PersonaPlexBackend(url, connect_timeout_s=0.1))
    assert error.code == 'timeout'
    assert 'did not get ready within 0.1 s' in str(error)


@on_a_loop
async def test_a_password_in_the_address_is_not_told():
    backend = PersonaPlexBackend('ws://me:secret@127.0.0.1:9')
    assert 'secret' not in backend.name
    assert 'secret' not in str(await refusal(backend))


@pytest.mark.parametrize('code', ['busy', 'unknown_voice', 'prompt_too_long'])
@on_a_loop
async def test_a_refusal_keeps_its_code_and_words(code):
    with FakeEngine(Behaviour(refuse=Fault(code, 'not now: try later'))) as engine:
        error = await refusal(PersonaPlexBackend(engine.url))
    assert (error.code, str(error)) == (code, 'not now: try later')


@on_a_loop
async def test_an_address_that_is_some_other_server_is_told_with_its_status():
    runner = web.AppRunner(web.Application())
    await runner.setup()
    site = web.TCPSite(runner, '127.0.0.1', 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]
    error = await refusal(PersonaPlexBackend(f'ws://127.0.0.1:{port}'))
    await runner.cleanup()
    assert error.code == 'unreachable'
    assert 'answered HTTP 404' in str(error)


@pytest.mark.parametrize('status', [401, 403])
@on_a_loop
async def test_an_engine_that_wants_a_token_gets_it_or_says_where_to_put_it(status, monkeypatch):
    asked = []

    async def guard(request):
        asked.append(request.headers.get('Authorization'))
        return web.Response(status=status)

    app = web.Application()
    app.router.add_get('/api/chat', guard)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, '127.0.0.1', 0)
    await site.start()
    url = f'ws://127.0.0.1:{site._server.sockets[0].getsockname()[1]}'
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    without = await refusal(PersonaPlexBackend(url))
    monkeypatch.setenv(TOKEN_VARIABLE, 's3cret')
    wrong = await refusal(PersonaPlexBackend(url))
    await runner.cleanup()
    assert asked == [None, 'Bearer s3cret']
    assert TOKEN_VARIABLE in str(without)
    assert 's3cret' not in str(wrong)


GARBAGE = {
    'text': 'hello',
    'empty text': '',
    'unknown kind': b'\x77what',
    'empty': b'',
    'audio': pack(Kind.AUDIO, b'\0' * 3840),
    'bad json': pack(Kind.JSON, b'{'),
    'list': pack(Kind.JSON, b'[]'),
    'unknown type': pack(Kind.JSON, b'{"type":"dance"}'),
    'huge numbers': encode(FrameReport(0, 0, 2**40, 1e300)),
    'negative': encode(FrameReport(-1, 0, 3, 1.0)),
    'a wrong frame': encode(FrameReport(0, 0, 3, 1.0))[:-1],
}


@pytest.mark.parametrize('message', GARBAGE.values(), ids=GARBAGE)
@on_a_loop
async def test_garbage_instead_of_a_welcome_is_a_backend_error(message):
    with FakeEngine(Behaviour(raw_welcome=message)) as engine:
        error = await refusal(PersonaPlexBackend(engine.url))
        assert error.code in ('protocol', 'lost')


@pytest.mark.parametrize('message', GARBAGE.values(), ids=GARBAGE)
@on_a_loop
async def test_garbage_instead_of_an_answer_is_a_protocol_error(message):
    with FakeEngine(Behaviour(raw_reply=message)) as engine:
        backend = await opened(engine)
        await backend.send_frame(FRAME)
        with pytest.raises(BackendError) as error:
            await first_event(backend)
        assert error.value.code == 'protocol'
        await backend.close()


@pytest.mark.parametrize('size', [0, 1, 3838, 3842, 100_000])
@on_a_loop
async def test_speech_that_is_no_frame_is_a_protocol_error(size):
    with FakeEngine() as engine:
        backend = await opened(engine)
        report = encode(FrameReport(0, 0, 3, 1.0))
        engine.behaviour.raw_reply = (report, pack(Kind.AUDIO, b'\0' * size))
        await backend.send_frame(FRAME)
        with pytest.raises(BackendError, match='no announced frame'):
            await first_event(backend)
        await backend.close()


@on_a_loop
async def test_text_without_end_and_without_speech_is_a_protocol_error():
    with FakeEngine(Behaviour(raw_reply=(pack(Kind.TEXT, b'la ' * 500),))) as engine:
        backend = await opened(engine)
        await backend.send_frame(FRAME)
        with pytest.raises(BackendError, match='text alone'):
            await first_event(backend)
        await backend.close()


@on_a_loop
async def test_a_list_of_voices_that_is_far_too_long_is_not_read():
    with FakeEngine(Behaviour(info={'voices': ['NATF0' * 1_000] * 500})) as engine:
        backend = await opened(engine)
        assert await backend.voices() == []
        await backend.close()


@pytest.mark.parametrize(
    'info', [[], {}, 'x', 5, {'voices': None}, {'voices': 5}, {'voices': {'a': 1}}, [['voices']]]
)
@on_a_loop
async def test_an_engine_that_cannot_tell_its_voices_has_none_to_offer(info):
    with FakeEngine(Behaviour(info=info)) as engine:
        backend = await opened(engine)
        assert all(isinstance(voice, str) for voice in await backend.voices())
        await backend.close()


@on_a_loop
async def test_a_connection_that_is_cut_is_lost_for_reader_and_writer():
    with FakeEngine() as engine:
        backend = await opened(engine)
        engine.hang_up()
        with pytest.raises(BackendError) as error:
            await first_event(backend)
        assert error.value.code == 'lost'
        for send in (backend.send_frame(FRAME), backend.interrupt(1), backend.set_role(2, ROLE)):
            with pytest.raises(BackendError):
                await send
        await backend.close()


@on_a_loop
async def test_a_backend_that_was_closed_leaves_the_engine_at_once():
    with FakeEngine() as engine:
        backend = await opened(engine)
        assert engine.sessions == 1
        await backend.close()
        while engine.sessions:
            await asyncio.sleep(0.001)
        with pytest.raises(BackendError, match='no connection'):
            await backend.send_frame(FRAME)


@asynccontextmanager
async def frozen_engine(*welcome: bytes):
    """Give the address of an engine that says this, then neither reads nor answers a ping."""
    gone = asyncio.Event()

    async def freeze(request):
        peer = web.WebSocketResponse()
        await peer.prepare(request)
        for message in welcome:
            await peer.send_bytes(message)
        await gone.wait()
        return peer

    app = web.Application()
    app.router.add_get('/api/chat', freeze)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, '127.0.0.1', 0)
    await site.start()
    try:
        yield f'ws://127.0.0.1:{site._server.sockets[0].getsockname()[1]}'
    finally:
        gone.set()
        await runner.cleanup()


@on_a_loop
async def test_an_engine_that_freezes_in_a_conversation_is_lost_and_no_breach_of_protocol(
    monkeypatch,
):
    monkeypatch.setattr(personaplex, 'HEARTBEAT_S', 0.1)
    started = encode(SessionStarted('s', 'frozen', 'NATF2', 1, 1.0))
    async with frozen_engine(started, pack(Kind.READY)) as url:
        backend = PersonaPlexBackend(url)
        await backend.open(ROLE)
        with pytest.raises(BackendError, match=f'{url[5:]} does not answer any more') as error:
            await first_event(backend)
        await backend.close()
    assert error.value.code == 'lost'


@on_a_loop
async def test_an_engine_that_freezes_while_it_prompts_is_a_timeout(monkeypatch):
    monkeypatch.setattr(personaplex, 'HEARTBEAT_S', 0.1)
    async with frozen_engine() as url:
        error = await refusal(PersonaPlexBackend(url))
    assert error.code == 'timeout'
    assert 'does not answer any more' in str(error)


@on_a_loop
async def test_a_message_that_is_too_large_is_a_protocol_error_and_told_so():
    with FakeEngine(Behaviour(raw_reply=bytes(MAX_MESSAGE_BYTES + 1))) as engine:
        backend = await opened(engine)
        await backend.send_frame(FRAME)
        with pytest.raises(BackendError, match=f'exceeds limit {MAX_MESSAGE_BYTES}') as error:
            await first_event(backend)
        await backend.close()
    assert error.value.code == 'protocol'
