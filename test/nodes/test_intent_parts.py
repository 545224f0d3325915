# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The parts of tool_intent alone: its thread, and messages filled from plain values."""

import threading

from diagnostic_msgs.msg import DiagnosticStatus
from geometry_msgs.msg import PoseStamped
from graph import wait_until
from nav_msgs.msg import Odometry
from nav_msgs.msg import Path
import pytest
from sensor_msgs.msg import JointState
from std_msgs.msg import UInt8

from personaplex_ros.conversation.settings import check
from personaplex_ros.nodes.intent.messages import fill_message
from personaplex_ros.nodes.intent.messages import told
from personaplex_ros.nodes.intent.one_thread import MAX_WAITING
from personaplex_ros.nodes.intent.one_thread import OneThread
from personaplex_ros.nodes.intent.settings import ToolIntentSettings

pytestmark = pytest.mark.graph


class Thread:
    """A OneThread that writes down what it does; it can be held up."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.errors: list[Exception] = []
        self.go_on = threading.Event()
        self.is_held = threading.Event()
        self.thread = OneThread(
            'test', lambda: self.done.append('overflow'), lambda: None, self.errors.append, 0.01
        )

    def hold(self) -> None:
        """Hold it up until go_on."""
        self.thread.post(self._wait)
        assert self.is_held.wait(10.0)

    def _wait(self) -> None:
        self.is_held.set()
        self.go_on.wait(10.0)


@pytest.fixture
def held():
    thread = Thread()
    thread.hold()
    yield thread
    thread.go_on.set()
    thread.thread.stop()


def test_what_is_urgent_comes_first_and_the_rest_in_order(held):
    for name in ('one', 'two', 'three'):
        held.thread.post(held.done.append, name)
    held.thread.urge(held.done.append, 'stop')
    held.go_on.set()
    wait_until(lambda: held.done == ['stop', 'one', 'two', 'three'], held.done)


def test_what_is_urgent_is_done_before_the_end_and_the_rest_is_dropped(held):
    held.thread.post(held.done.append, 'words')
    held.thread.urge(held.done.append, 'stop')
    stopping = threading.Thread(target=held.thread.stop)
    stopping.start()
    wait_until(lambda: held.thread._ends, 'the end')
    held.go_on.set()
    stopping.join(10.0)
    assert held.done == ['stop']


def test_words_that_are_too_many_are_dropped_as_a_whole(held):
    for number in range(MAX_WAITING + 1):
        held.thread.post(held.done.append, str(number))
    held.go_on.set()
    wait_until(lambda: held.done == ['overflow', str(MAX_WAITING)], held.done)
    assert held.thread.dropped == MAX_WAITING


def test_a_call_that_raises_is_told_and_the_thread_goes_on(held):
    held.thread.post(lambda: 1 / 0)
    held.thread.post(held.done.append, 'after it')
    held.go_on.set()
    wait_until(lambda: held.done == ['after it'])
    assert isinstance(held.errors[0], ZeroDivisionError)


def test_an_answer_comes_or_is_given_up_and_a_mistake_is_the_askers(held):
    with pytest.raises(TimeoutError):
        held.thread.ask(lambda: 1, patience_s=0.01)
    held.go_on.set()
    assert held.thread.ask(lambda: 2) == 2
    with pytest.raises(ZeroDivisionError):
        held.thread.ask(lambda: 1 / 0)


def test_a_nested_message_is_filled_and_whole_numbers_become_floats():
    pose = {'position': {'x': 1, 'y': 2.5}, 'orientation': {'w': 1}}
    goal = fill_message(PoseStamped, {'header': {'frame_id': 'map'}, 'pose': pose})
    assert goal.header.frame_id == 'map'
    assert (goal.pose.position.x, goal.pose.position.y) == (1.0, 2.5)
    assert goal.pose.orientation.w == 1.0


def test_lists_of_numbers_texts_and_messages_are_filled():
    state = fill_message(JointState, {'name': ['a', 'b'], 'position': [0, 1.5]})
    assert list(state.name) == ['a', 'b'] and list(state.position) == [0.0, 1.5]
    path = fill_message(Path, {'poses': [{'pose': {'position': {'x': 3}}}]})
    assert path.poses[0].pose.position.x == 3.0
    assert fill_message(DiagnosticStatus, {'level': 2}).level == b'\x02'


@pytest.mark.parametrize(
    ('kind', 'values'),
    [
        (UInt8, {'data': 'loud'}),
        (UInt8, {'data': 300}),
        (UInt8, {'date': 1}),
        (JointState, {'name': 'a'}),
        (PoseStamped, {'pose': 7}),
        (PoseStamped, {'header': {'stamp': {'nanosec': -1}}}),
        (Path, {'poses': [{'header': {'frame_id': 1}}]}),
        (PoseStamped, {'pose': {'position': {'x': 'far'}}}),
    ],
)
def test_what_does_not_fit_is_refused(kind, values):
    with pytest.raises((AttributeError, TypeError, ValueError)):
        fill_message(kind, values)


def test_a_message_is_told_in_a_few_words():
    pose = fill_message(PoseStamped, {'pose': {'position': {'x': 1.23456}}})
    assert 'pose.position.x: 1.23' in told(pose)
    assert len(told(fill_message(DiagnosticStatus, {'message': 'x' * 1000}))) == 200
    odometry = fill_message(Odometry, {'child_frame_id': 'base'})
    assert told(odometry).startswith('child_frame_id: base, header.'), 'own fields first'


def test_names_that_no_topic_can_have_are_no_setting():
    assert check(ToolIntentSettings, 'user_words', 'user_words, /humans/voices/*/speech') == ''
    assert "'my words'" in check(ToolIntentSettings, 'user_words', 'user_words, my words')
