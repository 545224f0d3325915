# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""configure connects and prompts, activate opens the audio path, and every way back works."""

import threading

from graph import wait_until
from lifecycle_msgs.msg import State as LifecycleState
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from lifecycle_msgs.srv import GetState
import pytest
from rclpy.logging import LoggingSeverity
from rclpy.parameter import Parameter

from personaplex_ros.msg import ConversationState

pytestmark = pytest.mark.graph


def lifecycle_state(robot) -> int:
    """Return the state as `ros2 lifecycle get` tells it."""
    service = robot.path('conversation/get_state')
    return robot.graph.ask(GetState, service).current_state.id


def test_a_node_that_is_not_configured_is_idle_and_leaves_the_engine_alone(make_robot, engine):
    robot = make_robot()
    assert robot.until_state(ConversationState.IDLE)
    assert lifecycle_state(robot) == LifecycleState.PRIMARY_STATE_UNCONFIGURED
    assert engine.prompts == []


def test_configure_connects_and_prompts_the_persona_while_the_state_stays_idle(make_robot, engine):
    robot = make_robot()
    assert robot.configure()
    wait_until(lambda: engine.sessions == 1, 'a session')
    ((text, voice),) = engine.prompts
    assert text.startswith('You are a wise and friendly teacher.')
    assert voice == 'NATF2'
    assert {message.state for message in robot.states} == {ConversationState.IDLE}


def test_activate_makes_it_live_with_backend_model_persona_and_voice(make_robot, engine):
    robot = make_robot().bring_up()
    told = robot.states.last
    assert told.backend == engine.url.replace('ws', 'http')
    assert (told.model, told.persona, told.voice) == ('fake', 'teacher', 'NATF2')
    assert told.detail == ''


def test_an_inactive_node_hears_nothing_and_says_nothing(make_robot, engine, graph):
    log = graph.log()
    robot = make_robot()
    robot.configure()
    wait_until(lambda: engine.sessions == 1, 'a session')
    for _ in range(5):
        robot.hear_frame()
    robot.hear(480, rate_hz=0)  # refused with a line: all before it has been heard by then
    log.wait(lambda line: 'sample rate 0 Hz' in line.msg, 'the last chunk to be heard')
    assert len(robot.spoken) == 0
    assert robot.activate()
    robot.live()
    robot.hear_frames(1)
    assert engine.heard == 1
    robot.deactivate()  # which tells the metrics at once
    assert robot.measured(frames_out=1).frames_in == 1


def test_deactivate_keeps_the_engine_and_activate_goes_on_with_it(robot, engine):
    robot.hear_frames(2)
    assert robot.deactivate()
    robot.until_state(ConversationState.IDLE)
    assert engine.sessions == 1
    assert robot.activate()
    robot.live()
    robot.hear_frames(2)
    assert len(engine.prompts) == 1, 'it was not prompted again'


def test_deactivate_counts_every_frame_and_ends_speech(robot):
    robot.hear_frames(3)
    wait_until(lambda: robot.speaking.last.data, 'speech')
    robot.deactivate()
    wait_until(lambda: not robot.speaking.last.data, 'the end of speech')
    metrics = robot.metrics.wait(lambda m: m.frames_in == 3, 'the metrics of the last frame')
    assert (metrics.frames_out, metrics.frames_dropped, metrics.frames_in_flight) == (3, 0, 0)


def test_cleanup_leaves_the_engine(robot, engine):
    robot.deactivate()
    assert robot.cleanup()
    wait_until(lambda: engine.sessions == 0, 'the session to end')
    assert robot.until_state(ConversationState.IDLE).backend == ''
    assert lifecycle_state(robot) == LifecycleState.PRIMARY_STATE_UNCONFIGURED


def test_services_of_a_node_that_is_not_configured_say_so(make_robot, robot):
    robot.deactivate()
    robot.cleanup()
    for unconfigured in (make_robot(name='/second'), robot):
        for answer in (unconfigured.interrupt(), unconfigured.set_persona('barista')):
            assert not answer.success
            assert 'the node is not configured' in answer.message
        assert list(unconfigured.list_personas().names) == []


def test_cleaned_up_it_can_be_configured_for_another_engine_and_persona(robot, engine):
    robot.deactivate()
    robot.cleanup()
    (result,) = robot.node.set_parameters([Parameter('persona', value='companion')])
    assert result.successful
    robot.bring_up()
    robot.hear_frames(1)
    assert engine.prompts[-1][1] == 'NATM1'
    assert engine.sessions == 1


def test_a_player_that_drops_older_epochs_hears_the_robot_after_it_was_configured_anew(robot):
    robot.interrupt()
    robot.interrupt()
    robot.hear_frames(1)
    epoch = robot.spoken.last.epoch
    robot.deactivate()
    robot.cleanup()
    robot.bring_up()
    robot.hear_frames(1)
    assert robot.spoken.last.epoch >= epoch
    seqs = [chunk.seq for chunk in robot.spoken]
    assert seqs == sorted(set(seqs))


def test_what_a_microphone_sent_meanwhile_is_not_counted_as_lost(robot):
    robot.hear_frames(1)
    robot.deactivate()
    robot.cleanup()
    robot.hear(480, seq=5_000)  # nobody listens
    robot.bring_up()
    before = len(robot.spoken)
    for seq in range(5_001, 5_005):
        robot.hear(480, seq=seq)
    wait_until(lambda: len(robot.spoken) >= before + 4, 'the answer to a frame')
    robot.deactivate()
    metrics = robot.metrics.wait(lambda m: m.frames_out == 1 and m.epoch > 1, 'the count')
    assert metrics.chunks_lost == 0


def test_it_can_be_taken_up_and_down_many_times(make_robot, engine):
    robot = make_robot()
    for _ in range(5):
        robot.bring_up()
        robot.hear_frames(1)
        assert robot.deactivate()
        assert robot.cleanup()
    wait_until(lambda: engine.sessions == 0, 'the last session to end')
    assert not [t for t in threading.enumerate() if t.name == 'conversation']


def test_it_can_be_taken_up_and_down_while_audio_flows(make_robot):
    robot = make_robot()
    with robot.hearing(period_s=0.002):
        for _ in range(10):
            before = len(robot.spoken)
            robot.bring_up()
            wait_until(lambda: len(robot.spoken) > before + 4, 'speech')  # noqa: B023
            assert robot.deactivate()
            assert robot.cleanup()


@pytest.mark.parametrize('active', [True, False])
def test_shutdown_leaves_the_engine_from_any_state(make_robot, engine, active):
    robot = make_robot()
    robot.configure()
    transition = Transition.TRANSITION_INACTIVE_SHUTDOWN
    if active:
        robot.activate()
        robot.live()
        transition = Transition.TRANSITION_ACTIVE_SHUTDOWN
    assert robot.change(transition)
    wait_until(lambda: engine.sessions == 0, 'the session to end')
    assert robot.until_state(ConversationState.IDLE)
    assert lifecycle_state(robot) == LifecycleState.PRIMARY_STATE_FINALIZED


@pytest.mark.parametrize('end', ['shutdown', 'error'])
def test_whatever_ends_it_in_mid_speech_ends_the_speech(robot, engine, monkeypatch, end):
    engine.behaviour.pieces = {0: ' I', 1: ' was'}
    robot.hear_frames(2)
    wait_until(lambda: robot.speaking.last.data, 'speech')
    epoch = robot.spoken.last.epoch
    if end == 'shutdown':
        assert robot.change(Transition.TRANSITION_ACTIVE_SHUTDOWN)
    else:
        monkeypatch.setattr(robot.node._runner, 'deactivate', lambda: 1 / 0)
        robot.deactivate()
    wait_until(lambda: not robot.speaking.last.data, 'the end of speech')
    final = robot.transcript.wait(lambda t: t.is_final, 'the cut utterance')
    assert (final.text, final.interrupted) == ('I was', True)
    robot.spoken.wait(lambda c: c.epoch > epoch, 'the word to the players')


def test_a_live_node_that_is_destroyed_leaves_the_engine_and_no_thread(robot, engine, graph):
    robot.hear_frames(1)
    graph.remove(robot.node)
    wait_until(lambda: engine.sessions == 0, 'the session to end')
    assert not [t for t in threading.enumerate() if t.name == 'conversation']


def personas_file(folder, text: str) -> str:
    """Write a persona file and return its path."""
    path = folder / 'personas.yaml'
    path.write_text(text, encoding='utf-8')
    return str(path)


@pytest.mark.parametrize(
    ('text', 'why'),
    [
        (None, 'No such file'),
        ('personas: {a: {text: [}}', 'personas.yaml'),
        ('people: {}', 'expected a map `personas:`'),
        ('personas: {pirate: {text: Arr, voice: ../x}}', 'no voice name'),
    ],
)
def test_a_bad_personas_file_fails_configure_with_the_reason_in_the_log(
    make_robot, graph, tmp_path, text, why
):
    log = graph.log()
    path = str(tmp_path / 'personas.yaml') if text is None else personas_file(tmp_path, text)
    robot = make_robot(personas_file=path)
    assert not robot.configure()
    line = log.wait(lambda line: 'cannot configure' in line.msg, 'the line in the log')
    assert path in line.msg and why in line.msg
    assert '\n' not in line.msg
    assert line.level == LoggingSeverity.ERROR
    assert lifecycle_state(robot) == LifecycleState.PRIMARY_STATE_UNCONFIGURED


def test_a_failed_configure_can_be_tried_again_once_the_file_is_right(
    make_robot, engine, tmp_path
):
    path = personas_file(tmp_path, 'nonsense')
    robot = make_robot(personas_file=path, persona='')
    assert not robot.configure()
    personas_file(tmp_path, 'personas: {pirate: {text: Arr, voice: VARM1}}')
    robot.bring_up()
    assert engine.prompts == [('Arr', 'VARM1')]
    assert robot.states.last.persona == 'pirate'


def test_a_persona_that_is_not_in_the_file_fails_configure_with_those_there_are(make_robot, graph):
    log = graph.log()
    assert not make_robot(persona='pirate').configure()
    line = log.wait(lambda line: 'cannot configure' in line.msg, 'the line in the log')
    assert "persona 'pirate' is not in the file (have teacher, service," in line.msg


@pytest.mark.parametrize(
    ('pair', 'why'),
    [
        (
            {'backoff_min_s': 10.0, 'backoff_max_s': 5.0},
            'backoff_min_s is 10; expected at most backoff_max_s, 5',
        ),
        (
            {'latency_warn_ms': 950.0},
            'latency_warn_ms is 950; expected at most latency_error_ms, 900',
        ),
    ],
)
def test_two_settings_that_contradict_each_other_fail_configure(make_robot, graph, pair, why):
    log = graph.log()
    assert not make_robot(**pair).configure()
    line = log.wait(lambda line: 'cannot configure' in line.msg, 'the line in the log')
    assert f'parameter {why}' in line.msg


def test_a_personas_file_in_the_home_folder_is_found(make_robot, tmp_path, monkeypatch):
    monkeypatch.setenv('HOME', str(tmp_path))
    personas_file(tmp_path, 'personas: {pirate: {text: Arr, voice: VARM1}}')
    assert make_robot(personas_file='~/personas.yaml', persona='pirate').configure()


@pytest.mark.parametrize(
    'transition',
    [
        Transition(id=Transition.TRANSITION_ACTIVATE),
        Transition(id=Transition.TRANSITION_DESTROY),
        Transition(id=200),
        Transition(label='configure'),
    ],
)
def test_a_transition_that_is_not_possible_is_refused_and_the_node_lives(robot, graph, transition):
    log = graph.log()
    service = robot.path('conversation/change_state')
    assert not graph.ask(ChangeState, service, transition=transition).success
    assert lifecycle_state(robot) == LifecycleState.PRIMARY_STATE_ACTIVE
    robot.hear_frames(1)
    if not transition.label:
        log.wait(lambda line: f'transition {transition.id} is refused' in line.msg, 'the line')
