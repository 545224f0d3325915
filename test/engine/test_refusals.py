# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Callers that are refused, and callers that send nonsense: told why, and the engine lives on."""

import asyncio

from fake_model import FakeModel
from harness import Caller
from harness import Engine
from harness import engine
from harness import frame
from harness import in_loop
from harness import PROTOCOL_1
from harness import UPSTREAM
import numpy as np
import pytest

from personaplex_ros.engine.dispatch import MAX_COMPLAINTS
from personaplex_ros.wire.limits import MAX_MESSAGE_BYTES
from personaplex_ros.wire.messages import Kind

GOING_AWAY, POLICY, TOO_BIG, INTERNAL, TRY_AGAIN_LATER = 1001, 1008, 1009, 1011, 1013


async def next_caller_is_served(running: Engine) -> None:
    caller = await running.talk()
    await caller.send_audio(frame(3))
    assert (await caller.answer())[2] == frame(3)
    await caller.hang_up()


BAD_QUERIES = [
    ({'seed': 'abc'}, 'bad_query', 'seed'),
    ({'seed': '-2'}, 'bad_query', 'seed'),
    ({'seed': ''}, 'bad_query', 'seed'),
    ({'seed': '1.5'}, 'bad_query', 'seed'),
    ({'seed': '9' * 400}, 'bad_query', 'seed'),
    ({'text_temperature': '-0.1'}, 'bad_query', 'text_temperature'),
    ({'text_temperature': 'nan'}, 'bad_query', 'text_temperature'),
    ({'text_temperature': '1e999'}, 'bad_query', 'text_temperature'),
    ({'audio_temperature': '-1'}, 'bad_query', 'audio_temperature'),
    ({'audio_temperature': 'NaN'}, 'bad_query', 'audio_temperature'),
    ({'audio_temperature': 'hot'}, 'bad_query', 'audio_temperature'),
    ({'audio_temperature': '1000'}, 'bad_query', 'audio_temperature'),
    ({'text_topk': '0'}, 'bad_query', 'text_topk'),
    ({'audio_topk': '-5'}, 'bad_query', 'audio_topk'),
    ({'audio_topk': '2.5'}, 'bad_query', 'audio_topk'),
    ({'audio_topk': '99999999999'}, 'bad_query', 'audio_top'),
    ({'protocol': '2'}, 'bad_query', 'protocol'),
    ({'protocol': ''}, 'bad_query', 'protocol'),
    ({'voice_prompt': ''}, 'bad_query', 'voice_prompt'),
    ({'voice_prompt': 'NATF9'}, 'unknown_voice', 'NATF9'),
    ({'voice_prompt': '../../etc/passwd'}, 'unknown_voice', 'etc'),
    ({'voice_prompt': '/etc/passwd'}, 'unknown_voice', 'etc'),
    ({'voice_prompt': 'NATF2\0.pt'}, 'unknown_voice', 'NATF2'),
    ({'voice_prompt': 'v' * 5_000}, 'unknown_voice', 'voice'),
    ({'text_prompt': 'word ' * 20_000}, 'prompt_too_long', '100000'),
    ({'text_prompt': 'x' * 3_500}, 'prompt_too_long', '3500'),
    ({'text_prompt': 'a\0b'}, 'bad_query', 'NUL'),
]


@in_loop
async def test_every_bad_query_value_is_refused_by_name_and_the_server_lives_on() -> None:
    async with engine() as running:
        for change, code, named in BAD_QUERIES:
            caller = await running.connect(PROTOCOL_1 | change)
            if 'protocol' in change:
                sentence = (await caller.receive())[1].decode()
                assert named in sentence, change
            else:
                fault = await caller.fault()
                assert (fault.code, fault.fatal) == (code, True), change
                assert named in fault.message, change
                assert len(fault.message) < 400, change
            assert await caller.close_code() == POLICY, change
        await next_caller_is_served(running)


@pytest.mark.parametrize('missing', ['voice_prompt', 'text_prompt'])
@in_loop
async def test_a_voice_must_be_named_but_a_text_may_be_left_out(missing: str) -> None:
    query = {name: value for name, value in PROTOCOL_1.items() if name != missing}
    async with engine() as running:
        caller = await running.connect(query)
        if missing == 'text_prompt':
            await caller.until_ready()
            assert running.model.prompts[-1].text == ''
        else:
            assert (await caller.fault()).code == 'bad_query'


@in_loop
async def test_upstream_callers_get_the_refusal_as_a_sentence() -> None:
    async with engine() as running:
        caller = await running.connect(UPSTREAM | {'seed': 'abc'})
        kind, payload = await caller.receive()
        assert kind is Kind.ERROR
        assert payload.decode().startswith("seed='abc' is refused; expected")
        assert await caller.close_code() == POLICY


@in_loop
async def test_good_query_values_reach_the_model() -> None:
    wishes = {
        'seed': '7', 'text_temperature': '0', 'audio_temperature': '.5', 'text_topk': '1',
        'audio_topk': '20', 'pad_mult': 'x', 'text_seed': 'ignored', 'worker_auth_id': 'z',
    }  # fmt: skip
    async with engine() as running:
        await running.talk(PROTOCOL_1 | wishes)
        sampling = running.model.samplings[-1]
        assert (sampling.seed, sampling.text_temperature, sampling.audio_temperature) == (
            7,
            0,
            0.5,
        )
        assert (sampling.text_top_k, sampling.audio_top_k, sampling.seed) == (1, 20, 7)


@in_loop
async def test_seed_minus_one_means_none_as_for_nvidias_client() -> None:
    async with engine() as running:
        await running.talk(PROTOCOL_1 | {'seed': '-1'})
        assert running.model.samplings[-1].seed is None


@in_loop
async def test_a_second_caller_is_refused_at_once_and_the_first_talks_on() -> None:
    async with engine() as running:
        first = await running.talk()
        for query in (PROTOCOL_1, UPSTREAM):
            second = await running.connect(query)
            kind, _ = await second.receive()
            assert kind is Kind.ERROR
            assert await second.close_code() == TRY_AGAIN_LATER
        await first.send_audio(frame(8))
        assert (await first.answer())[2] == frame(8)


@in_loop
async def test_a_caller_that_reconnects_at_once_is_not_called_a_second_one() -> None:
    model = FakeModel()
    async with engine(model) as running:
        first = await running.talk()
        model.step_gate.clear()
        await first.send_audio(frame(1))
        await asyncio.to_thread(model.in_step.wait)
        await first.hang_up()
        again = await running.connect()
        model.step_gate.set()
        await again.until_ready()


@in_loop
async def test_plain_http_on_chat_is_told_to_upgrade() -> None:
    async with engine() as running:
        status, body = await running.get('/api/chat?voice_prompt=NATF2')
        assert status == 426
        assert 'WebSocket' in body['error']


NONSENSE = {
    'odd bytes of audio': bytes((1, 0, 0, 0)),
    'no kind': b'',
    'unknown kind': b'\x7fhello',
    'a kind of the engine': b'\x02hello',
    'ready': b'\x00',
    'no JSON': b'\x04{',
    'JSON that is no object': b'\x04[1,2]',
    'deep JSON': b'\x04' + b'[' * 100_000,
    'JSON that is no UTF-8': b'\x04\xff\xfe{}',
    'unknown type': b'\x04{"type":"dance","id":1}',
    'type of the wrong type': b'\x04{"type":{},"id":1}',
    'no id that could be one': b'\x04{"type":"interrupt","id":null}',
    'id of the wrong type': b'\x04{"type":"interrupt","id":"x"}',
    'huge id': b'\x04{"type":"interrupt","id":' + b'9' * 10_000 + b'}',
    'a text that is a number': b'\x04{"type":"set_persona","id":1,"text_prompt":5}',
    'huge ping': b'\x06' + bytes(200),
}


@pytest.mark.parametrize('message', NONSENSE.values(), ids=NONSENSE.keys())
@in_loop
async def test_nonsense_is_answered_and_the_conversation_goes_on(message: bytes) -> None:
    async with engine() as running:
        caller = await running.talk()
        await caller.socket.send_bytes(message)
        fault = await caller.fault()
        assert (fault.code, fault.fatal) == ('bad_message', False)
        await caller.send_audio(frame(2))
        assert (await caller.answer())[2] == frame(2)


@in_loop
async def test_a_text_message_is_answered_and_the_conversation_goes_on() -> None:
    async with engine() as running:
        caller = await running.talk()
        await caller.socket.send_str('hello')
        assert (await caller.fault()).code == 'bad_message'
        await caller.send_audio(frame(2))
        assert (await caller.answer())[2] == frame(2)


@in_loop
async def test_control_messages_are_accepted_and_ignored() -> None:
    async with engine() as running:
        caller = await running.talk()
        await caller.send(Kind.CONTROL, b'\x00')
        await caller.send(Kind.PING)
        assert (await caller.receive())[0] is Kind.PING


@in_loop
async def test_a_caller_that_sends_only_nonsense_is_let_go() -> None:
    async with engine() as running:
        caller = await running.talk()
        fault = None
        for _ in range(MAX_COMPLAINTS + 1):
            await caller.socket.send_bytes(b'\x7f')
            fault = await caller.fault()
        assert fault.fatal
        assert await caller.close_code() == POLICY
        await next_caller_is_served(running)


@in_loop
async def test_pings_nobody_reads_the_echo_of_end_the_session() -> None:
    async with engine() as running:
        caller = await running.talk()
        caller.socket._response.connection.transport.pause_reading()
        while (await running.get('/api/info'))[1]['sessions']['active']:
            try:
                for _ in range(500):
                    await caller.send(Kind.PING, bytes(125))
            except ConnectionError:
                break
        await running.settled_frames()
        await next_caller_is_served(running)


@in_loop
async def test_a_message_beyond_the_limit_closes_the_connection_alone() -> None:
    async with engine() as running:
        caller = await running.talk()
        await caller.send_audio(bytes(MAX_MESSAGE_BYTES + 2))
        assert await caller.close_code() == TOO_BIG
        await next_caller_is_served(running)


@in_loop
async def test_a_caller_that_vanishes_during_the_prompt_frees_the_model() -> None:
    model = FakeModel()
    async with engine(model) as running:
        model.prompt_gate.clear()
        caller = await running.connect()
        await asyncio.to_thread(model.in_prompt.wait)
        caller.vanish()
        model.prompt_gate.set()
        await next_caller_is_served(running)
        assert model.open_sessions <= 1


@in_loop
async def test_a_caller_that_vanishes_during_a_frame_frees_the_model() -> None:
    model = FakeModel()
    async with engine(model) as running:
        caller = await running.talk()
        model.step_gate.clear()
        await caller.send_audio(frame(1))
        await asyncio.to_thread(model.in_step.wait)
        await caller.send_audio(frame(2))
        while (await running.frames())['in'] < 2:
            await asyncio.sleep(0.002)
        caller.vanish()
        while (await running.frames())['dropped'] < 1:
            await asyncio.sleep(0.002)
        model.step_gate.set()
        counted = await running.settled_frames()
        assert counted == {'in': 2, 'out': 1, 'dropped': 1, 'dropped_out': 1}
        await next_caller_is_served(running)


@in_loop
async def test_a_peer_that_stops_answering_pings_is_let_go() -> None:
    async with engine(heartbeat_s=0.2) as running:
        caller = await running.connect(PROTOCOL_1, autoping=False)
        await caller.until_ready()
        await running.settled_frames()
        await next_caller_is_served(running)


@in_loop
async def test_a_failing_step_is_told_to_its_caller_and_the_next_one_is_served() -> None:
    async with engine(FakeModel(fail_at_step=2)) as running:
        caller = await running.talk()
        for index in range(2):
            await caller.send_audio(frame(index))
            await caller.answer()
        await caller.send_audio(frame(2))
        fault = await caller.fault()
        assert (fault.code, fault.fatal) == ('model_failed', True)
        assert 'told to fail' in fault.message
        assert await caller.close_code() == INTERNAL
        assert await running.settled_frames() == {
            'in': 3, 'out': 2, 'dropped': 1, 'dropped_out': 0
        }  # fmt: skip
        assert await running.get('/health') == (200, {'status': 'ok'})
        await next_caller_is_served(running)


@in_loop
async def test_a_model_that_never_answers_again_shows_in_health() -> None:
    model = FakeModel()
    async with engine(model) as running:
        caller = await running.talk()
        model.broken = True
        await caller.send_audio(frame(1))
        assert (await caller.fault()).code == 'model_failed'
        await running.settled_frames()
        status, health = await running.get('/health')
        assert (status, health['status']) == (503, 'failed')
        assert 'told to fail' in health['detail']
        assert (await (await running.connect()).fault()).code == 'model_failed'


async def loading(running: Engine) -> Caller:
    assert await running.get('/health') == (200, {'status': 'warming'})
    status, info = await running.get('/api/info')
    assert (status, info['status'], info['voices']) == (200, 'warming', [])
    return await running.connect()


@in_loop
async def test_a_caller_waits_for_a_model_that_still_loads() -> None:
    model = FakeModel()
    model.prompt_gate.clear()

    def load() -> FakeModel:
        model.prompt_gate.wait(30)
        return model

    async with engine(model, load) as running:
        caller = await loading(running)
        model.prompt_gate.set()
        await caller.until_ready()
        assert await running.get('/health') == (200, {'status': 'ok'})


@in_loop
async def test_a_caller_is_told_when_loading_takes_too_long() -> None:
    model = FakeModel()
    model.prompt_gate.clear()

    def load() -> FakeModel:
        model.prompt_gate.wait(30)
        return model

    async with engine(model, load, warming_wait_s=0.05) as running:
        caller = await loading(running)
        assert (await caller.fault()).code == 'warming'
        assert await caller.close_code() == TRY_AGAIN_LATER
        model.prompt_gate.set()
        await running.worker.settled.wait()
        await next_caller_is_served(running)


@in_loop
async def test_shutting_down_does_not_wait_for_a_frame_that_never_ends() -> None:
    model = FakeModel()
    async with engine(model) as running:
        caller = await running.talk()
        model.step_gate.clear()
        await caller.send_audio(frame(1))
        await asyncio.to_thread(model.in_step.wait)
        shutting_down = asyncio.create_task(running.runner.cleanup())
        assert await caller.close_code() == GOING_AWAY
        await shutting_down
        assert not model.step_gate.is_set()


@pytest.mark.parametrize('query', [PROTOCOL_1, UPSTREAM], ids=['protocol 1', 'upstream'])
@in_loop
async def test_random_messages_never_end_the_engine(query: dict[str, str]) -> None:
    random = np.random.default_rng(20)
    async with engine() as running:
        for _ in range(5):
            caller = await running.talk(query)
            for _ in range(100):
                kind, size = int(random.integers(8)), int(random.integers(6_000))
                if caller.socket.closed:
                    break
                try:
                    await caller.send(kind, random.bytes(size))
                except ConnectionError:
                    break
            caller.vanish()
        counted = await running.settled_frames()
        assert counted['in'] == counted['out'] + counted['dropped']
        await next_caller_is_served(running)
