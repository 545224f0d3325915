# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A conversation tells its engine what the persona should know, and nothing twice."""

import pytest
from stage import live_stage
from stage import on_a_loop
from stage import PILOT
from stage import Stage

from personaplex_ros.backends.base import BackendError
from personaplex_ros.conversation import briefing
from personaplex_ros.wire.events import Rebuilt


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(briefing, 'LOOK_S', 0.002)


async def told(stage: Stage, *contexts: tuple[tuple[str, ...], bool]) -> None:
    """Wait until exactly this has been told, and a while after nothing more."""
    wanted = list(contexts)
    await stage.until(lambda: len(stage.engine.contexts) >= len(wanted), f'for {wanted}')
    await stage.heard_and_answered(5)
    assert stage.engine.contexts == wanted


@on_a_loop
async def test_facts_are_told_once_and_cause_no_rebuild():
    async with live_stage() as stage:
        stage.conversation.know('tools', 'It rains.')
        await told(stage, (('It rains.',), False))
        stage.conversation.know('tools', 'It rains.')
        stage.conversation.know('mind', 'It opens at nine.')
        await told(stage, (('It rains.',), False), (('It rains.', 'It opens at nine.'), False))


@on_a_loop
async def test_what_is_withdrawn_is_told_too():
    async with live_stage() as stage:
        stage.conversation.know('tools', 'It rains.')
        await told(stage, (('It rains.',), False))
        stage.conversation.know('tools', '')
        await told(stage, (('It rains.',), False), ((), False))


@on_a_loop
async def test_new_facts_are_worth_a_rebuild_where_that_is_asked_for_but_not_each_one():
    async with live_stage(context_rebuild_s=3600.0) as stage:
        stage.conversation.know('tools', 'It rains.')
        await told(stage, (('It rains.',), True))
        stage.conversation.know('tools', 'It rains.\nIt stopped.')
        await told(stage, (('It rains.',), True), (('It rains.', 'It stopped.'), False))


@on_a_loop
async def test_the_rebuild_is_asked_for_once_its_time_has_come():
    async with live_stage(context_rebuild_s=0.05) as stage:
        stage.conversation.know('tools', 'One.')
        await told(stage, (('One.',), True))
        stage.conversation.know('tools', 'One.\nTwo.')
        await stage.until(lambda: (('One.', 'Two.'), True) in stage.engine.contexts, 'the rebuild')


@on_a_loop
async def test_what_is_withdrawn_is_no_reason_to_rebuild():
    async with live_stage(context_rebuild_s=0.001) as stage:
        stage.conversation.know('tools', 'One.\nTwo.')
        await told(stage, (('One.', 'Two.'), True))
        stage.conversation.know('tools', 'Two.')
        await told(stage, (('One.', 'Two.'), True), (('Two.',), False))


@on_a_loop
async def test_a_new_engine_is_told_what_the_lost_one_knew():
    async with live_stage() as stage:
        stage.conversation.know('tools', 'It rains.')
        await told(stage, (('It rains.',), False))
        stage.engine.line.hang_up()
        await told(stage, (('It rains.',), False), (('It rains.',), False))


@on_a_loop
async def test_another_persona_without_memory_is_told_nothing_of_before():
    async with live_stage() as stage:
        stage.conversation.know('tools', 'It rains.')
        await told(stage, (('It rains.',), False))
        await stage.conversation.set_persona(PILOT)
        stage.conversation.know('tools', 'It rains.\nIt stopped.')
        await stage.until(lambda: stage.engine.contexts[-1] == (('It stopped.',), False), 'it')


@on_a_loop
async def test_another_persona_with_memory_keeps_it():
    async with live_stage() as stage:
        stage.conversation.know('tools', 'It rains.')
        await told(stage, (('It rains.',), False))
        await stage.conversation.set_persona(PILOT, keep_memory=True)
        await told(stage, (('It rains.',), False))
        assert stage.conversation.briefing.known == 1


@on_a_loop
async def test_a_persona_chosen_while_no_engine_is_there_forgets_too():
    stage = Stage()
    stage.engine.refusals.extend([BackendError('unreachable', 'away')] * 1_000)
    async with stage:
        stage.conversation.know('tools', 'It rains.')
        assert await stage.conversation.set_persona(PILOT) is None
        assert stage.conversation.briefing.known == 0


@on_a_loop
async def test_a_busy_engine_is_told_again():
    async with live_stage() as stage:
        stage.engine.context_fault = 'busy'
        stage.conversation.know('tools', 'It rains.')
        await told(stage, (('It rains.',), False), (('It rains.',), False))
        assert stage.notes.faults == []


@on_a_loop
async def test_what_is_withdrawn_from_a_busy_engine_is_withdrawn_again():
    async with live_stage() as stage:
        stage.conversation.know('tools', 'It rains.')
        await told(stage, (('It rains.',), False))
        stage.engine.context_fault = 'busy'
        stage.conversation.know('tools', '')
        await told(stage, (('It rains.',), False), ((), False), ((), False))


@pytest.mark.parametrize('code', ['bad_message', 'unsupported'])
@on_a_loop
async def test_an_engine_that_does_not_know_the_message_is_named_once(code):
    async with live_stage() as stage:
        stage.engine.context_fault = code
        stage.conversation.know('tools', 'It rains.')
        await stage.until(lambda: stage.notes.faults, 'for the warning')
        stage.conversation.know('tools', 'It rains.\nIt stopped.')
        await told(stage, (('It rains.',), False))
        assert [fault[0] for fault in stage.notes.faults] == ['unsupported']
        assert 'takes no facts' in stage.conversation.briefing.problem
        assert stage.ledger.engine_errors == 0


@on_a_loop
async def test_a_server_that_takes_no_facts_is_named_once_through_every_reconnect():
    async with live_stage() as stage:
        stage.engine.takes_facts = False
        stage.conversation.know('tools', 'It rains.')
        await stage.until(lambda: stage.notes.faults, 'for the warning')
        stage.engine.line.hang_up()
        await stage.until(lambda: stage.engine.opened == 2, 'for another connection')
        await stage.live()
        await stage.heard_and_answered(5)
        assert [f for f in stage.notes.faults if f[0] == 'unsupported'] == [
            ('unsupported', 'this server takes no facts')
        ]


@on_a_loop
async def test_what_stands_in_the_prompt_is_known_from_the_engine():
    async with live_stage() as stage:
        assert stage.conversation.briefing.in_prompt == 0
        stage.engine.line.tell(Rebuilt(3, 50, 20, 4.0, facts=2))
        await stage.until(lambda: stage.conversation.briefing.in_prompt == 2, 'for the number')
        stage.engine.line.hang_up()
        await stage.until(lambda: stage.conversation.briefing.in_prompt == 0, 'for a new prompt')
