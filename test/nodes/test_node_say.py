# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The say action of the conversation node: goals, words, cancelling, and every way to end."""

import os
from pathlib import Path
import signal
import subprocess
import sys

from action_msgs.msg import GoalStatus
from graph import wait_until
import pytest
from rclpy.action import ActionClient
from robot import sums_up

from fakes.engine import FakeEngine
from personaplex_ros.action import Say
from personaplex_ros.nodes import main
from personaplex_ros.wire.limits import MAX_SAYS

pytestmark = pytest.mark.graph

SAYING = 'the engine has heard of it'
PROGRAM = f"""
from fakes.engine import FakeEngine
from personaplex_ros.action import Say
from personaplex_ros.nodes import conversation_node, main
from rclpy.action import ActionClient
from rclpy.parameter import Parameter

class Saying(conversation_node.ConversationNode):
    def __init__(self):
        url = Parameter('engine_url', value=engine.url)
        super().__init__('conversation', parameter_overrides=[url])
        self.trigger_configure()
        self.trigger_activate()
        self._client = ActionClient(self, Say, 'say')
        self.create_timer(0.05, self._ask)

    def _ask(self):
        if engine.says:
            print({SAYING!r}, flush=True)
        elif self._client.server_is_ready():
            self._client.send_goal_async(Say.Goal(text='one two three'))

with FakeEngine() as engine:
    main.run_node(Saying)
"""


class Speaker:
    """A client of a robot's say action."""

    def __init__(self, robot) -> None:
        self._graph = robot.graph
        self._client = ActionClient(robot.graph.node, Say, robot.path('say'))
        wait_until(self._client.server_is_ready, 'the say action')

    def send(self, text: str, interrupt_first: bool = False) -> 'Goal':
        """Send a goal; return it, accepted."""
        goal = Goal(self._graph)
        future = self._client.send_goal_async(
            Say.Goal(text=text, interrupt_first=interrupt_first),
            feedback_callback=lambda message: goal.words.append(message.feedback.word),
        )
        goal.handle = self._graph.answer(future, 'the goal')
        assert goal.handle.accepted
        return goal


class Goal:
    """One goal: its handle and the words it told of."""

    def __init__(self, graph) -> None:
        self._graph = graph
        self.words: list[str] = []
        self.handle = None

    def end(self) -> tuple[int, Say.Result]:
        """Wait for its result; return status and result."""
        answer = self._graph.answer(self.handle.get_result_async(), 'the result')
        return answer.status, answer.result

    def refusal(self) -> str:
        """Wait for its result, which is that nothing was said; return why."""
        status, result = self.end()
        assert (status, result.success, result.spoken) == (GoalStatus.STATUS_ABORTED, False, '')
        return result.message

    def cancel(self) -> bool:
        """Ask to cancel it; return whether that was accepted."""
        answer = self._graph.answer(self.handle.cancel_goal_async(), 'the cancel request')
        return len(answer.goals_canceling) == 1


@pytest.fixture
def speaker(robot) -> Speaker:
    """Give a client of a live robot."""
    return Speaker(robot)


def test_a_text_is_spoken_word_by_word_and_the_goal_succeeds(robot, speaker, engine):
    goal = speaker.send('Room 204B, please.')
    wait_until(lambda: engine.says, 'the engine to hear of it')
    assert engine.says[0].text == 'Room 204B, please.'
    robot.hear_frames(1)
    wait_until(lambda: goal.words == ['Room'], 'the first word')
    robot.hear_frames(3)
    status, result = goal.end()
    assert status == GoalStatus.STATUS_SUCCEEDED
    assert (result.success, result.spoken, result.message) == (True, 'Room 204B, please.', '')
    wait_until(lambda: goal.words == ['Room', '204B,', 'please.'], 'all words')


def test_a_text_is_spoken_whole_where_no_microphone_is(robot, speaker, engine, silence_stands_in):
    engine.behaviour.pieces = {0: 'one', 1: ' two', 2: ' three'}
    status, result = speaker.send('one two three').end()
    assert (status, result.spoken) == (GoalStatus.STATUS_SUCCEEDED, 'one two three')
    robot.transcript.wait(lambda t: t.is_final and t.text == 'one two three', 'its end')
    metrics = robot.metrics.wait(lambda m: m.frames_filled >= 4, 'metrics that tell of it')
    assert (metrics.frames_in, metrics.frames_out, metrics.frames_dropped) == (0, 0, 0)
    assert sums_up(metrics)


def test_an_interrupt_ends_it_with_what_was_spoken(robot, speaker, engine):
    goal = speaker.send('one two three')
    wait_until(lambda: engine.says, 'the engine to hear of it')
    robot.hear_frames(2)
    robot.interrupt()
    status, result = goal.end()
    assert status == GoalStatus.STATUS_ABORTED
    assert (result.success, result.spoken) == (False, 'one two')
    assert 'interrupted' in result.message


def test_a_cancelled_goal_ends_as_cancelled_with_what_was_spoken(robot, speaker, engine):
    goal = speaker.send('one two three')
    wait_until(lambda: engine.says, 'the engine to hear of it')
    robot.hear_frames(1)
    assert goal.cancel()
    status, result = goal.end()
    assert status == GoalStatus.STATUS_CANCELED
    assert (result.success, result.spoken) == (False, 'one')


def test_goals_are_spoken_one_after_the_other(robot, speaker, engine):
    first = speaker.send('one')
    wait_until(lambda: len(engine.says) == 1, 'the first')
    second = speaker.send('two')
    wait_until(lambda: len(engine.says) == 2, 'the second')
    robot.hear_frames(4)
    assert [goal.end()[1].spoken for goal in (first, second)] == ['one', 'two']


def test_a_goal_may_interrupt_what_is_being_said(robot, speaker, engine):
    first = speaker.send('a long story')
    wait_until(lambda: len(engine.says) == 1, 'the first')
    robot.hear_frames(1)
    epoch = robot.spoken.last.epoch
    second = speaker.send('Fire!', interrupt_first=True)
    assert first.end()[0] == GoalStatus.STATUS_ABORTED
    wait_until(lambda: len(engine.says) == 2, 'the second')
    robot.hear_frames(2)
    assert second.end()[1].spoken == 'Fire!'
    assert robot.spoken.last.epoch == epoch + 1, 'players drop what they hold of the first'


@pytest.mark.parametrize('text', ['', '  \n', 'x' * 1_001], ids=['empty', 'blank', 'too long'])
def test_a_text_that_cannot_be_said_is_aborted_at_once_and_says_why(speaker, engine, graph, text):
    log = graph.log()
    assert 'the text to say' in speaker.send(text).refusal()
    log.wait(lambda line: 'say is refused: the text to say' in line.msg, 'the reason')
    assert engine.requests == 0


def test_goals_are_aborted_at_once_while_the_node_is_not_active(make_robot, engine):
    robot = make_robot()
    speaker = Speaker(robot)
    assert 'configure and activate it first' in speaker.send('x').refusal()
    assert robot.configure()
    assert 'activate it first' in speaker.send('x').refusal()
    assert robot.activate()
    robot.live()
    speaker.send('y')
    wait_until(lambda: [said.text for said in engine.says] == ['y'], 'the engine to hear of it')
    assert robot.deactivate()
    assert 'activate it first' in speaker.send('x').refusal()


def test_more_goals_than_may_wait_are_aborted_at_once(speaker, engine):
    for _ in range(MAX_SAYS):
        speaker.send('x')
    wait_until(lambda: len(engine.says) == MAX_SAYS, 'all of them')
    for _ in range(20):
        assert f'{MAX_SAYS} texts wait to be spoken already' in speaker.send('x').refusal()
    assert len(engine.says) == MAX_SAYS


def test_a_place_is_free_again_when_a_goal_has_ended(robot, speaker, engine):
    goals = [speaker.send('x') for _ in range(MAX_SAYS)]
    wait_until(lambda: len(engine.says) == MAX_SAYS, 'all of them')
    robot.hear_frames(2)
    assert goals[0].end()[1].success
    speaker.send('y')
    wait_until(lambda: engine.says[-1].text == 'y', 'the engine to hear of it')


def test_an_engine_that_takes_no_texts_aborts_the_goal_in_plain_words(robot, speaker, engine):
    engine.behaviour.knows_say = False
    status, result = speaker.send('x').end()
    assert status == GoalStatus.STATUS_ABORTED
    assert 'this engine takes no text to say' in result.message


def test_a_lost_engine_aborts_the_goal(robot, speaker, engine):
    goal = speaker.send('one two three')
    wait_until(lambda: engine.says, 'the engine to hear of it')
    engine.hang_up()
    status, result = goal.end()
    assert status == GoalStatus.STATUS_ABORTED
    assert 'lost' in result.message


def test_an_engine_that_is_away_aborts_the_goal_at_once(graph):
    from robot import Robot

    with FakeEngine() as engine:
        url = engine.url
    robot = Robot(graph, url)
    assert robot.configure()
    assert robot.activate()
    status, result = Speaker(robot).send('x').end()
    assert status == GoalStatus.STATUS_ABORTED
    assert 'no engine is connected' in result.message


@pytest.mark.parametrize('leave', ['deactivate', 'cleanup'])
def test_leaving_the_conversation_ends_the_goal(robot, speaker, engine, leave):
    goal = speaker.send('one two three')
    wait_until(lambda: engine.says, 'the engine to hear of it')
    assert robot.deactivate()
    assert leave == 'deactivate' or robot.cleanup()
    status, result = goal.end()
    assert status == GoalStatus.STATUS_ABORTED
    assert 'deactivated' in result.message


def test_a_node_that_is_taken_down_does_not_wait_for_the_goal(robot, speaker, engine, graph):
    speaker.send('one two three')
    wait_until(lambda: engine.says, 'the engine to hear of it')
    graph.remove(robot.node)
    wait_until(lambda: engine.sessions == 0, 'the session to end')


@pytest.mark.fault
def test_a_process_that_is_told_to_end_does_not_wait_for_a_goal(tmp_path):
    fakes = str(Path(__file__).parents[1])
    path = os.pathsep.join([fakes, os.environ.get('PYTHONPATH', '')])
    child = subprocess.Popen(
        [sys.executable, '-c', PROGRAM],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, 'PYTHONPATH': path},
        cwd=tmp_path,
    )
    try:
        assert SAYING in child.stdout.readline(), child.stderr.read()
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=4)  # less than an engine is waited for
    finally:
        child.kill()
        child.communicate()
    assert child.returncode == 0, errors
    assert 'Traceback' not in errors


def test_other_services_answer_while_every_place_is_taken(robot, speaker, engine):
    for _ in range(MAX_SAYS):
        speaker.send('x')
    assert robot.list_personas().active == 'teacher'
    assert robot.set_persona('barista').success
    assert main.EXECUTOR_THREADS > MAX_SAYS + 2


def test_a_persona_may_keep_the_memory_of_the_conversation(robot, engine):
    from personaplex_ros.srv import SetPersona

    service = robot.path('set_persona')
    assert robot.graph.ask(SetPersona, service, name='barista', keep_memory=True).success
    assert robot.set_persona('companion').success
    assert engine.memories == [True, False]
