# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A robot whose microphone gives nothing can still be made to speak, and speaks to its end."""

import asyncio
import itertools
import time
from types import SimpleNamespace

import pytest
from stage import live_stage
from stage import on_a_loop

from fakes.backend import ScriptedBackend
from fakes.backend import SILENT
from fakes.backend import TONE
from personaplex_ros.audio.level import SpeakingSettings
from personaplex_ros.backends.base import BackendError
from personaplex_ros.conversation import stand_in
from personaplex_ros.conversation.microphone import MISSING_AFTER_S
from personaplex_ros.conversation.says import SayRequest
from personaplex_ros.wire.events import SayDone
from personaplex_ros.wire.events import TextReleased
from personaplex_ros.wire.limits import MAX_HOLD_TEXT_MS

pytestmark = pytest.mark.usefixtures('silence_stands_in')


async def asked(stage) -> 'asyncio.Future':
    """Ask for a text and return its end, once the engine has heard of it."""
    end = asyncio.ensure_future(stage.conversation.say(SayRequest('x')))
    await stage.until(lambda: stage.engine.says, 'for the engine to hear of it')
    return end


@on_a_loop
async def test_the_engine_is_fed_silence_to_speak_by_and_it_is_no_loss():
    async with live_stage() as stage:
        end = await asked(stage)
        await stage.until(lambda: len(stage.notes.frames) >= 4, 'for silence to be answered')
        assert stage.balance() == (0, 0, 0, 0), 'nothing was heard'
        assert all(passage.is_filled_in for passage in stage.notes.passages)
        end.cancel()


class Machine:
    """Stands for the modules time and asyncio: a clock that goes on by what is slept."""

    def __init__(self, until_s: float, late_s: float) -> None:
        self._until_s = until_s
        self.late_s = late_s
        self.now_s = 0.0

    def monotonic(self) -> float:
        """Return what it shows."""
        return self.now_s

    async def sleep(self, wait_s: float) -> None:
        """Wake up late, as a busy machine does; the end of the test is an exception."""
        self.now_s += wait_s + self.late_s
        if self.now_s >= self._until_s:
            raise asyncio.CancelledError


@pytest.mark.parametrize(
    ('late_s', 'frames'),
    [(0.0, 125), (0.01, 125), (0.16, 42)],
    ids=['punctual', 'a little late', 'far too slow'],
)
def test_the_engine_is_fed_at_the_rate_of_a_microphone_and_never_faster(
    monkeypatch, late_s, frames
):
    machine = Machine(10.0, late_s)
    monkeypatch.setattr(stand_in, 'time', machine)
    monkeypatch.setattr(stand_in, 'asyncio', machine)
    fed_s: list[float] = []

    async def hold_words(holder: str, max_ms: int) -> None:
        assert max_ms == MAX_HOLD_TEXT_MS

    async def fill_in(link) -> None:
        fed_s.append(machine.now_s)

    says = SimpleNamespace(is_open=True, latest=1)
    link = SimpleNamespace(says=says, hold_words=hold_words)
    exchange = SimpleNamespace(lacks_microphone=lambda now_s: True, fill_in=fill_in)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(stand_in.keep(link, exchange))
    assert abs(len(fed_s) - frames) <= 1
    apart_s = [later - one for one, later in itertools.pairwise(fed_s)]
    assert min(apart_s) > stand_in.FRAME_S - 0.02, 'never in a burst'


@on_a_loop
async def test_nothing_is_fed_while_nothing_is_to_be_said():
    async with live_stage() as stage:
        await asyncio.sleep(MISSING_AFTER_S + 3 * stand_in.FRAME_S)
        assert stage.ledger.frames_in == 0


@on_a_loop
async def test_nothing_is_fed_any_more_when_the_text_has_rung_out():
    async with live_stage() as stage:
        end = await asked(stage)
        await stage.until(lambda: len(stage.notes.frames) >= 2, 'for silence to be answered')
        stage.engine.line.tell(SayDone(stage.engine.says[-1][0], 'x', 'finished', 9))
        assert (await end).reason == 'finished'
        await has_ended(stage)


@on_a_loop
async def test_what_the_agent_has_begun_is_spoken_to_its_end_when_the_microphone_falls_silent():
    async with live_stage(listen_on_s=0.0) as stage:
        stage.hear()
        await stage.until(lambda: stage.ledger.frames_filled >= 4, 'for silence')
        assert not stage.engine.holds, 'what it says are words of its own'
        await has_ended(stage)


@on_a_loop
async def test_what_was_asked_before_the_microphone_closed_can_be_answered():
    async with live_stage(listen_on_s=0.6) as stage:
        stage.engine.sound = SILENT
        stage.hear()
        await stage.until(lambda: stage.ledger.frames_filled, 'for silence')
        stage.engine.sound = TONE  # the answer begins
        await stage.until(lambda: stage.ledger.frames_filled >= 12, 'for the answer')
        await has_ended(stage)


@on_a_loop
async def test_the_engine_rests_where_nothing_is_answered():
    async with live_stage(listen_on_s=0.6) as stage:
        stage.engine.sound = SILENT
        stage.hear()
        await stage.until(lambda: stage.ledger.frames_filled, 'for silence')
        await asyncio.sleep(0.6)
        filled = stage.ledger.frames_filled
        assert filled <= 6, '0.6 s from the last sound, of which 0.2 s are patience'
        await asyncio.sleep(4 * stand_in.FRAME_S)
        assert stage.ledger.frames_filled == filled


async def has_ended(stage) -> None:
    """Let the agent fall silent; returns when nothing is fed any more."""
    stage.engine.sound = SILENT
    at_most = stage.ledger.frames_filled + SpeakingSettings().hang_frames + 1  # one on its way
    filled = -1
    while filled != stage.ledger.frames_filled:
        filled = stage.ledger.frames_filled
        await asyncio.sleep(4 * stand_in.FRAME_S)
    assert filled <= at_most, 'nobody wants to hear more'


@pytest.mark.parametrize('frames_a_chunk', [1, 2, 3, 4, 6])
@on_a_loop
async def test_a_microphone_that_gives_long_chunks_is_not_missed_between_them(frames_a_chunk):
    async with live_stage(max_frames_waiting=50, max_frames_in_flight=50) as stage:
        late_s = MISSING_AFTER_S / 2
        for _ in range(4):
            stage.hear(frames_a_chunk)
            await asyncio.sleep(frames_a_chunk * stand_in.FRAME_S + late_s * (frames_a_chunk > 1))
        assert stage.ledger.frames_in == 4 * frames_a_chunk
        assert stage.ledger.frames_dropped == stage.ledger.frames_filled == 0


@on_a_loop
async def test_what_a_network_held_back_is_dropped_where_silence_stood_for_it():
    async with live_stage(max_frames_waiting=50) as stage:
        stage.hear()
        await stage.until(lambda: stage.ledger.frames_filled >= 4, 'for silence')
        stage.hear(count=6)
        frames_in, _, dropped, _ = stage.balance()
        assert (frames_in, dropped) == (7, 4), 'two may be early'


@on_a_loop
async def test_the_agent_begins_no_words_of_its_own_which_nobody_would_hear_to_their_end():
    async with live_stage() as stage:
        stage.engine.sound = SILENT
        first = await asked(stage)
        await stage.until(lambda: len(stage.engine.holds) == 1, 'for a hold')
        second = asyncio.ensure_future(stage.conversation.say(SayRequest('y')))
        await stage.until(lambda: len(stage.engine.holds) == 2, 'for a hold after the second text')
        for (number, text, _), end in zip(stage.engine.says, (first, second), strict=True):
            stage.engine.line.tell(SayDone(number, text, 'finished', 9))
            assert (await end).reason == 'finished'
        latest = stage.engine.holds[-1]
        await stage.until(lambda: latest not in stage.engine.holds, 'for the end of the hold')
        assert len(stage.engine.holds) == 1, 'the first ended in the engine, with the second text'


@on_a_loop
async def test_words_are_free_as_soon_as_somebody_is_heard_and_held_when_nobody_is_any_more():
    async with live_stage() as stage:
        end = await asked(stage)
        await stage.until(lambda: stage.engine.holds, 'for a hold')

        def heard_until_free():
            stage.hear()
            return not stage.engine.holds

        await stage.until(heard_until_free, 'for the words to be free')
        await stage.until(lambda: stage.engine.holds, 'for another hold')
        end.cancel()


@on_a_loop
async def test_words_stay_held_for_whoever_holds_them_longest():
    async with live_stage() as stage:
        stage.engine.sound = SILENT
        await stage.conversation.hold_words(True)
        end = await asked(stage)
        await stage.until(lambda: len(stage.engine.holds) == 2, 'for the hold of the silence')
        await stage.conversation.hold_words(False)
        assert stage.engine.holds, 'still nobody is there to talk with'
        await stage.conversation.hold_words(True)
        stage.hear()
        stage.engine.line.tell(SayDone(stage.engine.says[-1][0], 'x', 'finished', 9))
        await end
        await asyncio.sleep(3 * stand_in.FRAME_S)
        assert stage.engine.holds, 'the caller holds them'
        latest = stage.engine.holds[-1]
        await stage.conversation.hold_words(False)
        assert latest not in stage.engine.holds


@on_a_loop
async def test_a_hold_that_ended_in_the_engine_keeps_nobody_elses():
    async with live_stage() as stage:
        stage.engine.sound = SILENT
        await stage.conversation.hold_words(True)
        stage.engine.line.tell(TextReleased(stage.engine.holds.pop(), 0, 'timeout'))
        end = await asked(stage)
        await stage.until(lambda: stage.engine.holds, 'for the hold of the silence')
        stage.engine.line.tell(SayDone(stage.engine.says[-1][0], 'x', 'finished', 9))
        await end
        await stage.until(lambda: not stage.engine.holds, 'for its end')


@on_a_loop
async def test_an_engine_that_holds_no_words_is_fed_all_the_same(monkeypatch):
    async def refuse(self, request: int, max_ms: int) -> None:
        raise BackendError('unsupported', 'this server holds no words')

    monkeypatch.setattr(ScriptedBackend, 'hold_text', refuse)
    async with live_stage() as stage:
        end = await asked(stage)
        await stage.until(lambda: len(stage.notes.frames) >= 2, 'for silence to be answered')
        end.cancel()


@on_a_loop
async def test_a_stalled_engine_is_fed_no_more_than_it_may_owe():
    async with live_stage(max_frames_in_flight=2) as stage:
        stage.engine.answering = False
        end = await asked(stage)
        await stage.until(lambda: stage.ledger.frames_filled == 2, 'for silence')
        await asyncio.sleep(3 * stand_in.FRAME_S)
        assert (stage.ledger.frames_filled, stage.engine.line.sent) == (2, 2)
        end.cancel()


@on_a_loop
async def test_the_silence_ends_with_the_conversation():
    async with live_stage() as stage:
        end = await asked(stage)
        await stage.until(lambda: stage.ledger.frames_filled, 'for silence')
        await stage.conversation.deactivate()
        assert (await end).reason == 'inactive'
        sent = stage.engine.line.sent
        await asyncio.sleep(3 * stand_in.FRAME_S)
        assert stage.engine.line.sent == sent


@on_a_loop
async def test_what_is_heard_takes_the_place_of_the_silence():
    async with live_stage() as stage:
        end = await asked(stage)
        await stage.until(lambda: stage.ledger.frames_filled, 'for silence')
        filled, pauses, heard_s = stage.ledger.frames_filled, 0, time.monotonic()
        for _ in range(30):
            stage.hear()
            await asyncio.sleep(0.02)
            pauses += time.monotonic() - heard_s > MISSING_AFTER_S / 2  # the machine was busy
            heard_s = time.monotonic()
        assert stage.ledger.frames_filled <= filled + pauses
        assert stage.ledger.frames_in == 30
        stage.engine.line.tell(SayDone(stage.engine.says[-1][0], 'x', 'finished', 9))
        assert (await end).reason == 'finished'
