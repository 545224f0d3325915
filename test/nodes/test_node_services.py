# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""interrupt, set_persona and list_personas, with an engine and without."""

from graph import wait_until
import numpy as np
import pytest
from robot import Robot
from std_msgs.msg import UInt32

from fakes.engine import FakeEngine
from personaplex_ros.msg import ConversationState
from personaplex_ros.srv import SetPersona

pytestmark = pytest.mark.graph


@pytest.fixture
def engineless(graph) -> Robot:
    """Give an active robot whose engine is not there."""
    with FakeEngine() as engine:
        url = engine.url
    robot = Robot(graph, url)
    assert robot.configure()
    assert robot.activate()
    return robot


def loudest(chunks) -> int:
    """Return the largest sample of some chunks."""
    return max(int(np.abs(np.array(chunk.samples, np.int32)).max()) for chunk in chunks)


def test_an_interrupt_raises_the_epoch_at_once_and_silence_follows(robot, engine):
    robot.hear_frames(2)
    before = robot.spoken.last.epoch
    answer = robot.interrupt()
    assert answer.success
    assert str(before + 1) in answer.message
    first = robot.spoken.wait(lambda chunk: chunk.epoch == before + 1, 'the new epoch')
    assert loudest([first]) == 0
    robot.hear_frames(3)
    assert loudest(chunk for chunk in robot.spoken if chunk.epoch > before) == 0
    assert engine.interrupts == 1
    seqs = [chunk.seq for chunk in robot.spoken]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs))), 'no chunk is missing'


def test_frames_that_were_under_way_are_silenced_until_the_engine_knows(robot, engine):
    robot.hear_frames(1)
    engine.behaviour.comply = False
    engine.behaviour.pieces = {1: ' late', 2: ' words'}
    epoch = robot.spoken.last.epoch + 1
    robot.interrupt()
    robot.hear_frames(2)
    assert loudest(chunk for chunk in robot.spoken if chunk.epoch == epoch) == 0
    assert len(robot.tokens) == 0 and len(robot.transcript) == 0


def test_an_interrupt_ends_speech_and_cuts_the_words_at_what_was_played(robot, engine):
    engine.behaviour.pieces = {0: ' I', 1: ' was', 2: ' going', 3: ' to'}
    robot.hear_frames(2)
    wait_until(lambda: robot.speaking.last.data, 'speech')
    robot.interrupt()
    final = robot.transcript.wait(lambda t: t.is_final, 'the cut utterance')
    assert (final.text, final.interrupted) == ('I was', True)
    wait_until(lambda: not robot.speaking.last.data, 'the end of speech')


def test_only_an_interrupt_is_told_as_one(robot, engine, graph):
    interrupted = graph.listen(UInt32, robot.path('interrupted'))
    robot.hear_frames(1)
    before = robot.spoken.last.epoch
    engine.hang_up()
    robot.states.wait(lambda s: s.state == ConversationState.DEGRADED, 'the loss')
    robot.live()
    assert robot.set_persona('barista').success
    assert robot.deactivate()
    assert robot.activate()
    robot.live()
    assert robot.interrupt().success
    interrupted.wait(lambda told: told.data == before + 4, 'the interrupt')
    assert len(interrupted) == 1


def test_another_persona_cuts_the_sentence_of_the_one_before(robot, engine):
    engine.behaviour.pieces = {0: ' I', 1: ' was'}
    robot.hear_frames(2)
    assert robot.set_persona('barista').success
    final = robot.transcript.wait(lambda t: t.is_final, 'the cut utterance')
    assert (final.text, final.interrupted) == ('I was', True)


def test_an_interrupt_answers_while_the_engine_is_away(engineless):
    first = engineless.interrupt()
    second = engineless.interrupt()
    assert first.success and second.success
    epochs = [engineless.spoken.wait(lambda c: c.seq == n).epoch for n in (0, 1)]  # noqa: B023
    assert epochs[1] == epochs[0] + 1
    assert str(epochs[1]) in second.message


def test_the_agents_words_can_be_held_and_released(robot, engine):
    held = robot.hold_words(True)
    assert held.success and held.message == 'held, for 60 s at most'
    wait_until(lambda: len(engine.holds) == 1, 'the engine to hold them')
    freed = robot.hold_words(False)
    assert freed.success and freed.message == 'free'
    wait_until(lambda: not engine.holds, 'the engine to let them go')
    assert robot.hold_words(False).success, 'releasing what is free is no error'


def test_words_cannot_be_held_while_the_engine_is_away(engineless):
    answer = engineless.hold_words(True)
    assert not answer.success and 'no engine is connected' in answer.message


def test_list_personas_tells_names_voices_and_who_is_active(robot):
    answer = robot.list_personas()
    assert answer.names == [
        'teacher', 'service', 'companion', 'guide', 'butler', 'warehouse', 'reception', 'barista',
    ]  # fmt: skip
    assert answer.voices == ['NATF2', 'NATM1', 'VARM1']
    assert answer.active == 'teacher'


def test_list_personas_answers_while_the_engine_is_away(engineless):
    answer = engineless.list_personas()
    assert 'guide' in answer.names
    assert list(answer.voices) == []
    assert answer.active == 'teacher'


def test_a_persona_by_name_takes_over_at_once(robot, engine):
    robot.hear_frames(1)
    before = robot.spoken.last.epoch
    answer = robot.set_persona('barista')
    assert answer.success, answer.message
    assert answer.ready_ms > 0
    text, voice = engine.prompts[-1]
    assert 'Kite Coffee' in text and voice == 'VARM1'
    robot.states.wait(lambda s: (s.persona, s.voice) == ('barista', 'VARM1'), 'the new state')
    assert robot.list_personas().active == 'barista'
    robot.hear_frames(1)
    assert robot.spoken.last.epoch == before + 1, 'the old persona is not heard any more'


def test_an_inline_persona_takes_over(robot, engine):
    answer = robot.set_persona(text='You are a parrot.', voice='NATM1.pt')
    assert answer.success, answer.message
    assert engine.prompts[-1] == ('You are a parrot.', 'NATM1')
    assert robot.list_personas().active == 'inline'


def test_an_inline_persona_may_have_a_name_and_another_voice_leaves_it(robot, engine):
    answer = robot.set_persona('parrot', 'You are a parrot.', 'NATM1')
    assert answer.success, answer.message
    assert engine.prompts[-1] == ('You are a parrot.', 'NATM1')
    assert robot.set_persona(voice='VARM1').success
    assert engine.prompts[-1] == ('You are a parrot.', 'VARM1')
    assert robot.list_personas().active == 'parrot'
    robot.states.wait(lambda s: (s.persona, s.voice) == ('parrot', 'VARM1'), 'the state')


def test_text_or_voice_win_over_the_names_and_empty_ones_keep_it(robot, engine):
    assert robot.set_persona('companion', voice='VARM1').success
    text, voice = engine.prompts[-1]
    assert text.startswith('You enjoy having a good conversation.') and voice == 'VARM1'
    assert robot.set_persona(text='Be brief.').success
    assert engine.prompts[-1] == ('Be brief.', 'VARM1')


@pytest.mark.parametrize(
    ('request_fields', 'why'),
    [
        ({}, 'give a name, or a text_prompt, or a voice'),
        ({'name': 'pirate'}, "persona 'pirate' is not in the file (have teacher,"),
        ({'name': 'x' * 100_000}, 'is not in the file'),
        ({'name': 'x' * 100_000, 'text': 'You are x.'}, 'at most 80 characters'),
        ({'voice': 'NATF9'}, "voice 'NATF9' is not in the engine (have NATF2,"),
        ({'voice': '../x'}, "voice '../x' is no voice name"),
        ({'voice': '/etc/passwd.pt'}, 'is no voice name'),
        ({'text': 'x' * 100_000}, '100000 characters; at most 4000 fit'),
        ({'text': 'ж' * 4001}, '4001 characters; at most 4000 fit'),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_request_that_cannot_be_met_is_refused_with_the_reason(
    robot, engine, request_fields, why
):
    answer = robot.set_persona(**request_fields)
    assert not answer.success
    assert why in answer.message
    assert len(answer.message) < 500
    assert len(engine.prompts) == 1, 'the engine was not bothered'
    robot.hear_frames(1)
    assert robot.list_personas().active == 'teacher'


def test_a_voice_the_engine_lost_meanwhile_is_refused_by_it_and_the_old_persona_talks_on(
    robot, engine
):
    engine.behaviour.voices = ('NATF2',)
    answer = robot.set_persona('companion')
    assert not answer.success
    assert "voice 'NATM1' is not here" in answer.message
    robot.hear_frames(1)
    assert robot.states.last.persona == 'teacher'
    assert robot.states.last.state == ConversationState.LIVE


def test_the_longest_prompt_in_any_script_also_survives_a_reconnect(robot, engine):
    prompt = '語' * 4000
    assert robot.set_persona(text=prompt).success
    engine.hang_up()
    wait_until(lambda: len(engine.prompts) == 3, 'the reconnect')
    assert engine.prompts[-1] == (prompt, 'NATF2')
    robot.live()


def test_a_persona_chosen_while_the_engine_is_away_is_kept_for_its_return(graph):
    with FakeEngine() as engine:
        port = engine.port
    robot = Robot(graph, engine.url)
    robot.configure()
    robot.activate()
    answer = robot.set_persona('companion')
    assert answer.success
    assert 'when it is back' in answer.message
    with FakeEngine(port=port) as engine:
        robot.live()
        assert [voice for _, voice in engine.prompts] == ['NATM1']
        assert robot.states.last.persona == 'companion'


def test_a_persona_the_engine_never_answers_for_is_refused_after_the_timeout(make_robot, engine):
    robot = make_robot(connect_timeout_s=0.5).bring_up()
    engine.behaviour.comply = False
    answer = robot.set_persona('companion')
    assert not answer.success
    assert 'within 0.5 s' in answer.message
    assert robot.list_personas().active == 'teacher'


def test_other_services_answer_while_a_persona_is_being_prepared(make_robot, engine, graph):
    robot = make_robot(connect_timeout_s=1.0).bring_up()
    engine.behaviour.comply = False
    slow = graph.ask_async(SetPersona, robot.path('set_persona'), name='companion')
    assert robot.interrupt().success
    assert robot.list_personas().active == 'teacher'
    robot.hear_frames(1)
    assert not slow.done()
    assert not graph.answer(slow).success


def test_a_persona_being_prepared_does_not_stop_the_node_from_being_cleaned_up(
    make_robot, engine, graph
):
    robot = make_robot(connect_timeout_s=60.0).bring_up()
    engine.behaviour.comply = False
    graph.ask_async(SetPersona, robot.path('set_persona'), name='companion')
    wait_until(lambda: engine.requests == 1, 'the request to reach the engine')
    assert robot.deactivate()
    assert robot.cleanup()
    wait_until(lambda: engine.sessions == 0, 'the session to end')
    robot.bring_up()
    robot.hear_frames(1)
