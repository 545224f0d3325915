# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a recogniser understands of the user stands in transcript, beside what the agent says."""

from graph import wait_until
import pytest
from std_msgs.msg import String

from personaplex_ros.msg import Transcript

pytestmark = pytest.mark.graph


class Recogniser:
    """Tells a robot's user_words."""

    def __init__(self, robot) -> None:
        self._publisher = robot.graph.node.create_publisher(String, robot.path('user_words'), 10)

    def until_heard(self) -> 'Recogniser':
        """Wait until the robot has found it."""
        wait_until(lambda: self._publisher.get_subscription_count() > 0, 'ears')
        return self

    def tell(self, text: str) -> None:
        """Let the user have said something."""
        self._publisher.publish(String(data=text))


@pytest.fixture
def recogniser(robot) -> Recogniser:
    return Recogniser(robot).until_heard()


def test_the_users_words_are_final_and_counted_apart_from_the_agents(robot, engine, recogniser):
    engine.behaviour.pieces = {0: ' Hi'}
    robot.hear_frames(1)
    for text in ('hello robot', 'how are you?'):
        recogniser.tell(text)
        robot.transcript.wait(lambda t, text=text: t.text == text, 'the words')
    told = [t for t in robot.transcript if t.speaker == Transcript.USER]
    assert [(t.utterance, t.text) for t in told] == [(1, 'hello robot'), (2, 'how are you?')]
    assert all(t.is_final and t.relayed and t.start == t.end != Transcript().start for t in told)
    agents = [t for t in robot.transcript if t.speaker == Transcript.AGENT]
    assert [(t.utterance, t.text, t.relayed) for t in agents] == [(1, 'Hi', False)]


def test_words_before_the_node_is_active_are_not_told(make_robot):
    robot = make_robot()
    assert robot.configure()
    recogniser = Recogniser(robot).until_heard()
    recogniser.tell('too early')
    assert robot.activate()
    robot.live()
    assert robot.deactivate()
    recogniser.tell('too late')
    assert robot.activate()
    robot.live()
    recogniser.tell('hello')
    first = robot.transcript.wait(lambda t: t.speaker == Transcript.USER, 'the words')
    assert (first.text, first.utterance) == ('hello', 1)


def test_half_an_utterance_is_not_told(robot, recogniser):
    robot.node._transcripts._on_user('how', '', False)
    recogniser.tell('how are you?')
    first = robot.transcript.wait(lambda t: t.speaker == Transcript.USER, 'the words')
    assert first.text == 'how are you?'


def test_the_topics_are_a_parameter(make_robot):
    robot = make_robot(user_words='whisper/text').bring_up()
    elsewhere = robot.graph.node.create_publisher(String, robot.path('whisper/text'), 10)
    Recogniser(robot)
    wait_until(lambda: elsewhere.get_subscription_count() > 0, 'ears')
    assert robot.graph.node.count_subscribers(robot.path('user_words')) == 0
