# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""An interrupt silences at once what is already under way, whatever the engine does."""

from stage import live_stage
from stage import on_a_loop
from stage import Stage

from personaplex_ros.backends.base import BackendError
from personaplex_ros.wire.events import Fault


@on_a_loop
async def test_an_interrupt_raises_the_epoch_and_cuts_before_the_engine_knows():
    async with live_stage() as stage:
        stage.engine.obeying = False
        before = stage.conversation.epoch
        assert await stage.conversation.interrupt() == before + 1
        assert stage.notes.cuts[-1] == (before + 1, True)
        assert stage.engine.interrupts == [1]


@on_a_loop
async def test_frames_under_way_are_silenced_until_the_engine_has_heard_of_it():
    async with live_stage() as stage:
        stage.engine.obeying = stage.engine.answering = False
        stage.hear(3)
        await stage.until(lambda: stage.engine.line.sent == 3)
        stage.engine.line.answer(0)
        await stage.until(lambda: stage.ledger.frames_out == 1)
        epoch = await stage.conversation.interrupt()
        stage.engine.line.answer(1, ' late word')
        stage.engine.line.obey(stage.engine.interrupts[0])
        stage.engine.line.answer(2)
        await stage.until(lambda: stage.ledger.frames_out == 3)
        assert [silenced for _, _, silenced in stage.notes.frames] == [False, True, False]
        assert [e for _, e, _ in stage.notes.frames] == [epoch - 1, epoch, epoch]


@on_a_loop
async def test_the_answer_to_an_older_interrupt_does_not_end_the_silence_of_a_newer_one():
    async with live_stage() as stage:
        stage.engine.obeying = False
        await stage.conversation.interrupt()
        await stage.conversation.interrupt()
        first, second = stage.engine.interrupts
        stage.engine.line.obey(first)
        await stage.heard_and_answered(1)
        stage.engine.line.obey(second)
        await stage.heard_and_answered(1)
        assert [silenced for _, _, silenced in stage.notes.frames] == [True, False]


@on_a_loop
async def test_an_interrupt_that_the_engine_refuses_does_not_silence_it_for_ever():
    async with live_stage() as stage:
        stage.engine.obeying = False
        await stage.conversation.interrupt()
        request = stage.engine.interrupts[0]
        stage.engine.line.tell(Fault('unsupported', 'no', fatal=False, id=request))
        await stage.heard_and_answered(1)
        assert stage.notes.frames[-1][2] is False
        assert stage.notes.faults == [('unsupported', 'no')]


@on_a_loop
async def test_an_interrupt_that_is_never_answered_does_not_silence_it_for_ever(monkeypatch):
    async with live_stage() as stage:
        stage.engine.obeying = False
        await stage.conversation.interrupt()
        await stage.heard_and_answered(1)
        assert stage.notes.frames[-1][2] is True
        monkeypatch.setattr('personaplex_ros.conversation.link.INTERRUPT_ANSWER_S', 0.0)
        await stage.heard_and_answered(1)
        assert stage.notes.frames[-1][2] is False


@on_a_loop
async def test_an_interrupt_answers_while_no_engine_is_there():
    stage = Stage()
    stage.engine.door.clear()
    async with stage:
        await stage.until(lambda: stage.engine.attempts == 1)
        assert await stage.conversation.interrupt() == 1
        assert stage.notes.cuts == [(1, True)]


@on_a_loop
async def test_an_interrupt_answers_while_the_engine_is_just_being_lost():
    async with live_stage() as stage:
        before = stage.conversation.epoch
        stage.engine.line.broken = BackendError('lost', 'pipe broke')
        assert await stage.conversation.interrupt() == before + 1


@on_a_loop
async def test_a_lost_engine_cuts_what_was_queued_and_its_successor_is_not_silenced():
    async with live_stage() as stage:
        stage.engine.obeying = False
        await stage.conversation.interrupt()
        stage.engine.line.hang_up()
        await stage.until(lambda: stage.engine.opened == 2)
        await stage.live()
        assert stage.notes.cuts == [(1, True), (2, False)], 'nobody interrupted it'
        await stage.heard_and_answered(1)
        assert stage.notes.frames[-1][1:] == (2, False)


@on_a_loop
async def test_a_deactivation_cuts_what_was_queued_and_is_no_interrupt():
    async with live_stage() as stage:
        await stage.conversation.deactivate()
        assert stage.notes.cuts == [(1, False)]
