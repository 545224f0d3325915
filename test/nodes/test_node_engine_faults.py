# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Engines that come late, die, stall or talk nonsense: the node says so, accounts and recovers."""

from graph import wait_until
import pytest
from robot import Robot
from robot import sums_up

from fakes.engine import FakeEngine
from personaplex_ros.msg import ConversationState
from personaplex_ros.wire.events import encode
from personaplex_ros.wire.events import Fault
from personaplex_ros.wire.events import FrameReport
from personaplex_ros.wire.messages import Kind
from personaplex_ros.wire.messages import pack

pytestmark = [pytest.mark.graph, pytest.mark.fault]

TALK = pack(Kind.AUDIO, b'\0' * 3840)


def final_metrics(robot: Robot):
    """Deactivate the robot; return the metrics that close its accounts."""
    epoch = robot.interrupt()  # so that the metrics sought differ from all before
    assert epoch.success
    wanted = int(epoch.message.split()[-1])
    robot.deactivate()
    return robot.metrics.wait(lambda m: m.epoch > wanted, 'the last metrics')


def closed_port() -> int:
    """Return a port on which an engine was until now."""
    with FakeEngine() as engine:
        return engine.port


def test_an_engine_that_comes_later_is_found(graph):
    port = closed_port()
    robot = Robot(graph, f'ws://127.0.0.1:{port}')
    assert robot.configure()
    assert robot.activate()
    robot.states.wait(
        lambda s: (
            s.state == ConversationState.CONNECTING
            and 'no engine at' in s.detail
            and 'personaplex-engine serve' in s.detail
        ),
        'the reason',
    )
    for _ in range(3):
        robot.hear_frame()
    robot.measured(frames_in=3, frames_dropped=3)  # before anybody is there to answer them
    with FakeEngine(port=port):
        robot.live()
        robot.hear_frames(2)
        metrics = final_metrics(robot)
    assert sums_up(metrics)
    assert metrics.frames_out == 2
    assert metrics.engine_errors == 0


def test_an_engine_that_is_killed_and_comes_back_goes_on_and_every_frame_is_accounted_for(graph):
    with FakeEngine() as engine:
        port = engine.port
        robot = Robot(graph, engine.url).bring_up()
        with robot.hearing():
            wait_until(lambda: len(robot.spoken) > 20, 'speech')
            robot.set_persona('companion')
            engine.die()
            robot.until_state(ConversationState.DEGRADED)
            assert robot.interrupt().success
            assert robot.list_personas().active == 'companion'
            epoch = robot.spoken.last.epoch
            with FakeEngine(port=port) as second:
                robot.live()
                robot.spoken.wait(
                    lambda c: c.epoch >= epoch and max(c.samples) > 0, 'speech once more'
                )
                assert [voice for _, voice in second.prompts] == ['NATM1']
                metrics = final_metrics(robot)
    assert sums_up(metrics)
    assert metrics.frames_in_flight == 0
    assert metrics.frames_dropped > 0, 'what was heard without an engine'
    assert (metrics.reconnects, metrics.engine_errors) == (1, 1)
    seqs = [chunk.seq for chunk in robot.spoken]
    assert seqs == list(range(len(seqs)))


def test_connections_that_are_cut_again_and_again_are_all_made_anew(robot, engine):
    with robot.hearing():
        for number in range(2, 7):
            engine.hang_up()
            wait_until(lambda: len(engine.prompts) >= number, 'a new session')  # noqa: B023
            robot.live()
    metrics = final_metrics(robot)
    assert sums_up(metrics) and metrics.frames_in_flight == 0
    assert metrics.reconnects == metrics.engine_errors == 5


def test_what_was_said_is_cut_when_the_engine_is_lost(robot, engine):
    engine.behaviour.pieces = {0: ' I', 1: ' was'}
    robot.hear_frames(2)
    wait_until(lambda: robot.speaking.last.data, 'speech')
    epoch = robot.spoken.last.epoch
    engine.hang_up()
    final = robot.transcript.wait(lambda t: t.is_final, 'the cut utterance')
    assert (final.text, final.interrupted) == ('I was', True)
    cut = robot.spoken.wait(lambda c: c.epoch == epoch + 1, 'the new epoch')
    assert not any(cut.samples)
    wait_until(lambda: not robot.speaking.last.data, 'the end of speech')


def test_a_stalled_engine_is_degraded_bounded_and_live_again_when_it_answers(robot, engine):
    robot.hear_frames(1)
    engine.behaviour.answer = False
    with robot.hearing():
        state = robot.until_state(ConversationState.DEGRADED)
        assert 'has not answered' in state.detail
        assert engine.heard <= 1 + 3, 'no more than may be in flight'
        assert robot.interrupt().success
        engine.behaviour.answer = True
        engine.hang_up()  # what it owes it never answers
        robot.live()
    metrics = final_metrics(robot)
    assert sums_up(metrics)
    assert metrics.frames_dropped > 10


NONSENSE = {
    'a text message': 'hello',
    'nothing': b'',
    'an unknown kind': b'\x77what',
    'speech without a report': TALK,
    'half a frame': (encode(FrameReport(0, 0, 3, 1.0)), TALK[:1000]),
    'bad json': pack(Kind.JSON, b'{"type":'),
    'an unknown type': pack(Kind.JSON, b'{"type":"dance"}'),
    'a number beyond any type': (encode(FrameReport(0, 0, 2**40, 1.0)), TALK),
    'a frame before the first': (encode(FrameReport(-1, 0, 3, 1.0)), TALK),
    'a giant time': (encode(FrameReport(0, 0, 3, 1e300)), TALK),
    'a broken text': pack(Kind.ERROR, b'{"code":"x","message":"\\ud800","fatal":true}'),
    'a plain sentence': pack(Kind.ERROR, b'out of memory'),
    'a failing model': encode(Fault('model_failed', 'CUDA error: restart the engine')),
    'endless words': pack(Kind.ERROR, b'x' * 1_000_000),
}


@pytest.mark.parametrize('nonsense', NONSENSE.values(), ids=NONSENSE)
def test_an_engine_that_answers_nonsense_is_left_and_tried_again(robot, engine, nonsense):
    engine.behaviour.raw_reply = nonsense
    robot.hear_frame()
    state = robot.states.wait(lambda s: s.state == ConversationState.DEGRADED, 'the fault')
    assert state.detail
    engine.behaviour.raw_reply = None
    robot.live()
    robot.hear_frames(1)
    metrics = final_metrics(robot)
    assert sums_up(metrics)
    assert metrics.engine_errors >= 1


HARMLESS = {
    'a ping': pack(Kind.PING),
    'a control message': pack(Kind.CONTROL, b'\x01'),
    'a word without speech': pack(Kind.TEXT, b'\xff\xfe\x00'),
    'an answer to nobody': (encode(FrameReport(5, 77, 3, 1.0)), TALK),
    'an interrupt nobody asked for': pack(Kind.JSON, b'{"type":"interrupted","id":9,"frame":1}'),
    'a fault about nothing': encode(Fault('bad_message', 'what?', fatal=False)),
    'a fault about a request nobody made': encode(Fault('x', 'no', fatal=False, id=99)),
}


@pytest.mark.parametrize('message', HARMLESS.values(), ids=HARMLESS)
def test_what_is_odd_but_harmless_does_not_break_the_talk(robot, engine, message):
    engine.behaviour.raw_reply = message
    robot.hear_frame()
    wait_until(lambda: engine.heard == 1, 'the odd answer')
    engine.behaviour.raw_reply = None
    robot.hear_frames(1)
    assert robot.states.last.state == ConversationState.LIVE
    assert len(engine.prompts) == 1, 'the connection is the same'
    assert sums_up(final_metrics(robot))


@pytest.mark.parametrize(
    'welcome', ['hello', b'\x77', pack(Kind.JSON, b'[]'), b'', encode(Fault('busy', 'full'))]
)
def test_an_engine_that_welcomes_with_nonsense_is_tried_again(make_robot, engine, welcome):
    engine.behaviour.raw_welcome = welcome
    robot = make_robot()
    robot.configure()
    robot.activate()
    wait_until(lambda: len(engine.prompts) > 1, 'a second try')
    engine.behaviour.raw_welcome = None
    robot.live()
    robot.hear_frames(1)


@pytest.mark.parametrize('info', [[], 5, {'voices': 5}, {'voices': ['\ud800', 7, None]}])
def test_an_engine_that_cannot_tell_its_voices_is_talked_to_all_the_same(make_robot, engine, info):
    engine.behaviour.info = info
    robot = make_robot().bring_up()
    robot.hear_frames(1)
    assert 'teacher' in robot.list_personas().names


def test_a_persona_whose_voice_the_returned_engine_lacks_gives_way_to_the_one_that_worked(graph):
    with FakeEngine() as engine:
        port = engine.port
        robot = Robot(graph, engine.url).bring_up()
    robot.until_state(ConversationState.DEGRADED)
    robot.set_persona('companion')  # voice NATM1
    with FakeEngine(port=port) as poorer:
        poorer.behaviour.voices = ('NATF2',)
        robot.live()
        robot.hear_frames(1)
        assert robot.states.last.persona == 'teacher'
        assert [voice for _, voice in poorer.prompts] == ['NATF2']


def test_two_robots_in_two_namespaces_do_not_hear_each_other(make_robot, graph):
    with FakeEngine() as other_engine:
        one = make_robot(name='/one').bring_up()
        two = Robot(graph, other_engine.url, name='/two', persona='companion').bring_up()
        one.hear_frames(2)
        assert one.interrupt().success
        assert two.set_persona('barista').success
        two.hear_frames(1)
        assert other_engine.heard == 1
        assert one.list_personas().active == 'teacher'
        assert two.list_personas().active == 'barista'
        assert one.states.last.persona == 'teacher'
        assert len(two.spoken) < len(one.spoken)


def test_the_death_of_one_robots_engine_leaves_the_other_alone(make_robot, graph):
    one = make_robot(name='/one').bring_up()
    with FakeEngine() as other_engine:
        two = Robot(graph, other_engine.url, name='/two').bring_up()
    two.until_state(ConversationState.DEGRADED)
    one.hear_frames(2)
    assert one.states.last.state == ConversationState.LIVE
