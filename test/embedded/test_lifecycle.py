# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Managed nodes: states, callbacks, error processing, services, transition events, publishers."""

import itertools
import time

from lifecycle_msgs.msg import State
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.msg import TransitionEvent
from lifecycle_msgs.srv import ChangeState
from lifecycle_msgs.srv import GetAvailableStates
from lifecycle_msgs.srv import GetAvailableTransitions
from lifecycle_msgs.srv import GetState
import pytest
import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.lifecycle import LifecycleNode
from rclpy.lifecycle import TransitionCallbackReturn
from std_msgs.msg import String

PATIENCE_S = 20.0
SUCCESS = TransitionCallbackReturn.SUCCESS
FAILURE = TransitionCallbackReturn.FAILURE
ERROR = TransitionCallbackReturn.ERROR


class Scripted(LifecycleNode):
    """A managed node whose callbacks answer as they are told, and are noted."""

    serial = itertools.count()
    # names differ, since a state machine's topic lives until Python frees the node

    def __init__(self, answers, **options):
        self.answers = answers
        self.calls = []
        super().__init__(f'managed_{next(self.serial)}', namespace='ns', **options)

    def _answer(self, name, state):
        self.calls.append((name, state.label))
        answer = self.answers.get(name, SUCCESS)
        if answer is ValueError:
            raise ValueError('as the test wants it')
        return answer

    def on_configure(self, state):
        return self._answer('configure', state)

    def on_cleanup(self, state):
        return self._answer('cleanup', state)

    def on_activate(self, state):
        super().on_activate(state)
        return self._answer('activate', state)

    def on_deactivate(self, state):
        super().on_deactivate(state)
        return self._answer('deactivate', state)

    def on_shutdown(self, state):
        return self._answer('shutdown', state)

    def on_error(self, state):
        return self._answer('error', state)


class World:
    """A managed node and one that watches it, spun by the test itself."""

    def __init__(self):
        self.context = rclpy.Context()
        rclpy.init(context=self.context)
        self.executor = SingleThreadedExecutor(context=self.context)
        self.watcher = rclpy.create_node('watcher', namespace='ns', context=self.context)
        self.executor.add_node(self.watcher)

    def managed(self, answers=None, **options):
        node = Scripted(answers or {}, context=self.context, **options)
        self.executor.add_node(node)
        self.managed_name = node.get_name()
        return node

    def until(self, condition):
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, 'the awaited condition did not come true'
            self.executor.spin_once(timeout_sec=0.05)

    def call(self, srv_type, name, request=None):
        client = self.watcher.create_client(srv_type, f'{self.managed_name}/{name}')
        self.until(client.service_is_ready)
        future = client.call_async(request or srv_type.Request())
        self.until(future.done)
        return future.result()

    def state(self):
        state = self.call(GetState, 'get_state').current_state
        return state.id, state.label

    def close(self):
        for node in list(self.executor.get_nodes()):
            node.destroy_node()
        self.executor.shutdown()
        self.context.try_shutdown()


@pytest.fixture
def world():
    world = World()
    yield world
    world.close()


def test_a_node_goes_through_its_states_and_back(world):
    node = world.managed()
    for trigger, state in (
        (node.trigger_configure, (State.PRIMARY_STATE_INACTIVE, 'inactive')),
        (node.trigger_activate, (State.PRIMARY_STATE_ACTIVE, 'active')),
        (node.trigger_deactivate, (State.PRIMARY_STATE_INACTIVE, 'inactive')),
        (node.trigger_cleanup, (State.PRIMARY_STATE_UNCONFIGURED, 'unconfigured')),
        (node.trigger_shutdown, (State.PRIMARY_STATE_FINALIZED, 'finalized')),
    ):
        assert trigger() == SUCCESS
        assert world.state() == state
    assert node.calls == [
        ('configure', 'unconfigured'),
        ('activate', 'inactive'),
        ('deactivate', 'active'),
        ('cleanup', 'inactive'),
        ('shutdown', 'unconfigured'),
    ]


def test_a_callback_that_fails_leaves_the_node_where_it_was(world):
    node = world.managed({'configure': FAILURE})
    assert node.trigger_configure() == FAILURE
    assert world.state()[1] == 'unconfigured'


def test_an_error_that_is_handled_leads_back_to_the_start(world):
    node = world.managed({'activate': ERROR})
    node.trigger_configure()
    assert node.trigger_activate() == ERROR
    assert node.calls[-1] == ('error', 'inactive')
    assert world.state()[1] == 'unconfigured'


@pytest.mark.parametrize('answer', [FAILURE, ERROR, ValueError])
def test_an_error_that_is_not_handled_ends_the_node(answer, world):
    node = world.managed({'configure': ValueError, 'error': answer})
    assert node.trigger_configure() == ERROR
    assert world.state() == (State.PRIMARY_STATE_FINALIZED, 'finalized')


def test_a_transition_that_the_state_does_not_have_is_refused(world):
    node = world.managed()
    with pytest.raises(RuntimeError, match='transition'):
        node.trigger_activate()
    assert world.state()[1] == 'unconfigured'


def test_a_service_changes_the_state_by_id_or_by_label(world):
    node = world.managed()
    request = ChangeState.Request()
    request.transition.id = Transition.TRANSITION_CONFIGURE
    assert world.call(ChangeState, 'change_state', request).success
    request.transition.label = 'activate'
    assert world.call(ChangeState, 'change_state', request).success
    assert world.state()[1] == 'active'
    request.transition.label = 'configure'
    assert not world.call(ChangeState, 'change_state', request).success
    assert [name for name, _ in node.calls] == ['configure', 'activate']


def test_a_service_says_that_a_callback_failed(world):
    world.managed({'configure': FAILURE})
    request = ChangeState.Request()
    request.transition.id = Transition.TRANSITION_CONFIGURE
    assert not world.call(ChangeState, 'change_state', request).success


def test_every_state_is_listed_with_its_id(world):
    world.managed()
    states = world.call(GetAvailableStates, 'get_available_states').available_states
    assert {(state.id, state.label) for state in states} == {
        (0, 'unknown'),
        (1, 'unconfigured'),
        (2, 'inactive'),
        (3, 'active'),
        (4, 'finalized'),
        (10, 'configuring'),
        (11, 'cleaningup'),
        (12, 'shuttingdown'),
        (13, 'activating'),
        (14, 'deactivating'),
        (15, 'errorprocessing'),
    }


def test_the_transitions_of_the_current_state_are_listed(world):
    world.managed().trigger_configure()
    found = world.call(GetAvailableTransitions, 'get_available_transitions').available_transitions
    assert {
        (item.transition.id, item.transition.label, item.goal_state.label) for item in found
    } == {
        (2, 'cleanup', 'cleaningup'),
        (3, 'activate', 'activating'),
        (6, 'shutdown', 'shuttingdown'),
    }
    assert {item.start_state.label for item in found} == {'inactive'}


def test_the_transition_graph_is_whole(world):
    world.managed()
    found = world.call(GetAvailableTransitions, 'get_transition_graph').available_transitions
    assert len({item.transition.id for item in found}) == 25
    errors = {
        item.start_state.label for item in found if item.goal_state.label == 'errorprocessing'
    }
    assert errors == {'configuring', 'cleaningup', 'activating', 'deactivating', 'shuttingdown'}


def test_every_transition_is_announced(world):
    node = world.managed()
    heard = []
    subscription = world.watcher.create_subscription(
        TransitionEvent,
        f'{node.get_name()}/transition_event',
        lambda event: heard.append((event.start_state.label, event.goal_state.label)),
        10,
    )
    world.until(lambda: world.watcher.count_publishers(subscription.topic_name) == 1)
    node.trigger_configure()
    world.until(lambda: len(heard) == 2)
    assert heard == [('unconfigured', 'configuring'), ('configuring', 'inactive')]


def test_a_lifecycle_publisher_speaks_only_while_active(world):
    node = world.managed()
    publisher = node.create_lifecycle_publisher(String, 'words', 10)
    heard = []
    world.watcher.create_subscription(String, 'words', lambda word: heard.append(word.data), 10)
    world.until(lambda: publisher.get_subscription_count() == 1)
    node.trigger_configure()
    publisher.publish(String(data='too early'))
    node.trigger_activate()
    publisher.publish(String(data='now'))
    world.until(lambda: heard)
    node.trigger_deactivate()
    publisher.publish(String(data='too late'))
    node.trigger_activate()
    publisher.publish(String(data='again'))
    world.until(lambda: len(heard) == 2)
    assert heard == ['now', 'again']


def test_without_its_services_a_node_is_managed_from_within(world):
    node = world.managed(enable_communication_interface=False)
    services = dict(world.watcher.get_service_names_and_types_by_node(world.managed_name, '/ns'))
    assert f'/ns/{world.managed_name}/get_state' not in services
    assert node.trigger_configure() == SUCCESS
