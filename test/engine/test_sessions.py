# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Several callers, and personas that are prepared while others talk: nano behind real sockets."""

import asyncio
import itertools

from fake_model import FakeModel
from harness import Caller
from harness import engine
from harness import frame
from harness import in_loop
from harness import PROTOCOL_1
from harness import SEEDED
import numpy as np
import pytest

from personaplex_ros.engine.inbox import Inbox
from personaplex_ros.engine.ledger import Ledger
from personaplex_ros.engine.loader import load_model
from personaplex_ros.engine.model_loop import ModelLoop
from personaplex_ros.engine.order import Order
from personaplex_ros.engine.query import ChatQuery
from personaplex_ros.engine.settings import ServeSettings
from personaplex_ros.engine.slices import FIRST_SLICE_POSITIONS
from personaplex_ros.model.lm import LanguageModel
from personaplex_ros.model.personaplex import PersonaPlex
from personaplex_ros.wire import events
from personaplex_ros.wire.messages import Kind

LONG = ' '.join(f'You know room {number}.' for number in range(24))
GOING_AWAY = 1001


@pytest.fixture(scope='module')
def nano() -> PersonaPlex:
    """Two sessions with a short memory, and no kept personas: every prompt runs in full."""
    return load_model(ServeSettings(sessions=2, memory_s=4.0, persona_cache_mb=0))


async def say(caller: Caller, first: int, count: int) -> list[bytes]:
    sound = []
    for index in range(first, first + count):
        await caller.send_audio(frame(index))
        sound.append((await caller.answer())[2])
    return sound


async def frame_or(
    wanted: type, caller: Caller, index: int, said: list[bytes]
) -> events.EngineEvent | None:
    """Send a frame; add its answer to said, unless the wanted event comes before it."""
    await caller.send_audio(frame(index))
    while True:
        kind, payload = await caller.receive()
        if kind is Kind.AUDIO:
            said.append(payload)
            return None
        if kind is Kind.JSON:
            event = events.decode(payload, events.ENGINE_EVENTS)
            if isinstance(event, wanted):
                return event


@in_loop
async def test_two_callers_each_hear_what_they_would_hear_alone(nano: PersonaPlex) -> None:
    async with engine(load=lambda: nano, sessions=2) as running:
        alone = []
        for start in (0, 100):
            caller = await running.talk(SEEDED)
            alone.append(await say(caller, start, 12))
            await caller.hang_up()
        callers = [await running.talk(SEEDED), await running.talk(SEEDED)]
        together = await asyncio.gather(say(callers[0], 0, 12), say(callers[1], 100, 12))
        assert together == alone
        info = (await running.get('/api/info'))[1]
        assert info['sessions'] == {'active': 2, 'max': 2}


@in_loop
async def test_one_caller_too_many_is_refused_and_may_come_when_one_is_gone() -> None:
    async with engine(FakeModel(sessions=2), sessions=2) as running:
        callers = [await running.talk(), await running.talk()]
        third = await running.connect()
        fault = await third.fault()
        assert fault.code == 'busy' and '2 callers' in fault.message
        await callers[0].hang_up()
        await running.talk()


@in_loop
async def test_who_talks_is_not_kept_waiting_by_the_prompt_of_another(
    nano: PersonaPlex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two frames of the first caller the second one's prompt gets on by a slice."""
    taken_in, real = [], LanguageModel.take_in

    def take_in(lm: LanguageModel, inputs) -> None:
        taken_in.append(inputs.shape[1])
        real(lm, inputs)

    async with engine(load=lambda: nano, sessions=2) as running:
        first = await running.talk(SEEDED)
        await say(first, 0, 3)
        monkeypatch.setattr(LanguageModel, 'take_in', take_in)
        second = await running.connect(PROTOCOL_1 | {'text_prompt': LONG})
        ready = asyncio.create_task(second.until_ready())
        while not ready.done():
            await say(first, 3, 1)
        started = await ready
        assert taken_in[0] == FIRST_SLICE_POSITIONS and len(taken_in) > 2
        assert sum(taken_in) == started.prompt_positions - 1
        assert all(after <= 2 * before for before, after in itertools.pairwise(taken_in))
        await say(second, 0, 3)
        assert (await running.frames())['dropped'] == 0


@in_loop
async def test_the_old_persona_answers_until_the_new_one_takes_over(nano: PersonaPlex) -> None:
    async with engine(load=lambda: nano, sessions=2) as running:
        caller = await running.talk(SEEDED)
        alone = await say(caller, 0, 60)
        await caller.hang_up()
        caller = await running.talk(SEEDED)
        said = await say(caller, 0, 5)
        await caller.ask(events.SetPersona(id=3, text_prompt=LONG, voice_prompt='NATM1'))
        while (changed := await frame_or(events.PersonaChanged, caller, len(said), said)) is None:
            assert len(said) < 60
        assert said == alone[: len(said)]
        assert changed.frame == len(said)


@in_loop
async def test_a_change_that_is_overtaken_is_answered_too(nano: PersonaPlex) -> None:
    async with engine(load=lambda: nano, sessions=2) as running:
        caller = await running.talk(SEEDED)
        await caller.ask(events.SetPersona(id=3, text_prompt=LONG, voice_prompt='NATM1'))
        await caller.ask(events.SetPersona(id=4, text_prompt='Be kind.', voice_prompt='NATM1'))
        fault = await caller.fault()
        assert (fault.code, fault.id, fault.fatal) == ('replaced', 3, False)
        assert (await caller.event(events.PersonaChanged)).id == 4


@in_loop
async def test_memory_may_stay_with_a_new_persona(nano: PersonaPlex) -> None:
    async with engine(load=lambda: nano, sessions=2) as running:
        said = []
        for keep_memory in (False, True):
            caller = await running.talk(SEEDED)
            await say(caller, 0, 20)
            request = events.SetPersona(
                id=1, text_prompt='Be kind.', voice_prompt='NATM1', keep_memory=keep_memory
            )
            await caller.ask(request)
            changed = await caller.event(events.PersonaChanged)
            said.append(await say(caller, 20, 10))
            await caller.hang_up()
        assert changed.prompt_positions < 60
        assert said[0] != said[1]


@in_loop
async def test_a_conversation_goes_on_past_the_window_and_tells_of_its_rebuilds(
    nano: PersonaPlex,
) -> None:
    async with engine(load=lambda: nano, sessions=2) as running:
        caller = await running.connect(SEEDED)
        started = await caller.until_ready()
        said: list[bytes] = []
        while (rebuilt := await frame_or(events.Rebuilt, caller, len(said) % 50, said)) is None:
            assert len(said) < nano._config.lm['context']
        assert rebuilt.prompt_positions == started.prompt_positions
        assert rebuilt.positions <= started.prompt_positions + 50 + 25
        while len(said) <= rebuilt.frame:
            await frame_or(events.PersonaChanged, caller, 0, said)
        assert (await running.frames())['dropped'] == 0


@in_loop
async def test_a_fact_is_in_the_prompt_after_the_next_rebuild(nano: PersonaPlex) -> None:
    async with engine(load=lambda: nano, sessions=2) as running:
        caller = await running.connect(PROTOCOL_1)
        started = await caller.until_ready()
        await caller.ask(events.Context(1, 'The light was done.', rebuild=True))
        said: list[bytes] = []
        while (rebuilt := await frame_or(events.Rebuilt, caller, 0, said)) is None:
            assert len(said) < 100, 'nobody speaks: all of it is a pause'
        assert rebuilt.facts == 1
        assert rebuilt.prompt_positions > started.prompt_positions
        assert (await running.frames())['dropped'] == 0


@in_loop
async def test_a_model_that_fails_one_caller_still_serves_the_other() -> None:
    model = FakeModel(sessions=2, fail_at_step=2)
    async with engine(model, sessions=2) as running:
        first, second = await running.talk(), await running.talk()
        await say(first, 0, 2)
        await first.send_audio(frame(2))
        assert (await first.fault()).code == 'model_failed'
        await say(second, 0, 2)
        assert running.worker.status.value == 'ok'


def test_a_caller_who_asks_for_ever_does_not_silence_the_other() -> None:
    """Eight requests wait at any time; each of them costs as much as a frame."""
    ledger = Ledger()
    loop = ModelLoop(FakeModel(sessions=2), ledger)
    inboxes, told = [], []
    for _ in range(2):
        inboxes.append(Inbox(ledger, wake=lambda: None))
        loop.begin(Order(ChatQuery('NATF0', '', {}, 1), inboxes[-1], told.append, lambda: None))
    inboxes[1].put_audio(np.zeros(1920, np.int16))
    while ledger.frames()['out'] == 0:
        while inboxes[0].put_request(events.SetPersona(1, '', 'NATF0')):
            pass
        loop.turn()
        assert len(told) < 10


@in_loop
async def test_a_prompt_that_fails_ends_nobody_elses_conversation(
    nano: PersonaPlex, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, failures = LanguageModel.take_in, iter([RuntimeError('the test said so')])

    def take_in(lm: LanguageModel, inputs) -> None:
        for failure in failures:
            raise failure
        real(lm, inputs)

    async with engine(load=lambda: nano, sessions=2) as running:
        first = await running.talk(SEEDED)
        alone = await say(first, 0, 20)
        await first.hang_up()
        first = await running.talk(SEEDED)
        said = await say(first, 0, 10)
        monkeypatch.setattr(LanguageModel, 'take_in', take_in)
        second = await running.connect(PROTOCOL_1 | {'text_prompt': LONG})
        assert (await second.fault()).code == 'model_failed'
        assert said + await say(first, 10, 10) == alone
        await running.talk()


@in_loop
async def test_several_callers_are_let_go_when_the_engine_shuts_down() -> None:
    async with engine(FakeModel(sessions=3), sessions=3) as running:
        callers = [await running.talk() for _ in range(3)]
        shutting_down = asyncio.create_task(running.runner.cleanup())
        codes = await asyncio.gather(*(caller.close_code() for caller in callers))
        assert codes == [GOING_AWAY] * 3
        await shutting_down


@in_loop
async def test_shutting_down_lets_nobody_in_who_waits_for_a_place() -> None:
    """The place is of a caller who is gone, and the model is in a frame that never ends."""
    model = FakeModel()
    async with engine(model) as running:
        first = await running.talk()
        model.step_gate.clear()
        await first.send_audio(frame(1))
        await asyncio.to_thread(model.in_step.wait)
        await first.hang_up()
        second = await running.connect()
        await asyncio.sleep(0)
        shutting_down = asyncio.create_task(running.runner.cleanup())
        assert (await second.fault()).code == 'busy'
        await shutting_down
        assert not model.step_gate.is_set()
