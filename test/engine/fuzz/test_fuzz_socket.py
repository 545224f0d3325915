# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The real engine on its socket, attacked: the next caller who behaves is served all the same."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from random import Random

import pytest

from personaplex_ros.engine.door import MAX_STRANGERS
from personaplex_ros.wire import events
from personaplex_ros.wire.limits import MAX_MESSAGE_BYTES
from personaplex_ros.wire.messages import Kind
from personaplex_ros.wire.messages import pack

from . import script
from .damage_bytes import ANY
from .raw_caller import frame
from .raw_caller import Opcode
from .raw_caller import PROTOCOL_1
from .raw_caller import RawCaller
from .samples import pcm_frame
from .served_engine import SESSIONS
from .served_engine import Watched
from .served_engine import watched_engine

pytestmark = pytest.mark.fault

UPSTREAM = {'voice_prompt': 'NATF2.pt'}
SECRET = 'open-sesame-4711'
PROTOCOL_ERROR, TOO_BIG = 1002, 1009
CALLERS = 100

MAX_GROWN_KB = 32_768
"""Over all attacks together."""


@pytest.fixture(scope='module')
def module_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with watched_engine(tmp_path_factory.mktemp('attacked')) as running:
        running.wait_until_ready()
        for _ in range(3):
            running.serves_a_good_caller()
        memory_kb = running.memory_kb()
        yield running
        assert running.process.poll() is None, 'the engine has died'
        assert running.memory_kb() - memory_kb < MAX_GROWN_KB


@pytest.fixture
def engine(module_engine: Watched) -> Iterator[Watched]:
    """An engine that must be, after the test, as it was before."""
    open_files, threads = module_engine.open_files(), module_engine.threads()
    yield module_engine
    # A caller who vanished keeps its place until the engine has read what it had sent before;
    # meanwhile whoever comes is refused as busy, as it must be.
    module_engine.wait_until_calm(open_files)
    module_engine.serves_a_good_caller()
    module_engine.wait_until_calm(open_files)
    assert module_engine.threads() <= threads
    frames = module_engine.get('/api/info')['frames']
    assert frames['in'] == frames['out'] + frames['dropped']


def binary(kind: int, payload: bytes = b'') -> bytes:
    return frame(Opcode.BINARY, bytes((kind,)) + payload)


AUDIO = binary(Kind.AUDIO, pcm_frame())


def test_half_open_handshakes_hinder_nobody(engine: Watched) -> None:
    random = Random(1)
    with ExitStack() as stack:
        for number in range(60):
            caller = stack.enter_context(RawCaller(engine.port))
            request = caller.request()
            caller.send(request[: random.randrange(len(request) - 3) if number % 3 else 0])
        engine.serves_a_good_caller()


def test_a_crowd_that_connects_and_says_nothing_does_not_fill_the_engine(engine: Watched) -> None:
    before = engine.open_files()
    with ExitStack() as stack:
        for _ in range(MAX_STRANGERS + 8):
            stack.enter_context(RawCaller(engine.port))
        engine.serves_a_good_caller()
        assert engine.open_files() <= before + MAX_STRANGERS


def test_a_handshake_that_comes_byte_by_byte_hinders_nobody(engine: Watched) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(RawCaller(engine.port)) for _ in range(5)]
        request = slow[0].request()
        for index in range(len(request) - 1):
            for caller in slow:
                caller.send(request[index : index + 1])
            if index % 100 == 0:
                engine.serves_a_good_caller()


def test_damaged_handshakes_are_answered_or_cut_off(engine: Watched) -> None:
    random = Random(2)
    for _ in range(300):
        with RawCaller(engine.port) as caller:
            damage = random.choice(ANY)
            if caller.send(damage(random, caller.request())[:4_096]):
                caller.socket.settimeout(0.02)
                try:
                    caller.receive()
                except TimeoutError:
                    pass  # it waits for the rest, as it must


def test_of_a_hundred_callers_as_many_are_served_as_there_are_sessions(engine: Watched) -> None:
    with ExitStack() as stack:
        callers = []
        for _ in range(CALLERS):
            callers.append(stack.enter_context(RawCaller(engine.port)))
            callers[-1].send(callers[-1].request())
        served = refused = 0
        for caller in callers:
            kind, payload = caller.first_message()
            if kind == Kind.JSON:
                served += 1
            else:
                assert events.decode_fault(payload).code == 'busy'
                refused += 1
        assert (served, refused) == (SESSIONS, CALLERS - SESSIONS)


def fragments(*parts: tuple[int, bytes]) -> bytes:
    """A message in pieces, the last of which says so."""
    last = len(parts) - 1
    return b''.join(
        frame(opcode, payload, fin=index == last) for index, (opcode, payload) in enumerate(parts)
    )


BROKEN_FRAMES = {
    'a reserved bit, as of compression nobody agreed on': frame(
        Opcode.BINARY, b'\x06', reserved=4
    ),
    'an opcode nobody knows': frame(3, b'x'),
    'a ping of 126 bytes': frame(Opcode.PING, bytes(126)),
    'a ping in pieces': frame(Opcode.PING, b'x', fin=False),
    'a continuation of nothing': frame(Opcode.CONTINUATION, b'x'),
    'a message that begins within another': fragments(
        (Opcode.BINARY, b'\x06'), (Opcode.BINARY, b'\x06')
    ),
    'text that is no UTF-8': frame(Opcode.TEXT, b'\xff\xfe'),
    'a close of one byte': frame(Opcode.CLOSE, b'\x03'),
    'a close with a code nobody may send': frame(Opcode.CLOSE, b'\x00\x01'),
    'a length of 2^63': frame(Opcode.BINARY, b'\x01', claimed=2**63),
    'a length of 2^62': frame(Opcode.BINARY, b'\x01', claimed=2**62),
    'one byte more than a message may have': frame(Opcode.BINARY, bytes(MAX_MESSAGE_BYTES + 1)),
    'pieces of more than a message may have': fragments(
        (Opcode.BINARY, bytes(MAX_MESSAGE_BYTES // 2)),
        (Opcode.CONTINUATION, bytes(MAX_MESSAGE_BYTES // 2 + 2)),
    ),
}


@pytest.mark.parametrize('data', BROKEN_FRAMES.values(), ids=BROKEN_FRAMES)
def test_a_frame_that_breaks_websocket_ends_its_connection(engine: Watched, data: bytes) -> None:
    with RawCaller(engine.port) as caller:
        caller.upgrade()
        assert caller.until(Kind.READY) is not None
        caller.send(data)
        caller.until_hung_up()


def test_a_message_may_come_in_pieces_with_pings_in_between(engine: Watched) -> None:
    with RawCaller(engine.port) as caller:
        caller.upgrade()
        assert caller.until(Kind.READY) is not None
        message = pack(Kind.AUDIO, pcm_frame())
        caller.send(frame(Opcode.BINARY, message[:100], fin=False))
        for start in range(100, 3_000, 100):
            caller.send(frame(Opcode.CONTINUATION, message[start : start + 100], fin=False))
            caller.send(frame(Opcode.PING, b'still there?'))
        caller.send(frame(Opcode.CONTINUATION, message[3_000:]))
        assert len(caller.until(Kind.AUDIO) or b'') == len(pcm_frame())


def test_compression_is_not_agreed_on(engine: Watched) -> None:
    with RawCaller(engine.port) as caller:
        head = caller.upgrade('Sec-WebSocket-Extensions: permessage-deflate')
        assert 'extensions' not in head.lower()


@pytest.mark.parametrize(
    'ping',
    [
        pytest.param(binary(Kind.PING), id='ours'),
        pytest.param(frame(Opcode.PING), id='RFC 6455'),
    ],
)
def test_a_flood_of_pings_keeps_nobody_else_waiting(engine: Watched, ping: bytes) -> None:
    def cost_s(pings: int) -> float:
        with RawCaller(engine.port) as caller:
            caller.upgrade()
            assert caller.until(Kind.READY) is not None
            begun_s = engine.cpu_s()
            caller.send(ping * pings)
            engine.serves_a_good_caller()
            return engine.cpu_s() - begun_s

    few, many = cost_s(500), cost_s(10_000)
    # Twenty times the pings cost at most twenty times the processor: nothing grows with them.
    assert many < 20 * max(few, 0.1)


def test_a_flood_of_interrupts_is_refused_or_obeyed(engine: Watched) -> None:
    with RawCaller(engine.port) as caller:
        caller.upgrade()
        assert caller.until(Kind.READY) is not None
        caller.send(frame(Opcode.BINARY, events.encode(events.Interrupt(id=1))) * 2_000)
        engine.serves_a_good_caller()


def test_callers_who_vanish_anywhere_leave_nothing_behind(engine: Watched) -> None:
    random = Random(3)
    for _ in range(60):
        with RawCaller(engine.port) as caller:
            if random.random() < 0.3:
                caller.send(caller.request())
                continue
            caller.upgrade()
            if random.random() < 0.5:
                caller.until(Kind.READY)
            caller.send(AUDIO * 2 + AUDIO[: random.randrange(len(AUDIO))])


def test_callers_who_vanish_with_much_unread_give_their_places_back(engine: Watched) -> None:
    with ExitStack() as stack:
        callers = [stack.enter_context(RawCaller(engine.port)) for _ in range(SESSIONS)]
        for caller in callers:
            caller.upgrade()
            assert caller.until(Kind.READY) is not None
        for caller in callers:
            caller.send(AUDIO * 40)


def test_thousands_of_damaged_messages_end_their_connections_at_most(engine: Watched) -> None:
    sent = 0
    random = Random(4)
    while sent < 3_000:
        talk = random.choice((script.caller_script, script.upstream_script))
        query = UPSTREAM if talk is script.upstream_script else PROTOCOL_1
        with RawCaller(engine.port) as caller:
            caller.send(caller.request(query))
            for message in islice(talk(random), 150):
                opcode = Opcode.TEXT if message.is_text else Opcode.BINARY
                if not caller.send(frame(opcode, message.data)):
                    break
                caller.discard()
                sent += 1


def test_a_secret_token_is_in_nothing_the_engine_writes(tmp_path) -> None:
    with watched_engine(tmp_path, PERSONAPLEX_TOKEN=SECRET) as running:
        for presented in (f'Authorization: Bearer {SECRET}', 'Authorization: Bearer wrong', ''):
            with RawCaller(running.port) as caller:
                head = caller.upgrade(*([presented] if presented else []))
                assert ('101' in head.splitlines()[0]) == (SECRET in presented)
                if SECRET in presented:
                    assert caller.until(Kind.READY) is not None
                    caller.send(binary(0x7F) + frame(3, b'x'))
                    caller.until_hung_up()
        for request in (
            f'GET /api/chat?token={SECRET}&voice_prompt=../../etc HTTP/1.1\r\nHost: x\r\n\r\n',
            f'GET /nowhere?token={SECRET} HTTP/1.1\r\nHost: x\r\n\r\n',
            f'GET /api/info?token={SECRET} HTTP/9.9\r\nHost: x\r\nbroken {SECRET}\r\n\r\n',
            f'{SECRET}\r\n\r\n',
        ):
            with RawCaller(running.port) as caller:
                caller.send(request.encode())
                caller.socket.shutdown(1)
                caller.until_hung_up()
        running.process.terminate()
        running.process.wait()
        assert 'listening' in running.log.read_text()
        assert SECRET not in running.log.read_text()
