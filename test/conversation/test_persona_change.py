# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Changing the persona: in place when told so, refused without harm, kept over a lost engine."""

import asyncio

import pytest
from stage import live_stage
from stage import on_a_loop
from stage import PILOT
from stage import Stage
from stage import TEACHER

from personaplex_ros.backends.base import BackendError
from personaplex_ros.conversation.state import State


@on_a_loop
async def test_a_new_persona_is_told_with_its_voice_and_cuts_the_old_ones_speech():
    async with live_stage() as stage:
        ms = await stage.conversation.set_persona(PILOT)
        assert ms >= 0
        assert stage.engine.roles == [TEACHER.role, PILOT.role]
        assert stage.conversation.persona is PILOT
        told = stage.notes.statuses[-1]
        assert (told.state, told.persona, told.voice) == (State.LIVE, 'pilot', 'NATM1')
        assert stage.notes.cuts == [(1, False)]


@on_a_loop
async def test_a_refused_persona_keeps_the_old_one_talking():
    async with live_stage() as stage:
        stage.engine.role_fault = 'prompt_too_long'
        with pytest.raises(BackendError, match='refused: prompt_too_long') as refusal:
            await stage.conversation.set_persona(PILOT)
        assert refusal.value.code == 'prompt_too_long'
        assert stage.conversation.persona is TEACHER
        assert stage.notes.cuts == [], 'the old persona is not cut off'
        assert stage.notes.faults == [], 'who asked was told; it is no fault of the conversation'
        await stage.heard_and_answered(1)


@on_a_loop
async def test_a_persona_the_engine_never_answers_for_times_out_and_the_old_one_stays():
    async with live_stage(connect_timeout_s=0.05) as stage:
        stage.engine.obeying = False
        with pytest.raises(BackendError, match=r'within 0\.05 s'):
            await stage.conversation.set_persona(PILOT)
        assert stage.conversation.persona is TEACHER


@on_a_loop
async def test_a_persona_request_fails_when_the_engine_is_lost_before_its_answer():
    async with live_stage() as stage:
        stage.engine.obeying = False
        request = asyncio.ensure_future(stage.conversation.set_persona(PILOT))
        await stage.until(lambda: len(stage.engine.roles) == 2)
        stage.engine.line.hang_up()
        with pytest.raises(BackendError, match='lost before it answered'):
            await request
        await stage.until(lambda: stage.engine.opened == 2)
        assert stage.engine.roles[-1] == TEACHER.role


@on_a_loop
async def test_a_persona_set_while_no_engine_is_there_is_the_one_it_is_prompted_with():
    stage = Stage()
    stage.engine.refusals.extend([BackendError('unreachable', 'nobody')] * 3)
    async with stage:
        await stage.until(lambda: stage.engine.attempts == 1)
        assert await stage.conversation.set_persona(PILOT) is None
        assert stage.notes.statuses[-1].persona == 'pilot'
        await stage.live()
        assert stage.engine.roles == [PILOT.role]


@on_a_loop
async def test_a_persona_set_while_the_engine_is_being_prompted_takes_over():
    stage = Stage()
    stage.engine.door.clear()
    async with stage:
        await stage.until(lambda: stage.engine.attempts == 1)
        await stage.conversation.set_persona(PILOT)
        stage.engine.door.set()
        await stage.live()
        await stage.until(lambda: stage.engine.roles[-1] == PILOT.role, 'for the new role')
        assert stage.notes.statuses[-1].persona == 'pilot'


@on_a_loop
async def test_the_persona_outlives_a_lost_engine():
    async with live_stage() as stage:
        await stage.conversation.set_persona(PILOT)
        stage.engine.line.hang_up()
        await stage.until(lambda: stage.engine.opened == 2)
        assert stage.engine.roles[-1] == PILOT.role


@on_a_loop
async def test_a_voice_unknown_at_reconnect_falls_back_to_the_persona_that_worked():
    async with live_stage() as stage:
        stage.engine.refusals.extend(
            [BackendError('unreachable', 'away'), BackendError('unknown_voice', 'no NATM1')]
        )
        stage.engine.door.clear()
        stage.engine.line.hang_up()
        await stage.until(lambda: stage.engine.attempts == 2)
        assert await stage.conversation.set_persona(PILOT) is None
        stage.engine.door.set()
        await stage.until(lambda: stage.engine.opened == 2, 'to be back')
        await stage.live()
        assert stage.engine.roles[-1] == TEACHER.role
        assert stage.conversation.persona is TEACHER
        assert stage.notes.statuses[-1].persona == 'teacher'
        assert ('unknown_voice', 'no NATM1') in stage.notes.faults


@on_a_loop
async def test_a_first_persona_with_an_unknown_voice_is_told_and_tried_again():
    stage = Stage()
    stage.engine.refusals.extend([BackendError('unknown_voice', 'no NATF2')] * 2)
    async with stage:
        await stage.live()
        assert stage.notes.faults == [('unknown_voice', 'no NATF2')] * 2
        assert any(status.detail == 'no NATF2' for status in stage.notes.statuses)
        assert stage.engine.roles == [TEACHER.role]
