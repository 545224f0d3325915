# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Ears on the user's words are there before anybody speaks, and hear everybody once."""

from diagnostic_msgs.msg import DiagnosticArray
from graph import wait_until
import pytest
from rclpy.qos import QoSProfile
from rclpy.qos import ReliabilityPolicy
from std_msgs.msg import String
from tool_rig import entry
from tool_rig import ToolRig

from personaplex_ros.msg import Transcript
from personaplex_ros.nodes.intent import user_ears
from personaplex_ros.nodes.intent.user_ears import UserEars

pytestmark = pytest.mark.graph

SHOUT = '{kind: topic, name: shout, type: std_msgs/msg/String, args: {data: hey}}'
BEST_EFFORT = QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT)


class Listening:
    """Ears of a node, and what they have heard."""

    def __init__(self, graph, *topics: str) -> None:
        self.graph = graph
        self.heard: list[str] = []
        self.ears = UserEars(graph.node, lambda text, voice, is_final: self.heard.append(text))
        self.ears.configure(list(topics))

    def speaker(self, topic: str, qos: QoSProfile | int = 10):
        """Give a publisher of another process that has been heard of."""
        publisher = self.graph.stranger('speaker').create_publisher(String, topic, qos)
        wait_until(lambda: publisher.get_subscription_count() > 0, 'ears')
        return publisher

    def until(self, *texts: str) -> None:
        """Wait until this and nothing else was heard."""
        wait_until(lambda: len(self.heard) >= len(texts), lambda: f'{texts}; had {self.heard}')
        assert self.heard == list(texts)


@pytest.fixture
def listen(graph):
    """Give a maker of ears."""
    return lambda *topics: Listening(graph, *topics)


def test_who_waits_for_one_ear_speaks_once_and_leaves_is_heard_by_all(graph, make_robot, tmp_path):
    words = 'whisper/words'
    robot = make_robot(user_words=words).bring_up()
    rig = ToolRig(graph, tmp_path, entry('shout', SHOUT), user_words=words)
    assert rig.configure() and rig.activate()
    stranger = graph.stranger('pub_once')
    publisher = stranger.create_publisher(String, rig.path(words), 1)
    wait_until(lambda: publisher.get_subscription_count() > 0, 'one ear')
    publisher.publish(String(data='Emergency stop!'))
    stranger.destroy_publisher(publisher)
    wait_until(lambda: rig.node._acting.intent.estop_pressed_by == 'user', 'the stop')
    robot.transcript.wait(lambda t: t.speaker == Transcript.USER, 'the copy')


def test_somebody_who_speaks_without_guarantee_is_heard_and_nobody_twice(listen):
    listening = listen('words')
    topic = f'{listening.graph.namespace}/words'
    reliable = listening.speaker(topic)
    reliable.publish(String(data='one'))
    listening.until('one')
    lossy = listening.speaker(topic, BEST_EFFORT)
    lossy.publish(String(data='two'))
    listening.until('one', 'two')
    reliable.publish(String(data='three'))
    reliable.publish(String(data='four'))
    listening.until('one', 'two', 'three', 'four')


def test_a_word_that_an_executor_is_about_to_take_keeps_its_subscription(listen, monkeypatch):
    due: list[object] = []
    monkeypatch.setattr(user_ears, '_is_due', lambda subscription: subscription in due)
    listening = listen('words')
    listening.speaker('words').publish(String(data='one'))
    listening.until('one')
    (ear,) = listening.ears._ears.values()
    due.append(ear.subscription)
    speaker = listening.graph.stranger('vague').create_publisher(String, 'words', BEST_EFFORT)
    looks = 0

    def looked() -> bool:
        nonlocal looks
        listening.ears._look()
        looks += 1
        return looks > 3

    wait_until(looked, 'some looks')
    assert next(iter(listening.ears._ears.values())).subscription is due[0]
    due.clear()
    wait_until(lambda: speaker.get_subscription_count() > 0, 'an ear that hears it, too')
    speaker.publish(String(data='two'))
    listening.until('one', 'two')


def test_a_topic_that_is_not_named_any_more_is_not_heard(listen):
    listening = listen('before', 'any/*')
    path = listening.graph.namespace
    speakers = [listening.speaker(f'{path}/{topic}') for topic in ('before', 'any/body')]
    wait_until(lambda: len(listening.ears.topics) == 2, 'both to be found')
    listening.ears.configure(['now'])
    assert listening.ears.topics == []
    for speaker in speakers:
        speaker.publish(String(data='late'))
    listening.speaker(f'{path}/now').publish(String(data='hello'))
    listening.until('hello')


def test_a_name_is_no_pattern_unless_there_is_a_star_in_it(listen):
    listening = listen('MANY/words')
    path = listening.graph.namespace
    other = listening.graph.stranger('other').create_publisher(String, f'{path}/MxY/words', 10)
    listening.speaker(f'{path}/MANY/words').publish(String(data='hello'))
    wait_until(lambda: listening.ears.topics == [f'{path}/MANY/words'], 'a look')
    assert other.get_subscription_count() == 0
    listening.until('hello')


def test_voices_that_are_gone_make_room_for_new_ones_and_plain_names_stay(listen, monkeypatch):
    monkeypatch.setattr(user_ears, 'MAX_TOPICS', 3)
    listening = listen('words', 'voices/*/speech')
    path, heard = listening.graph.namespace, []
    stranger = listening.graph.stranger('recogniser')
    for name in 'abcde':
        voice = stranger.create_publisher(String, f'{path}/voices/{name}/speech', 10)
        wait_until(lambda voice=voice: voice.get_subscription_count() > 0, f'an ear for {name}')
        heard.append(name)
        voice.publish(String(data=name))
        listening.until(*heard)
        stranger.destroy_publisher(voice)
    count = listening.graph.node.count_subscribers
    assert [count(f'{path}/voices/{name}/speech') for name in 'abcde'] == [0, 0, 0, 1, 1]
    assert count(f'{path}/words') == 1


def test_a_voice_that_is_there_makes_no_room_and_who_is_not_heard_is_told(listen, monkeypatch):
    monkeypatch.setattr(user_ears, 'MAX_TOPICS', 2)
    listening = listen('voices/*/speech')
    log, path = listening.graph.log(), listening.graph.namespace
    voices = [listening.speaker(f'{path}/voices/{name}/speech') for name in 'ab']
    stranger = listening.graph.stranger('third')
    third = stranger.create_publisher(String, f'{path}/voices/c/speech', 10)
    log.wait(lambda m: m.msg.endswith(f'not listening to {path}/voices/c/speech'), 'the line')
    assert third.get_subscription_count() == 0
    for voice in voices:
        voice.publish(String(data='still here'))
        listening.until(*['still here'] * (voices.index(voice) + 1))


def test_where_nobody_speaks_diagnostics_say_so(graph, tmp_path):
    told = graph.listen(DiagnosticArray, '/diagnostics')
    rig = ToolRig(graph, tmp_path, entry('shout', SHOUT), user_words='silent, whisper/words')
    assert rig.configure()

    def value(message, key: str) -> str:
        return {v.key: v.value for v in message.status[0].values}[key]

    report = told.wait(lambda m: value(m, 'state') == 'inactive', 'a report')
    assert value(report, 'hears the user on') == 'nothing'
    graph.stranger('whisper').create_publisher(String, rig.path('whisper/words'), 10)
    told.wait(lambda m: value(m, 'hears the user on') == rig.path('whisper/words'), 'who speaks')
