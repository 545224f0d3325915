# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The backend for NVIDIA's own server, over a real socket, with that server's faults."""

import asyncio
from collections.abc import AsyncIterator
from collections.abc import Callable
import contextlib
import socket

import aiohttp
import numpy as np
import pytest
from stage import on_a_loop

from fakes.nvidia_server import Manners
from fakes.nvidia_server import NvidiaServer
from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.backends import nvidia_line
from personaplex_ros.backends.base import AgentFrame
from personaplex_ros.backends.base import BackendError
from personaplex_ros.backends.base import Role
from personaplex_ros.backends.base import Unanswered
from personaplex_ros.backends.base import UNKNOWN_TEXT_ID
from personaplex_ros.backends.nvidia import NvidiaBackend
from personaplex_ros.backends.nvidia import PUBLISHED_VOICES
from personaplex_ros.wire.events import Fault
from personaplex_ros.wire.events import Interrupted
from personaplex_ros.wire.events import PersonaChanged
from personaplex_ros.wire.events import Released

TEACHER = Role('You teach.', 'NATF2')
PILOT = Role('You fly.', 'NATM1')
SILENCE = np.zeros(SAMPLES_PER_FRAME, np.int16)
SPEECH = np.tile(np.array([6000, -6000], np.int16), SAMPLES_PER_FRAME // 2)


class Talk:
    """A backend with a session, one frame at a time."""

    def __init__(self, backend: NvidiaBackend) -> None:
        self.backend = backend
        self._events = backend.events()

    async def event(self):
        """Return what comes next."""
        return await self._events.__anext__()

    async def frame(self, pcm: np.ndarray = SILENCE) -> AgentFrame:
        """Send a frame; return its answer, other events passed over."""
        await self.backend.send_frame(pcm)
        while True:
            event = await self.event()
            if isinstance(event, AgentFrame):
                return event

    async def until(self, kind: type, sending: bool = False):
        """Return the next event of this class; sending: frames go on meanwhile."""
        while True:
            if sending:
                await self.backend.send_frame(SILENCE)
            event = await self.event()
            if isinstance(event, kind):
                return event


@contextlib.asynccontextmanager
async def talking(server: NvidiaServer, role: Role = TEACHER) -> AsyncIterator[Talk]:
    """Connect; close in the end."""
    backend = NvidiaBackend(server.url, connect_timeout_s=5.0)
    try:
        await backend.open(role)
        yield Talk(backend)
    finally:
        await backend.close()


async def refusal(url: str, role: Role = TEACHER, timeout_s: float = 5.0) -> BackendError:
    """Return why no session can be opened."""
    backend = NvidiaBackend(url, connect_timeout_s=timeout_s)
    with pytest.raises(BackendError) as error:
        await backend.open(role)
    await backend.close()
    return error.value


def loudness(frame: AgentFrame) -> int:
    """Return the largest sample."""
    return int(np.abs(frame.pcm.astype(np.int32)).max())


# Opening


@on_a_loop
async def test_a_session_is_opened_with_voice_file_and_text_and_nothing_else():
    with NvidiaServer() as server:
        backend = NvidiaBackend(server.url)
        started = await backend.open(TEACHER)
        assert server.prompts == [('You teach.', 'NATF2.pt')]
        assert started.voice == 'NATF2'
        assert started.prompt_ms > 0
        await backend.close()
        await backend.close()


@on_a_loop
async def test_the_published_voices_are_offered_since_the_server_lists_none():
    voices = await NvidiaBackend('ws://127.0.0.1:1').voices()
    assert voices == list(PUBLISHED_VOICES)
    assert len(set(voices)) == 18
    assert {'NATF0', 'NATM3', 'VARF4', 'VARM0'} <= set(voices)


@pytest.mark.parametrize('text', ['a=b&c=d#e?f %41+', 'Zoë 你好\n„x“', 'x' * 4000])
@on_a_loop
async def test_every_prompt_arrives_as_it_is(text):
    with NvidiaServer() as server:
        async with talking(server, Role(text, 'NATF2')):
            assert server.prompts == [(text, 'NATF2.pt')]


@pytest.mark.parametrize(
    ('role', 'code', 'why'),
    [
        (Role('', 'NATF2'), 'bad_query', 'without a text prompt'),
        (Role('語' * 4000, 'NATF2'), 'prompt_too_long', 'shorten it'),
    ],
)
@on_a_loop
async def test_a_role_that_would_break_their_server_is_refused_before_it_is_asked(role, code, why):
    with NvidiaServer() as server:
        error = await refusal(server.url, role)
        assert (error.code, server.sessions) == (code, 0)
        assert why in str(error)


@on_a_loop
async def test_a_voice_the_server_does_not_have_is_named_as_the_likely_reason():
    with NvidiaServer() as server:
        error = await refusal(server.url, Role('You teach.', 'VARF0'))
        assert error.code == 'refused'
        assert 'VARF0.pt in its --voice-prompt-dir' in str(error)


@on_a_loop
async def test_a_second_client_is_told_that_somebody_else_may_be_connected():
    with NvidiaServer() as server:
        async with talking(server):
            error = await refusal(server.url, timeout_s=0.2)
            assert error.code == 'timeout'
            assert 'somebody else may be connected' in str(error)


@on_a_loop
async def test_a_server_that_answers_no_ping_while_it_makes_us_wait_is_a_timeout_too(monkeypatch):
    monkeypatch.setattr(nvidia_line, 'HEARTBEAT_S', 0.1)
    with NvidiaServer() as server:
        async with aiohttp.ClientSession() as http:
            query = {'voice_prompt': 'NATF2.pt', 'text_prompt': 'Me first.'}
            async with http.ws_connect(server.url + '/api/chat', params=query) as first:
                assert (await first.receive()).data == b'\0'
                error = await refusal(server.url)
    assert error.code == 'timeout'
    assert 'somebody else may be connected' in str(error)


@on_a_loop
async def test_a_server_that_hangs_in_prompting_is_left_after_the_timeout():
    with NvidiaServer(Manners(hang_in_prompting=True)) as server:
        error = await refusal(server.url, timeout_s=0.2)
        assert error.code == 'timeout'
        assert 'did not get ready in 0.2 s' in str(error)


@on_a_loop
async def test_a_port_without_a_server_says_what_to_start():
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        error = await refusal(f'ws://127.0.0.1:{free.getsockname()[1]}')
    assert error.code == 'unreachable'
    assert 'python -m moshi.server' in str(error)


# Talking


@on_a_loop
async def test_every_frame_is_answered_by_its_number_and_in_order():
    with NvidiaServer(Manners(echo=True)) as server:
        async with talking(server) as talk:
            for number in range(5):
                answer = await talk.frame(SPEECH)
                report = answer.report
                assert (report.frame, report.input_frame, report.held) == (number, number, False)
                assert answer.pcm.shape == (SAMPLES_PER_FRAME,)
                assert answer.pcm.dtype == np.int16
        assert server.heard == 5


@on_a_loop
async def test_speech_survives_both_codecs():
    t = np.arange(10 * SAMPLES_PER_FRAME) / 24_000
    sound = (9000 * np.sin(2 * np.pi * 700 * t)).astype(np.int16)
    with NvidiaServer(Manners(echo=True)) as server:
        async with talking(server) as talk:
            answers = [await talk.frame(pcm) for pcm in sound.reshape(10, -1)]
    heard = np.concatenate([answer.pcm for answer in answers[4:]]).astype(float)
    spectrum = np.abs(np.fft.rfft(heard))
    peak_hz = np.argmax(spectrum) * 24_000 / len(heard)
    assert peak_hz == pytest.approx(700, abs=5)
    assert np.sqrt(np.mean(heard**2)) == pytest.approx(9000 / np.sqrt(2), rel=0.1)


@on_a_loop
async def test_a_piece_belongs_to_the_frame_that_it_came_with():
    with NvidiaServer(Manners(pieces={1: ' héllo', 2: ' you', 4: '.'})) as server:
        async with talking(server) as talk:
            pieces = [(await talk.frame()).piece for _ in range(6)]
    assert pieces == ['', ' héllo', ' you', '', '.', '']


@on_a_loop
async def test_pieces_of_a_burst_are_dealt_out_one_a_frame():
    with NvidiaServer(Manners(pieces={0: ' a', 1: ' b', 2: ' c'}, step_s=0.02)) as server:
        async with talking(server) as talk:
            for _ in range(3):
                await talk.backend.send_frame(SILENCE)
            pieces = [(await talk.until(AgentFrame)).piece for _ in range(3)]
    assert pieces == [' a', ' b', ' c']


@on_a_loop
async def test_ids_that_the_server_does_not_tell_are_told_as_unknown():
    with NvidiaServer(Manners(pieces={0: ' hello'})) as server:
        async with talking(server) as talk:
            assert (await talk.frame()).report.text_id == UNKNOWN_TEXT_ID


# Interrupt


@on_a_loop
async def test_an_interrupt_is_answered_and_what_follows_is_silent_and_wordless():
    manners = Manners(pieces={number: ' word' for number in range(9)})
    with NvidiaServer(manners) as server:
        async with talking(server) as talk:
            assert loudness(await talk.frame()) > 1000
            await talk.backend.interrupt(7)
            await talk.backend.send_frame(SILENCE)
            assert await talk.event() == Interrupted(7, 1)
            first = await talk.event()
            for answer in [first, await talk.frame()]:
                assert (loudness(answer), answer.piece, answer.report.held) == (0, '', True)
        assert server.heard == 3, 'the model is kept in step'


@on_a_loop
async def test_the_agent_is_heard_again_after_a_second_and_a_half():
    with NvidiaServer() as server:
        async with talking(server) as talk:
            await talk.backend.interrupt(1)
            answers = [await talk.frame() for _ in range(19)]
            assert all(answer.report.held for answer in answers)
            await talk.backend.send_frame(SILENCE)
            assert await talk.event() == Released(19, 'timeout')
            assert loudness(await talk.event()) > 1000


@on_a_loop
async def test_new_speech_of_the_user_ends_the_silence():
    with NvidiaServer() as server:
        async with talking(server) as talk:
            for _ in range(3):
                await talk.frame(SPEECH)
            await talk.backend.interrupt(1)
            assert (await talk.frame(SPEECH)).report.held, 'speech that goes on is not new'
            for _ in range(3):
                assert (await talk.frame()).report.held
            await talk.backend.send_frame(SPEECH)
            released = await talk.until(Released)
            assert released.reason == 'user_speech'
            assert not (await talk.event()).report.held


# Another persona


@on_a_loop
async def test_another_persona_is_another_connection_and_numbers_go_on():
    with NvidiaServer() as server:
        async with talking(server) as talk:
            await talk.frame()
            await talk.backend.set_role(5, PILOT)
            changed = await talk.event()
            assert isinstance(changed, PersonaChanged)
            assert (changed.id, changed.voice, changed.frame) == (5, 'NATM1', 1)
            assert changed.prompt_ms > 0
            assert await talk.event() == Unanswered(before=1)
            answer = await talk.frame()
            assert (answer.report.frame, answer.report.input_frame) == (1, 1)
            assert server.sessions == 1
    assert [voice for _, voice in server.prompts] == ['NATF2.pt', 'NATM1.pt']


@on_a_loop
async def test_frames_sent_while_the_persona_changes_are_given_up_by_number():
    with NvidiaServer(Manners(answer=False)) as server:
        async with talking(server) as talk:
            await talk.backend.send_frame(SILENCE)
            server.manners.answer = True
            await talk.backend.set_role(5, PILOT)
            for _ in range(2):
                await talk.backend.send_frame(SILENCE)
            assert await talk.until(Unanswered) == Unanswered(before=3)
            assert (await talk.frame()).report.input_frame == 3


@on_a_loop
async def test_a_frame_that_is_being_sent_when_the_persona_changes_breaks_nothing(monkeypatch):
    with NvidiaServer() as server:
        async with talking(server) as talk:

            async def broken_off(pcm: np.ndarray) -> None:
                await talk.backend.set_role(5, PILOT)
                raise BackendError('lost', 'cannot write to a closing connection')

            monkeypatch.setattr(talk.backend._line, 'send', broken_off)
            await talk.backend.send_frame(SILENCE)
            assert await talk.until(Unanswered) == Unanswered(before=1)
            assert (await talk.frame()).report.input_frame == 1


@on_a_loop
async def test_a_persona_that_is_refused_leaves_the_old_one_newly_connected():
    with NvidiaServer() as server:
        async with talking(server) as talk:
            await talk.backend.set_role(5, Role('You fly.', 'VARF0'))
            fault = await talk.event()
            assert isinstance(fault, Fault)
            assert (fault.code, fault.id, fault.fatal) == ('refused', 5, False)
            assert isinstance(await talk.event(), Unanswered)
            assert loudness(await talk.frame()) > 1000
    assert server.prompts == 2 * [('You teach.', 'NATF2.pt')]


@on_a_loop
async def test_a_second_change_is_refused_while_the_first_is_under_way():
    with NvidiaServer() as server:
        async with talking(server) as talk:
            await talk.backend.set_role(5, PILOT)
            with pytest.raises(BackendError, match='another persona is being prepared') as error:
                await talk.backend.set_role(6, TEACHER)
            assert error.value.code == 'busy'
            assert (await talk.until(PersonaChanged)).id == 5
            await talk.until(Unanswered)
            await talk.backend.set_role(7, TEACHER)
            assert (await talk.until(PersonaChanged)).id == 7


@on_a_loop
async def test_somebody_who_took_the_server_meanwhile_is_guessed_and_the_loss_is_told():
    with NvidiaServer() as server:
        backend = NvidiaBackend(server.url, connect_timeout_s=0.5)
        await backend.open(TEACHER)
        talk = Talk(backend)
        async with aiohttp.ClientSession() as http:
            query = {'voice_prompt': 'NATF2.pt', 'text_prompt': 'Me next.'}
            async with http.ws_connect(server.url + '/api/chat', params=query):
                await backend.set_role(5, PILOT)
                fault = await talk.event()
                assert 'somebody else may be connected' in fault.message
                with pytest.raises(BackendError, match='somebody else may be connected'):
                    await talk.event()
        await backend.close()


@on_a_loop
async def test_an_interrupt_ends_with_the_persona():
    with NvidiaServer() as server:
        async with talking(server) as talk:
            await talk.backend.interrupt(1)
            assert (await talk.frame()).report.held
            await talk.backend.set_role(2, PILOT)
            await talk.until(Unanswered)
            assert not (await talk.frame()).report.held


# What it cannot do


@on_a_loop
async def test_what_their_protocol_has_no_word_for_is_refused_and_the_talk_goes_on():
    with NvidiaServer() as server:
        async with talking(server) as talk:
            with pytest.raises(BackendError, match='cannot be told what to say') as error:
                await talk.backend.say(1, 'Mind the step.', interrupt_first=True)
            assert error.value.code == 'unsupported'
            await talk.backend.cancel_say(1)
            with pytest.raises(BackendError, match='leave keep_memory out') as error:
                await talk.backend.set_role(2, PILOT, keep_memory=True)
            assert error.value.code == 'unsupported'
            assert loudness(await talk.frame()) > 1000


# Faults


GARBAGE: dict[str, tuple[Callable[[Manners], None], str]] = {
    'no Ogg': (lambda m: setattr(m, 'raw_sound', b'\xff' * 5000), 'broken Ogg/Opus stream'),
    'a text message': (lambda m: setattr(m, 'raw_reply', 'hello'), 'TEXT message'),
    'nothing': (lambda m: setattr(m, 'raw_reply', b''), 'empty message'),
    'an unknown kind': (lambda m: setattr(m, 'raw_reply', b'\x77x'), 'unknown message kind 0x77'),
    'a word of a megabyte': (
        lambda m: setattr(m, 'raw_reply', b'\x02' + bytes(1 << 19)),
        'text without its sound',
    ),
    'a message of two megabytes': (
        lambda m: setattr(m, 'raw_reply', b'\x02' + bytes(1 << 21)),
        'exceeds limit',
    ),
    'an error': (lambda m: setattr(m, 'raw_reply', b'\x05no memory left'), 'no memory left'),
}


@pytest.mark.parametrize('name', GARBAGE)
@on_a_loop
async def test_what_cannot_be_understood_ends_the_session_with_a_reason(name):
    spoil, why = GARBAGE[name]
    with NvidiaServer() as server:
        async with talking(server) as talk:
            await talk.frame()
            spoil(server.manners)
            with pytest.raises(BackendError, match=why):
                await talk.frame()


@pytest.mark.parametrize('kind', [0, 3, 4, 6])
@on_a_loop
async def test_kinds_without_a_meaning_here_are_passed_over(kind):
    with NvidiaServer(Manners(raw_reply=bytes((kind,)) + b'{}')) as server:
        async with talking(server) as talk:
            assert loudness(await talk.frame()) > 1000


@on_a_loop
async def test_text_without_end_and_sound_is_no_conversation():
    with NvidiaServer(Manners(raw_reply=b'\x02 word', answer=True)) as server:
        server.manners.raw_sound = b''
        async with talking(server) as talk:
            with pytest.raises(BackendError, match='text without its sound'):
                for _ in range(100):
                    await talk.backend.send_frame(SILENCE)
                await talk.event()


@on_a_loop
async def test_a_server_that_dies_in_the_middle_of_a_frame_is_lost():
    with NvidiaServer(Manners(die_at_frame=1)) as server:
        async with talking(server) as talk:
            await talk.frame()
            with pytest.raises(BackendError) as error:
                await talk.frame()
            assert error.value.code == 'lost'


@on_a_loop
async def test_a_server_whose_model_fails_closes_politely_and_is_lost_all_the_same():
    with NvidiaServer(Manners(close_at_frame=1)) as server:
        async with talking(server) as talk:
            await talk.frame()
            with pytest.raises(BackendError, match='closed the connection') as error:
                await talk.frame()
            assert error.value.code == 'lost'
            with pytest.raises(BackendError, match='no connection'):
                await talk.backend.send_frame(SILENCE)


@on_a_loop
async def test_a_line_that_went_dead_is_noticed_by_pings(monkeypatch):
    monkeypatch.setattr(nvidia_line, 'HEARTBEAT_S', 0.1)
    with NvidiaServer(Manners(step_s=2.0)) as server:
        async with talking(server) as talk:
            with pytest.raises(BackendError, match='does not answer any more') as error:
                await talk.frame()
            assert error.value.code == 'lost'


@on_a_loop
async def test_a_timeout_leaves_no_connection_behind():
    with NvidiaServer(Manners(hang_in_prompting=True)) as server:
        await refusal(server.url, timeout_s=0.1)
        while server.sessions:
            await asyncio.sleep(0.01)
