# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A text the agent was asked to say ends in every case, with what was spoken and why."""

import asyncio

import pytest
from stage import live_stage
from stage import on_a_loop
from stage import PILOT
from stage import Stage

from personaplex_ros.backends.base import BackendError
from personaplex_ros.conversation import says
from personaplex_ros.conversation.says import SayRequest
from personaplex_ros.conversation.says import Spoken
from personaplex_ros.wire.events import Fault
from personaplex_ros.wire.events import Interrupted
from personaplex_ros.wire.events import SayDone
from personaplex_ros.wire.events import SayWord


class Asked:
    """One text that a stage was asked to say, and the words it told of."""

    def __init__(self, stage: Stage, text: str, interrupt_first: bool = False) -> None:
        self.words: list[str] = []
        self.request = SayRequest(text, interrupt_first, self.words.append)
        self.end = asyncio.ensure_future(stage.conversation.say(self.request))


class Clock:
    """Stands for the module `time`: goes when it is told to, and counts who looked at it."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.looks = 0

    def monotonic(self) -> float:
        """Return what it shows."""
        self.looks += 1
        return self.now_s


async def ask(stage: Stage, text: str, interrupt_first: bool = False) -> tuple[Asked, int]:
    """Ask for a text; return it and its id once the engine has heard of it."""
    before = len(stage.engine.says)
    asked = Asked(stage, text, interrupt_first)
    await stage.until(lambda: len(stage.engine.says) > before, 'for the engine to hear of it')
    return asked, stage.engine.says[-1][0]


@on_a_loop
async def test_a_text_ends_with_what_was_spoken_and_tells_every_word():
    async with live_stage() as stage:
        asked, number = await ask(stage, 'room 204B, please')
        assert stage.engine.says == [(number, 'room 204B, please', False)]
        for frame, word in enumerate(('room', '204B,', 'please')):
            stage.engine.line.tell(SayWord(number, word, frame))
        stage.engine.line.tell(SayDone(number, 'room 204B, please', 'finished', 9))
        assert await asked.end == Spoken('room 204B, please', 'finished', '')
        assert asked.words == ['room', '204B,', 'please']


@pytest.mark.parametrize(
    ('reason', 'why'),
    [
        ('interrupt', 'interrupted'),
        ('user_speech', 'the user began to speak'),
        ('cancelled', 'cancelled'),
        ('persona', 'another persona'),
        ('failed', 'the engine failed'),
        ('something new', 'the engine ended it: something new'),
    ],
)
@on_a_loop
async def test_a_text_that_was_cut_short_says_why(reason, why):
    async with live_stage() as stage:
        asked, number = await ask(stage, 'a b c')
        stage.engine.line.tell(SayDone(number, 'a', reason, 9))
        spoken = await asked.end
        assert (spoken.text, spoken.reason) == ('a', reason)
        assert why in spoken.message


@on_a_loop
async def test_a_cancelled_text_is_cancelled_in_the_engine_and_ends_as_it_tells():
    async with live_stage() as stage:
        asked, number = await ask(stage, 'a b c')
        other, _ = await ask(stage, 'd')
        await stage.conversation.cancel_say(asked.request)
        assert stage.engine.cancelled_says == [number]
        assert not asked.end.done()
        stage.engine.line.tell(SayDone(number, 'a', 'cancelled', 9))
        assert (await asked.end).text == 'a'
        await stage.conversation.cancel_say(asked.request)
        assert stage.engine.cancelled_says == [number], 'it is over'
        assert not other.end.done()
        other.end.cancel()


@on_a_loop
async def test_texts_in_a_row_are_told_apart():
    async with live_stage() as stage:
        first, one = await ask(stage, 'a')
        second, two = await ask(stage, 'b')
        assert one != two
        stage.engine.line.tell(SayDone(two, 'b', 'finished', 9))
        stage.engine.line.tell(SayDone(one, 'a', 'finished', 9))
        assert (await second.end).text == 'b'
        assert (await first.end).text == 'a'


@on_a_loop
async def test_an_interrupt_before_a_text_voids_what_was_queued_and_silences_what_is_under_way():
    async with live_stage() as stage:
        asked, number = await ask(stage, 'stop', interrupt_first=True)
        assert stage.engine.says[-1][2]
        assert stage.notes.cuts == [(1, True)]
        await stage.heard_and_answered(1)
        stage.engine.line.tell(Interrupted(number, 1))
        await stage.heard_and_answered(1)
        assert [silenced for _, _, silenced in stage.notes.frames] == [True, False]
        asked.end.cancel()


@on_a_loop
async def test_the_first_word_ends_the_silence_of_an_engine_that_tells_of_no_interrupt():
    async with live_stage() as stage:
        asked, number = await ask(stage, 'stop', interrupt_first=True)
        stage.engine.line.tell(SayWord(number, 'stop', 0))
        await stage.heard_and_answered(1)
        assert [silenced for _, _, silenced in stage.notes.frames] == [False]
        asked.end.cancel()


@on_a_loop
async def test_a_refused_text_ends_with_the_engines_reason():
    async with live_stage() as stage:
        asked, number = await ask(stage, 'x')
        stage.engine.line.tell(Fault('busy', '4 texts wait already', fatal=False, id=number))
        assert await asked.end == Spoken('', 'busy', '4 texts wait already')
        assert stage.notes.faults == [], 'who asked was told; the log need not be'


@on_a_loop
async def test_an_engine_that_does_not_know_say_is_told_in_plain_words():
    async with live_stage() as stage:
        asked, number = await ask(stage, 'x')
        fault = Fault('unsupported', 'say is not served', fatal=False, id=number)
        stage.engine.line.tell(fault)
        spoken = await asked.end
        assert spoken.reason == 'unsupported'
        assert 'takes no text to say' in spoken.message


@on_a_loop
async def test_an_engine_that_is_lost_ends_the_text_without_the_word_it_was_in():
    async with live_stage() as stage:
        asked, number = await ask(stage, 'one two three')
        for word in ('one', 'two'):
            stage.engine.line.tell(SayWord(number, word, 0))
        stage.engine.line.hang_up()
        spoken = await asked.end
        assert (spoken.text, spoken.reason) == ('one', 'lost')
        assert 'lost' in spoken.message


@on_a_loop
async def test_a_connection_that_breaks_while_asking_ends_the_text():
    async with live_stage() as stage:
        stage.engine.line.broken = BackendError('lost', 'no connection')
        assert await stage.conversation.say(SayRequest('x')) == Spoken('', 'lost', 'no connection')


@on_a_loop
async def test_an_engine_that_never_answers_is_given_up_and_told_to_stop(monkeypatch):
    monkeypatch.setattr(says, 'QUIET_S', 0.05)
    async with live_stage() as stage:
        asked, number = await ask(stage, 'x')
        spoken = await asked.end
        assert spoken.reason == 'timeout'
        assert 'did not go on with it for 0.05 s' in spoken.message
        assert stage.engine.cancelled_says == [number]


@on_a_loop
async def test_a_text_may_wait_as_long_as_the_engine_tells_of_the_one_before_it(monkeypatch):
    monkeypatch.setattr(says, 'QUIET_S', 0.02)
    monkeypatch.setattr(says, 'time', clock := Clock())
    async with live_stage() as stage:
        first, one = await ask(stage, 'many words')
        second, two = await ask(stage, 'later')
        for told in range(1, 9):
            clock.now_s += 0.015
            stage.engine.line.tell(SayWord(one, 'word', 0))
            await stage.until(lambda: len(first.words) == told, 'for the word')  # noqa: B023
            looks = clock.looks
            await stage.until(lambda: clock.looks >= looks + 4, 'for both to look')  # noqa: B023
        assert not first.end.done() and not second.end.done()
        stage.engine.line.tell(SayDone(two, 'later', 'finished', 9))
        assert (await second.end).reason == 'finished'
        first.end.cancel()


@on_a_loop
async def test_a_word_that_is_read_out_as_many_takes_the_time_it_takes(monkeypatch):
    monkeypatch.setattr(says, 'QUIET_S', 0.02)
    monkeypatch.setattr(says, 'time', clock := Clock())
    async with live_stage() as stage:
        stage.engine.answering = False
        asked, number = await ask(stage, '+49 30 12345678')
        for frame in range(8):
            clock.now_s += 0.015
            stage.hear()
            stage.engine.line.answer(frame, piece=' one')
            await stage.until(lambda: stage.ledger.frames_out == frame + 1, 'for it')  # noqa: B023
            looks = clock.looks
            await stage.until(lambda: clock.looks >= looks + 2, 'for a look')  # noqa: B023
        assert not asked.end.done()
        stage.engine.line.tell(SayDone(number, '+49 30 12345678', 'finished', 9))
        assert (await asked.end).reason == 'finished'


@on_a_loop
async def test_an_answer_after_the_end_changes_nothing(monkeypatch):
    monkeypatch.setattr(says, 'QUIET_S', 0.02)
    async with live_stage() as stage:
        asked, number = await ask(stage, 'x')
        await asked.end
        stage.engine.line.tell(SayWord(number, 'x', 0))
        stage.engine.line.tell(SayDone(number, 'x', 'finished', 0))
        stage.engine.line.tell(SayDone(99, 'x', 'finished', 0))
        await stage.heard_and_answered(1)
        assert asked.words == []


@on_a_loop
async def test_without_an_engine_or_inactive_it_fails_at_once_and_says_so():
    async with Stage(active=False) as stage:
        spoken = await stage.conversation.say(SayRequest('x'))
        assert (spoken.reason, 'activate it first' in spoken.message) == ('inactive', True)
    async with Stage() as stage:
        stage.engine.door.clear()
        spoken = await stage.conversation.say(SayRequest('x'))
        assert (spoken.reason, 'no engine is connected' in spoken.message) == ('away', True)


@on_a_loop
async def test_a_deactivation_ends_what_is_being_said_here_and_in_the_engine():
    async with live_stage() as stage:
        asked, number = await ask(stage, 'one two')
        await stage.conversation.deactivate()
        assert (await asked.end).reason == 'inactive'
        assert stage.engine.cancelled_says == [number]


@on_a_loop
async def test_a_persona_may_keep_the_memory_of_the_conversation():
    async with live_stage() as stage:
        await stage.conversation.set_persona(PILOT, keep_memory=True)
        await stage.conversation.set_persona(PILOT)
        assert stage.engine.memories == [True, False]
