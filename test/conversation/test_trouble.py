# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Engines that are away, busy, lost or talk nonsense: states, backoff, and no end of it."""

import asyncio
import random
from types import SimpleNamespace

import pytest
from stage import live_stage
from stage import on_a_loop
from stage import Stage

from personaplex_ros.backends.base import BackendError
from personaplex_ros.conversation import connection
from personaplex_ros.conversation import stall
from personaplex_ros.conversation.state import State
from personaplex_ros.wire.events import Fault


def away(count: int = 1) -> list[BackendError]:
    """Return refusals of an engine that is not there."""
    return [BackendError('unreachable', 'no engine')] * count


@pytest.fixture
def waits(monkeypatch) -> list[float]:
    """Collect how long the conversation would back off; nobody sleeps that long."""
    collected: list[float] = []

    async def note(seconds: float) -> None:
        collected.append(seconds)
        await asyncio.sleep(0)

    there = SimpleNamespace(**{**vars(asyncio), 'sleep': note})
    monkeypatch.setattr(connection, 'asyncio', there)
    monkeypatch.setattr(random, 'uniform', lambda low, high: 1.0)
    return collected


@on_a_loop
async def test_connecting_becomes_live():
    async with live_stage() as stage:
        assert stage.notes.states == [State.IDLE, State.CONNECTING, State.LIVE]
        assert stage.notes.voices == ['NATF2', 'NATM1']
        told = stage.notes.statuses[-1]
        assert (told.backend, told.model) == ('memory://engine', 'scripted')
        assert told.detail == ''


@on_a_loop
async def test_an_engine_that_was_reached_and_takes_its_time_is_warming():
    stage = Stage()
    stage.engine.door.clear()
    async with stage:
        await stage.until(lambda: stage.state is State.CONNECTING)
        stage.engine.reached = True
        await stage.until(lambda: stage.state is State.WARMING)
        stage.engine.door.set()
        await stage.live()
        assert stage.notes.states == [State.IDLE, State.CONNECTING, State.WARMING, State.LIVE]


@on_a_loop
async def test_an_engine_that_refuses_at_once_is_never_warming():
    stage = Stage()
    stage.engine.reached = True
    stage.engine.refusals.extend(away(5))
    async with stage:
        await stage.live()
        assert State.WARMING not in stage.notes.states


@on_a_loop
async def test_an_engine_whose_model_loads_for_long_is_warming_and_never_down():
    stage = Stage(down_after_s=0.0)
    stage.engine.refusals.extend([BackendError('warming', 'the model is still loading')] * 3)
    async with stage:
        await stage.live()
        assert stage.notes.states == [State.IDLE, State.CONNECTING, State.WARMING, State.LIVE]
        assert stage.ledger.engine_errors == 0


@on_a_loop
async def test_an_engine_that_starts_again_and_loads_for_long_is_degraded():
    async with live_stage() as stage:
        stage.engine.refusals.extend([BackendError('warming', 'the model is still loading')] * 3)
        stage.engine.line.hang_up()
        await stage.until(lambda: stage.engine.opened == 2)
        await stage.live()
        assert stage.notes.states[-3:] == [State.LIVE, State.DEGRADED, State.LIVE]


@on_a_loop
async def test_an_engine_that_is_down_stays_down_until_somebody_is_there():
    stage = Stage(down_after_s=0.0)
    stage.engine.refusals.extend(away(1000))
    async with stage:
        await stage.until(lambda: stage.engine.attempts >= 4, 'for more attempts')
        stage.engine.refusals.clear()
        stage.engine.door.clear()
        stage.engine.reached = True
        await stage.until(lambda: stage.state is State.WARMING)
        stage.engine.door.set()
        await stage.live()
        assert stage.notes.states == [
            State.IDLE,
            State.CONNECTING,
            State.DOWN,
            State.WARMING,
            State.LIVE,
        ]


@on_a_loop
async def test_an_engine_that_comes_back_slowly_stays_degraded():
    async with live_stage() as stage:
        stage.engine.door.clear()
        stage.engine.reached = True
        stage.engine.line.hang_up()
        await stage.until(lambda: stage.engine.attempts == 2)
        stage.engine.door.set()
        await stage.live()
        assert State.WARMING not in stage.notes.states


@on_a_loop
async def test_a_conversation_that_is_not_active_says_idle_though_its_engine_is_there():
    async with Stage(active=False) as stage:
        await stage.until(lambda: stage.engine.opened == 1)
        await stage.until(lambda: stage.conversation.status.state is State.LIVE)
        assert stage.notes.states == [State.IDLE]
        stage.conversation.activate()
        assert stage.state is State.LIVE


@on_a_loop
async def test_an_engine_that_was_lost_is_degraded_and_back_is_live():
    async with live_stage() as stage:
        stage.engine.door.clear()
        stage.engine.line.hang_up()
        await stage.until(lambda: stage.state is State.DEGRADED)
        assert stage.notes.statuses[-1].detail == 'the engine is gone: lost'
        stage.engine.door.set()
        await stage.live()
        assert stage.notes.states[-2:] == [State.DEGRADED, State.LIVE]
        assert stage.ledger.engine_errors == 1
        assert stage.notes.faults == [('lost', 'the engine is gone: lost')]


@on_a_loop
async def test_an_engine_that_never_was_there_is_connecting_then_down():
    stage = Stage(down_after_s=0.05)
    stage.engine.refusals.extend(away(1000))
    async with stage:
        await stage.until(lambda: stage.state is State.DOWN)
        assert stage.notes.states == [State.IDLE, State.CONNECTING, State.DOWN]
        assert stage.notes.statuses[-1].detail == 'no engine'
        assert stage.ledger.engine_errors == 0, 'not there yet is no error'
        stage.engine.refusals.clear()
        await stage.live()


@on_a_loop
async def test_an_engine_lost_for_long_is_degraded_then_down():
    async with live_stage(down_after_s=0.05) as stage:
        stage.conversation._connection._lost_at_s -= 3600.0  # it has been live for an hour
        stage.engine.refusals.extend(away(1000))
        stage.engine.line.hang_up()
        await stage.until(lambda: stage.state is State.DOWN)
        assert stage.notes.states[-3:] == [State.LIVE, State.DEGRADED, State.DOWN]


@on_a_loop
async def test_a_busy_engine_is_tried_again_until_it_has_room():
    stage = Stage()
    stage.engine.refusals.extend([BackendError('busy', 'one session at a time')] * 3)
    async with stage:
        await stage.live()
        assert stage.engine.attempts == 4
        assert any(s.detail == 'one session at a time' for s in stage.notes.statuses)
        assert stage.ledger.engine_errors == 0


@on_a_loop
async def test_the_backoff_doubles_up_to_its_cap(waits):
    stage = Stage(backoff_min_s=0.3, backoff_max_s=2.0)
    stage.engine.refusals.extend(away(6))
    async with stage:
        await stage.live()
        assert waits == [0.3, 0.6, 1.2, 2.0, 2.0, 2.0]


@on_a_loop
async def test_the_backoff_begins_anew_after_a_connection_that_worked(waits):
    stage = Stage(backoff_min_s=0.3, backoff_max_s=2.0)
    stage.engine.refusals.extend(away(3))
    async with stage:
        await stage.live()
        waits.clear()
        stage.conversation._connection._linked_at_s -= 2.0
        stage.engine.refusals.extend(away(2))
        stage.engine.line.hang_up()
        await stage.until(lambda: stage.engine.opened == 2)
        assert waits == [0.3, 0.6, 1.2]


@on_a_loop
async def test_an_engine_that_takes_every_caller_and_loses_it_at_once_is_not_stormed(waits):
    async with live_stage(backoff_min_s=0.3, backoff_max_s=2.0) as stage:
        for attempt in range(1, 6):
            await stage.until(lambda so_far=attempt: stage.engine.opened == so_far)
            await stage.live()
            stage.engine.line.hang_up()
        await stage.until(lambda: len(waits) == 5)
        assert waits == [0.3, 0.6, 1.2, 2.0, 2.0]


@on_a_loop
async def test_the_backoff_is_scattered_so_that_robots_do_not_knock_together(monkeypatch):
    asked = []
    monkeypatch.setattr(random, 'uniform', lambda low, high: asked.append((low, high)) or 1.0)
    stage = Stage()
    stage.engine.refusals.extend(away(1))
    async with stage:
        await stage.live()
    ((low, high),) = asked
    assert low < 1.0 < high


@on_a_loop
async def test_every_backend_is_closed_before_the_next_is_made():
    stage = Stage()
    made = []

    def connect():
        assert all(backend.closed for backend in made)
        made.append(stage.engine.connect())
        return made[-1]

    stage.conversation._connection._connect = connect
    stage.engine.refusals.extend(away(2))
    async with stage:
        await stage.live()
        stage.engine.line.hang_up()
        await stage.until(lambda: stage.engine.opened == 2)
    assert len(made) == 4
    assert all(backend.closed for backend in made)


@on_a_loop
async def test_a_fault_about_nothing_we_asked_is_told_and_counted_and_the_talk_goes_on():
    async with live_stage() as stage:
        stage.engine.line.tell(Fault('bad_message', 'what?', fatal=False))
        await stage.heard_and_answered(1)
        assert stage.notes.faults == [('bad_message', 'what?')]
        assert stage.ledger.engine_errors == 1
        assert stage.state is State.LIVE


@on_a_loop
async def test_an_exception_nobody_foresaw_is_told_and_the_engine_is_tried_again():
    async with live_stage() as stage:
        first = stage.engine.line
        first.tell(object())  # nothing any backend should yield, and nothing that may end it all
        first.broken = ZeroDivisionError('not foreseen')
        stage.hear(2)
        await stage.until(lambda: stage.engine.opened == 2, 'for a second connection')
        await stage.live()
        assert stage.notes.faults
        await stage.heard_and_answered(1)
        assert stage.balance() == (3, 1, 2, 0)


@on_a_loop
async def test_a_stalled_engine_is_degraded_and_live_again_with_its_next_answer(monkeypatch):
    monkeypatch.setattr(stall, 'STALLED_AFTER_S', 0.05)
    monkeypatch.setattr(stall, 'LOOK_S', 0.01)
    async with live_stage() as stage:
        await stage.heard_and_answered(1)
        stage.engine.answering = False
        stage.hear()
        await stage.until(lambda: stage.state is State.DEGRADED, 'to be degraded')
        assert 'has not answered' in stage.notes.statuses[-1].detail
        assert stage.engine.opened == 1, 'it stays connected'
        stage.engine.line.answer(1)
        await stage.live()
        assert stage.balance() == (2, 2, 0, 0)


@on_a_loop
async def test_an_engine_that_has_nothing_to_answer_is_not_stalled(monkeypatch):
    monkeypatch.setattr(stall, 'STALLED_AFTER_S', 0.02)
    monkeypatch.setattr(stall, 'LOOK_S', 0.005)
    async with live_stage() as stage:
        await stage.heard_and_answered(1)
        checks = 0
        watch = asyncio.sleep

        async def counted(seconds: float) -> None:
            nonlocal checks
            checks += seconds == 0.005
            await watch(seconds)

        monkeypatch.setattr(asyncio, 'sleep', counted)
        await stage.until(lambda: checks == 10, 'ten looks at it')
        assert stage.state is State.LIVE


@pytest.mark.parametrize('moment', ['opening', 'waiting to try again', 'live', 'stalled'])
@on_a_loop
async def test_cancelling_ends_it_at_once(moment):
    stage = Stage(backoff_min_s=60.0, backoff_max_s=60.0)
    if moment == 'opening':
        stage.engine.door.clear()
    elif moment == 'waiting to try again':
        stage.engine.refusals.extend(away(1))
    stage.engine.answering = moment != 'stalled'
    async with stage:
        await stage.until(lambda: stage.engine.attempts == 1)
        if moment in ('live', 'stalled'):
            await stage.live()
            stage.hear(3)
    assert stage.task.cancelled()
