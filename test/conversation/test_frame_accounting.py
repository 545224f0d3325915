# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Every frame heard is answered, dropped and counted, or in flight, whatever happens."""

import asyncio

from stage import live_stage
from stage import on_a_loop
from stage import Stage

from personaplex_ros.backends.base import BackendError
from personaplex_ros.conversation.state import State
from personaplex_ros.wire.events import Rebuilt


@on_a_loop
async def test_every_frame_of_a_healthy_conversation_is_answered():
    async with live_stage() as stage:
        await stage.heard_and_answered(20)
        assert stage.balance() == (20, 20, 0, 0)
        assert len(stage.notes.frames) == 20
        assert [f.report.input_frame for f, _, _ in stage.notes.frames] == list(range(20))


@on_a_loop
async def test_a_frame_the_engine_skips_counts_as_dropped_once_a_later_one_is_answered():
    async with live_stage() as stage:
        stage.engine.skip = {1, 2}
        stage.hear(3)
        await stage.until(lambda: stage.engine.line.sent == 3)
        await stage.until(lambda: stage.ledger.frames_out == 1)
        assert stage.balance() == (3, 1, 0, 2)
        stage.hear()
        await stage.until(lambda: stage.ledger.frames_out == 2)
        assert stage.balance() == (4, 2, 2, 0)


@on_a_loop
async def test_a_stalled_engine_is_sent_no_more_than_may_be_in_flight():
    async with live_stage(max_frames_in_flight=2, max_frames_waiting=3) as stage:
        stage.engine.answering = False
        stage.hear(2)
        await stage.until(lambda: stage.engine.line.sent == 2)
        stage.hear(3)
        for _ in range(10):
            await asyncio.sleep(0)  # a turn of the loop in which they could be sent
        assert stage.engine.line.sent == 2
        assert stage.balance() == (5, 0, 0, 5)


@on_a_loop
async def test_behind_a_stalled_engine_the_oldest_frames_are_dropped_and_the_newest_kept():
    async with live_stage(max_frames_in_flight=1, max_frames_waiting=2) as stage:
        stage.engine.answering = False
        for _ in range(10):
            stage.hear()
            await asyncio.sleep(0)
        await stage.until(lambda: stage.engine.line.sent == 1)
        assert stage.ledger.frames_dropped >= 7
        assert 1 <= stage.ledger.frames_in_flight <= 3, 'one at the engine, at most two waiting'
        stage.engine.answering = True
        stage.engine.line.answer(0)
        await stage.until(lambda: stage.ledger.frames_in_flight == 0)
        assert sum(stage.balance()[1:]) == 10


@on_a_loop
async def test_ten_seconds_at_once_are_bounded_and_counted():
    async with live_stage() as stage:
        stage.hear(125)
        await stage.until(lambda: stage.ledger.frames_in_flight == 0)
        frames_in, frames_out, dropped, _ = stage.balance()
        assert frames_in == 125
        assert frames_out + dropped == 125
        assert 1 <= frames_out <= 3, 'only what is nearly live is worth an answer'


@on_a_loop
async def test_an_engine_lost_midway_leaves_no_frame_uncounted():
    async with live_stage() as stage:
        await stage.heard_and_answered(3)
        stage.engine.answering = False
        stage.hear(3)
        await stage.until(lambda: stage.engine.line.sent == 6)
        stage.engine.line.hang_up()
        await stage.until(lambda: stage.engine.opened == 2)
        assert stage.balance() == (6, 3, 3, 0)
        stage.engine.answering = True
        await stage.live()
        await stage.heard_and_answered(4)
        assert stage.balance() == (10, 7, 3, 0)
        assert stage.ledger.reconnects == 1


@on_a_loop
async def test_an_engine_that_breaks_while_a_frame_is_sent_leaves_no_frame_uncounted():
    async with live_stage() as stage:
        stage.engine.line.broken = BackendError('lost', 'pipe broke')
        stage.hear(2)
        await stage.until(lambda: stage.engine.opened == 2)
        assert stage.balance() == (2, 0, 2, 0)


@on_a_loop
async def test_frames_heard_without_an_engine_are_dropped_at_once():
    stage = Stage()
    stage.engine.door.clear()
    async with stage:
        await stage.until(lambda: stage.engine.attempts == 1)
        stage.hear(4)
        assert stage.balance() == (4, 0, 4, 0)


@on_a_loop
async def test_an_answer_that_comes_twice_is_counted_once():
    async with live_stage() as stage:
        await stage.heard_and_answered(1)
        stage.engine.line.answer(0)
        await stage.heard_and_answered(1)
        assert stage.balance() == (2, 2, 0, 0)
        assert len(stage.notes.frames) == 2


@on_a_loop
async def test_an_answer_to_a_frame_nobody_sent_is_not_counted():
    async with live_stage() as stage:
        for nonsense in (-1, 999):
            stage.engine.line.answer(nonsense)
        await stage.heard_and_answered(1)
        assert stage.balance() == (1, 1, 0, 0)


@on_a_loop
async def test_deactivate_waits_for_the_answers_to_what_was_heard():
    async with live_stage() as stage:
        stage.engine.answering = False
        stage.hear(2)
        await stage.until(lambda: stage.engine.line.sent == 2)
        closing = asyncio.ensure_future(stage.conversation.deactivate())
        await asyncio.sleep(0)
        assert not closing.done()
        stage.engine.line.answer(0)
        stage.engine.line.answer(1)
        await closing
        assert stage.balance() == (2, 2, 0, 0)
        assert stage.state is State.IDLE


@on_a_loop
async def test_deactivate_counts_what_a_stalled_engine_does_not_answer():
    async with live_stage() as stage:
        stage.engine.answering = False
        stage.hear(6)
        await stage.conversation.deactivate()
        frames_in, frames_out, dropped, in_flight = stage.balance()
        assert (frames_in, frames_out, dropped, in_flight) == (6, 0, 6, 0)


@on_a_loop
async def test_what_is_heard_while_inactive_is_not_counted_and_not_sent():
    async with live_stage() as stage:
        await stage.conversation.deactivate()
        stage.hear(5)
        stage.conversation.activate()
        await stage.heard_and_answered(1)
        assert stage.balance() == (1, 1, 0, 0)
        assert stage.engine.line.sent == 1


@on_a_loop
async def test_a_late_answer_does_not_disturb_the_counters_of_a_new_activation():
    async with live_stage() as stage:
        stage.engine.answering = False
        stage.hear(2)
        await stage.conversation.deactivate()
        stage.conversation.activate()
        stage.engine.line.answer(0)
        stage.engine.line.answer(1)
        stage.engine.answering = True
        await stage.heard_and_answered(2)
        assert stage.balance() == (2, 2, 0, 0)


@on_a_loop
async def test_overhead_is_measured_without_the_models_own_time():
    async with live_stage() as stage:
        await stage.heard_and_answered(5)
        assert stage.ledger.model_ms.spread().p50 == 2.0
        overhead = stage.ledger.overhead_ms.spread()
        assert -2.0 <= overhead.p50 <= overhead.max


@on_a_loop
async def test_rebuilds_are_counted():
    async with live_stage() as stage:
        stage.engine.line.tell(Rebuilt(frame=5, positions=300, prompt_positions=90, ms=40.0))
        await stage.until(lambda: stage.ledger.rebuilds == 1)
        assert stage.state is State.LIVE
