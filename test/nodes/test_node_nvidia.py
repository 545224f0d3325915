# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The shipped node with `backend: nvidia`, against a stand-in for NVIDIA's own server."""

from collections.abc import Callable
from collections.abc import Iterator
import sys

from graph import wait_until
import numpy as np
import pytest
from robot import Robot
from robot import sums_up

from fakes.nvidia_server import NvidiaServer
from personaplex_ros.msg import ConversationState
from personaplex_ros.srv import SetPersona

pytestmark = pytest.mark.graph


@pytest.fixture
def server() -> Iterator[NvidiaServer]:
    """Give a server that listens."""
    with NvidiaServer() as running:
        yield running


@pytest.fixture
def make_robot(graph, server) -> Callable:
    """Give a maker of robots that are not configured yet."""
    return lambda **parameters: Robot(graph, server.url, backend='nvidia', **parameters)


def loudest(chunks) -> int:
    """Return the largest sample of some chunks."""
    return max(int(np.abs(np.array(chunk.samples, np.int32)).max()) for chunk in chunks)


def settled(robot: Robot):
    """Deactivate the robot; return the metrics that close its accounts."""
    wanted = int(robot.interrupt().message.split()[-1])
    robot.deactivate()
    metrics = robot.metrics.wait(lambda m: m.epoch > wanted, 'the last metrics')
    assert sums_up(metrics) and metrics.frames_in_flight == 0
    return metrics


def test_it_talks(make_robot, server):
    server.manners.pieces = {0: ' Hello', 1: ' there'}
    robot = make_robot().bring_up()
    robot.hear_frames(4)
    assert loudest(robot.spoken) > 1000
    tokens = [(token.piece, token.id) for token in robot.tokens]
    assert tokens == [(' Hello', -1), (' there', -1)]
    text, voice = server.prompts[0]
    assert voice == 'NATF2.pt' and text.startswith('You are')
    assert robot.states.last.backend == server.url.replace('ws', 'http')
    metrics = settled(robot)
    assert (metrics.frames_out, metrics.frames_dropped, metrics.engine_errors) == (4, 0, 0)


def test_an_interrupt_silences_it_though_the_model_talks_on(make_robot, server):
    server.manners.pieces = dict.fromkeys(range(50), ' word')
    robot = make_robot().bring_up()
    robot.hear_frames(2)
    epoch = robot.spoken.last.epoch
    assert robot.interrupt().success
    words = len(robot.tokens)
    robot.hear_frames(4)
    after = [chunk for chunk in robot.spoken if chunk.epoch == epoch + 1]
    assert loudest(after) == 0
    assert len(robot.tokens) == words
    assert server.heard == 6
    robot.hear_frames(20)
    assert loudest(robot.spoken[-4:]) > 1000, 'it is heard again after a while'


def test_list_personas_offers_the_published_voices(make_robot):
    assert len(make_robot().bring_up().list_personas().voices) == 18


def test_another_persona_takes_over_on_a_new_connection(make_robot, server):
    robot = make_robot().bring_up()
    with robot.hearing():
        wait_until(lambda: len(robot.spoken) > 8, 'speech')
        answer = robot.set_persona('barista')
        assert answer.success, answer.message
        assert answer.ready_ms > 10, 'the time that prompting took'
        said = len(robot.spoken)
        wait_until(lambda: len(robot.spoken) > said + 8, 'speech of the new persona')
    robot.live()
    assert [voice for _, voice in server.prompts] == ['NATF2.pt', 'VARM1.pt']
    assert robot.list_personas().active == 'barista'
    metrics = settled(robot)
    assert (metrics.reconnects, metrics.engine_errors) == (0, 0)


def test_a_persona_changes_also_while_the_only_frame_in_flight_is_unanswered(make_robot, server):
    robot = make_robot(max_frames_in_flight=1).bring_up()
    server.manners.answer = False
    robot.hear_frame()
    wait_until(lambda: server.heard == 1, 'the frame to be heard')
    server.manners.answer = True
    assert robot.set_persona('barista').success
    robot.hear_frames(2)
    metrics = settled(robot)
    assert (metrics.frames_out, metrics.frames_dropped) == (2, 1)


def test_a_persona_the_server_refuses_leaves_the_old_one_talking(make_robot, server):
    robot = make_robot().bring_up()
    server.manners.voices = ('NATF2.pt',)
    answer = robot.set_persona('barista')
    assert not answer.success
    assert 'VARM1.pt in its --voice-prompt-dir' in answer.message
    with robot.hearing():
        said = len(robot.spoken)
        wait_until(lambda: len(robot.spoken) > said + 8, 'the old persona')
    assert robot.list_personas().active == 'teacher'
    assert len(server.prompts) == 2


def test_a_persona_that_takes_too_long_is_refused_with_the_likely_reason(make_robot, server):
    robot = make_robot(connect_timeout_s=0.5).bring_up()
    server.manners.hang_in_prompting = True
    answer = robot.set_persona('barista')
    assert not answer.success
    assert 'somebody else may be connected' in answer.message
    server.manners.hang_in_prompting = False
    with robot.hearing():
        said = len(robot.spoken)
        wait_until(lambda: len(robot.spoken) > said + 8, 'the old persona')
    assert robot.list_personas().active == 'teacher'


def test_a_persona_with_memory_is_refused_and_the_old_one_talks_on(make_robot, server):
    robot = make_robot().bring_up()
    request = robot.graph.ask(
        SetPersona, robot.path('set_persona'), name='barista', keep_memory=True
    )
    assert not request.success
    assert 'leave keep_memory out' in request.message
    robot.hear_frames(1)
    assert len(server.prompts) == 1


@pytest.mark.fault
def test_a_server_that_hangs_at_first_is_explained_and_taken_when_it_is_free(make_robot, server):
    server.manners.hang_in_prompting = True
    robot = make_robot(connect_timeout_s=0.5)
    robot.configure()
    robot.activate()
    robot.states.wait(lambda s: 'somebody else may be connected' in s.detail, 'the reason')
    server.manners.hang_in_prompting = False
    robot.live()
    robot.hear_frames(1)


@pytest.mark.fault
def test_a_server_that_is_killed_and_comes_back_goes_on(graph):
    with NvidiaServer() as server:
        port = server.port
        robot = Robot(graph, server.url, backend='nvidia').bring_up()
        with robot.hearing():
            wait_until(lambda: len(robot.spoken) > 8, 'speech')
            server.die()
            robot.until_state(ConversationState.DEGRADED)
            with NvidiaServer(port=port):
                robot.live()
                said = len(robot.spoken)
                wait_until(lambda: len(robot.spoken) > said + 8, 'speech once more')
                metrics = settled(robot)
    assert (metrics.reconnects, metrics.engine_errors) == (1, 1)


@pytest.mark.fault
def test_a_server_that_dies_in_the_middle_of_a_sentence_cuts_it_there(make_robot, server):
    server.manners.pieces = {0: ' I', 1: ' was', 2: ' going'}
    server.manners.die_at_frame = 2
    robot = make_robot().bring_up()
    robot.hear_frames(2)
    robot.hear_frame()
    final = robot.transcript.wait(lambda t: t.is_final, 'the cut utterance')
    assert (final.text, final.interrupted) == ('I was', True)
    server.manners.die_at_frame = None
    robot.states.wait(lambda s: s.state == ConversationState.DEGRADED, 'the loss')
    robot.live()
    robot.hear_frames(1)


@pytest.mark.fault
def test_a_server_slower_than_real_time_gets_no_backlog_from_us(make_robot, server):
    server.manners.step_s = 0.1
    robot = make_robot().bring_up()
    with robot.hearing(0.01):
        wait_until(lambda: server.heard > 15, 'some frames')
    assert server.backlog_frames <= 3
    assert settled(robot).frames_dropped > 0


@pytest.mark.fault
@pytest.mark.parametrize('fault', ['raw_sound', 'raw_reply'])
def test_nonsense_is_left_and_the_next_connection_works(make_robot, server, fault):
    robot = make_robot().bring_up()
    robot.hear_frames(1)
    setattr(server.manners, fault, b'\xff\xffnonsense')
    with robot.hearing():
        wait_until(lambda: len(server.prompts) > 1, 'a new connection')
        setattr(server.manners, fault, None)
        said = len(robot.spoken)
        wait_until(lambda: len(robot.spoken) > said + 8, 'speech once more')
    assert settled(robot).engine_errors >= 1


@pytest.mark.parametrize(
    ('parameters', 'why'),
    [
        ({'engine_ca_file': '/no/such.pem'}, "engine_ca_file '/no/such.pem': No such file"),
        ({'engine_ca_file': __file__}, 'holds no PEM certificate'),
    ],
)
def test_what_no_connection_would_mend_fails_configure(graph, server, parameters, why):
    log = graph.log()
    robot = Robot(graph, server.url, **{'backend': 'nvidia', **parameters})
    assert not robot.configure()
    assert why in log.wait(lambda line: 'cannot configure' in line.msg, 'the reason').msg


def test_a_missing_sphn_is_one_clear_line_for_this_backend_alone(graph, server, monkeypatch):
    monkeypatch.setitem(sys.modules, 'sphn', None)
    log = graph.log()
    assert not Robot(graph, server.url, backend='nvidia').configure()
    line = log.wait(lambda line: 'cannot configure' in line.msg, 'the reason').msg
    assert 'backend nvidia: Ogg/Opus needs sphn: pip install sphn==0.2.1' in line
    assert Robot(graph, server.url, name='/other').configure()
