# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Actions: goals, feedback, results, cancelling by every rule, status, expiry, graph queries."""

import threading
import time
import uuid

from action_msgs.msg import GoalStatus
from action_msgs.msg import GoalStatusArray
from action_msgs.srv import CancelGoal
import pytest
import rclpy
from rclpy.action import ActionClient
from rclpy.action import ActionServer
from rclpy.action import CancelResponse
from rclpy.action import get_action_client_names_and_types_by_node
from rclpy.action import get_action_names_and_types
from rclpy.action import get_action_server_names_and_types_by_node
from rclpy.action import GoalResponse
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.executors import MultiThreadedExecutor
from rclpy.parameter import Parameter
from rclpy.qos import QoSDurabilityPolicy
from rclpy.qos import QoSProfile
from rosgraph_msgs.msg import Clock
from test_msgs.action import Fibonacci
from unique_identifier_msgs.msg import UUID

PATIENCE_S = 20.0
TYPE = 'test_msgs/action/Fibonacci'


class World:
    """A client node and a server node of one context, spun by the test itself."""

    def __init__(self):
        self.context = rclpy.Context()
        rclpy.init(context=self.context)
        self.executor = MultiThreadedExecutor(num_threads=4, context=self.context)
        self.server_node = self._node('server')
        self.client_node = self._node('client')
        self.release = threading.Event()
        """Set it to let the goals of a patient server end."""
        self._servers = []

    def _node(self, name):
        node = rclpy.create_node(name, namespace='ns', context=self.context)
        self.executor.add_node(node)
        return node

    def serve(self, execute, **options):
        """Offer the action 'count'."""
        server = ActionServer(
            self.server_node,
            Fibonacci,
            'count',
            execute,
            callback_group=ReentrantCallbackGroup(),
            **options,
        )
        self._servers.append(server)
        return server

    def stop_serving(self):
        while self._servers:
            self._servers.pop().destroy()

    def serve_patiently(self, **options):
        """Offer an action whose goals run until they are released or cancelled."""

        def execute(goal_handle):
            while not self.release.wait(0.002):
                if goal_handle.is_cancel_requested:
                    goal_handle.canceled()
                    return Fibonacci.Result(sequence=[-1])
            goal_handle.succeed()
            return Fibonacci.Result(sequence=[1])

        options.setdefault('cancel_callback', lambda goal: CancelResponse.ACCEPT)
        return self.serve(execute, **options)

    def client(self):
        client = ActionClient(self.client_node, Fibonacci, 'count')
        self.until(client.server_is_ready)
        return client

    def until(self, condition):
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, 'the awaited condition did not come true'
            self.executor.spin_once(timeout_sec=0.05)

    def result_of(self, future):
        self.until(future.done)
        return future.result()

    def start(self, client, order=1, **options):
        """Send a goal that is accepted and return its handle once it executes."""
        handle = self.result_of(client.send_goal_async(Fibonacci.Goal(order=order), **options))
        assert handle.accepted
        return handle

    def cancel(self, goal_id=None, stamp=None):
        """Send a bare cancel request and return its response."""
        client = self.client_node.create_client(CancelGoal, 'count/_action/cancel_goal')
        self.until(client.service_is_ready)
        request = CancelGoal.Request()
        if goal_id is not None:
            request.goal_info.goal_id = goal_id
        if stamp is not None:
            request.goal_info.stamp = stamp
        response = self.result_of(client.call_async(request))
        self.client_node.destroy_client(client)
        return response

    def close(self):
        self.release.set()
        self.stop_serving()
        self.executor.shutdown()
        self.context.try_shutdown()


@pytest.fixture
def world():
    world = World()
    yield world
    world.close()


def count_up(goal_handle):
    sequence = []
    for number in range(goal_handle.request.order):
        sequence.append(number)
        goal_handle.publish_feedback(Fibonacci.Feedback(sequence=sequence))
    goal_handle.succeed()
    return Fibonacci.Result(sequence=sequence)


def test_a_goal_yields_feedback_in_order_and_its_result(world):
    world.serve(count_up)
    feedback = []
    handle = world.start(
        world.client(),
        3,
        feedback_callback=lambda message: feedback.append(list(message.feedback.sequence)),
    )
    answer = world.result_of(handle.get_result_async())
    assert answer.status == GoalStatus.STATUS_SUCCEEDED
    assert list(answer.result.sequence) == [0, 1, 2]
    world.until(lambda: len(feedback) == 3)
    assert feedback == [[0], [0, 1], [0, 1, 2]]


def test_a_goal_can_be_rejected(world):
    world.serve(count_up, goal_callback=lambda goal: GoalResponse.REJECT)
    handle = world.result_of(world.client().send_goal_async(Fibonacci.Goal()))
    assert not handle.accepted


def test_the_result_may_be_asked_for_after_the_goal_ended(world):
    ended = threading.Event()

    def execute(goal_handle):
        result = count_up(goal_handle)
        ended.set()
        return result

    world.serve(execute)
    handle = world.start(world.client(), 2)
    world.until(ended.is_set)
    assert list(world.result_of(handle.get_result_async()).result.sequence) == [0, 1]


def test_each_client_hears_of_its_own_goal_only(world):
    world.serve(count_up)
    heard = {1: [], 2: []}
    handles = [
        world.start(
            world.client(),
            order,
            feedback_callback=lambda message, order=order: heard[order].append(
                list(message.feedback.sequence)
            ),
        )
        for order in heard
    ]
    results = [world.result_of(handle.get_result_async()).result for handle in handles]
    assert [list(result.sequence) for result in results] == [[0], [0, 1]]
    world.until(lambda: heard == {1: [[0]], 2: [[0], [0, 1]]})


def test_a_goal_id_in_use_is_rejected(world):
    world.serve_patiently()
    client = world.client()
    goal_id = UUID(uuid=list(uuid.uuid4().bytes))
    world.start(client, goal_uuid=goal_id)
    # another client, since rclpy's own would refuse to send the same id twice
    second = world.result_of(world.client().send_goal_async(Fibonacci.Goal(), goal_uuid=goal_id))
    assert not second.accepted


def test_a_goal_may_be_accepted_now_and_executed_later(world):
    accepted = []
    world.serve(count_up, handle_accepted_callback=accepted.append)
    handle = world.start(world.client(), 1)
    world.until(lambda: accepted)
    assert accepted[0].status == GoalStatus.STATUS_ACCEPTED
    accepted[0].execute()
    assert world.result_of(handle.get_result_async()).status == GoalStatus.STATUS_SUCCEEDED


def test_an_exception_in_the_execute_callback_aborts_the_goal(world):
    def execute(goal_handle):
        raise ValueError('as the test wants it')

    world.serve(execute)
    answer = world.result_of(world.start(world.client()).get_result_async())
    assert answer.status == GoalStatus.STATUS_ABORTED
    assert list(answer.result.sequence) == []


def test_a_goal_can_be_cancelled(world):
    world.serve_patiently()
    handle = world.start(world.client())
    response = world.result_of(handle.cancel_goal_async())
    assert [info.goal_id for info in response.goals_canceling] == [handle.goal_id]
    answer = world.result_of(handle.get_result_async())
    assert answer.status == GoalStatus.STATUS_CANCELED
    assert list(answer.result.sequence) == [-1]


def test_a_server_may_refuse_to_cancel(world):
    world.serve_patiently(cancel_callback=lambda goal: CancelResponse.REJECT)
    handle = world.start(world.client())
    assert not world.result_of(handle.cancel_goal_async()).goals_canceling
    world.release.set()
    answer = world.result_of(handle.get_result_async())
    assert answer.status == GoalStatus.STATUS_SUCCEEDED


def test_cancelling_an_unknown_goal_says_so(world):
    world.serve_patiently()
    response = world.cancel(goal_id=UUID(uuid=list(uuid.uuid4().bytes)))
    assert response.return_code == CancelGoal.Response.ERROR_UNKNOWN_GOAL_ID
    assert not response.goals_canceling


def test_cancelling_a_goal_that_ended_says_so(world):
    world.serve(count_up)
    handle = world.start(world.client())
    world.result_of(handle.get_result_async())
    response = world.cancel(goal_id=handle.goal_id)
    assert response.return_code == CancelGoal.Response.ERROR_GOAL_TERMINATED


def test_a_cancel_request_without_id_and_time_means_every_goal(world):
    world.serve_patiently()
    client = world.client()
    handles = [world.start(client) for _ in range(3)]
    assert len(world.cancel().goals_canceling) == 3
    statuses = [world.result_of(handle.get_result_async()).status for handle in handles]
    assert statuses == [GoalStatus.STATUS_CANCELED] * 3


def test_a_cancel_request_with_a_time_means_the_goals_accepted_until_then(world):
    world.serve_patiently()
    client = world.client()
    early = world.start(client)
    late = world.start(client)
    response = world.cancel(stamp=early.stamp)
    # a server stamps a goal again when it follows it, so the client's stamp is a little early
    assert late.goal_id not in [info.goal_id for info in response.goals_canceling]
    response = world.cancel(stamp=world.client_node.get_clock().now().to_msg())
    cancelled = [info.goal_id for info in response.goals_canceling]
    assert late.goal_id in cancelled


def test_the_status_of_all_goals_reaches_a_late_joiner(world):
    world.serve(count_up)
    handle = world.start(world.client())
    world.result_of(handle.get_result_async())
    seen = []
    world.client_node.create_subscription(
        GoalStatusArray,
        'count/_action/status',
        seen.append,
        QoSProfile(depth=1, durability=QoSDurabilityPolicy.TRANSIENT_LOCAL),
    )
    world.until(lambda: seen)
    [status] = seen[-1].status_list
    assert status.goal_info.goal_id == handle.goal_id
    assert status.status == GoalStatus.STATUS_SUCCEEDED


def test_the_client_follows_the_status_of_its_goal(world):
    world.serve_patiently()
    handle = world.start(world.client())
    world.release.set()
    world.until(lambda: handle.status == GoalStatus.STATUS_SUCCEEDED)


def test_the_result_of_an_unknown_goal_has_an_unknown_status(world):
    world.serve(count_up)
    service = Fibonacci.Impl.GetResultService
    client = world.client_node.create_client(service, 'count/_action/get_result')
    world.until(client.service_is_ready)
    answer = world.result_of(client.call_async(service.Request()))
    assert answer.status == GoalStatus.STATUS_UNKNOWN


def test_a_result_expires_by_the_clock_of_the_server(world):
    world.server_node.set_parameters([Parameter('use_sim_time', value=True)])
    clock = world.client_node.create_publisher(Clock, '/clock', 10)
    world.until(lambda: clock.get_subscription_count() == 1)

    def set_time(seconds):
        message = Clock()
        message.clock.sec = seconds
        clock.publish(message)
        world.until(lambda: world.server_node.get_clock().now().nanoseconds == seconds * 10**9)

    set_time(100)
    world.serve(count_up, result_timeout=10)
    handle = world.start(world.client())
    world.result_of(handle.get_result_async())
    set_time(109)
    assert world.result_of(handle.get_result_async()).status == GoalStatus.STATUS_SUCCEEDED
    set_time(111)
    world.until(
        lambda: world.result_of(handle.get_result_async()).status == GoalStatus.STATUS_UNKNOWN
    )


def test_a_client_waits_for_a_server(world):
    client = ActionClient(world.client_node, Fibonacci, 'count')
    assert not client.server_is_ready()
    assert not client.wait_for_server(timeout_sec=0.0)
    world.serve(count_up)
    assert client.wait_for_server(timeout_sec=PATIENCE_S)
    world.stop_serving()
    world.until(lambda: not client.server_is_ready())


def test_the_graph_tells_who_serves_and_who_calls_an_action(world):
    world.serve(count_up)
    world.client()
    node = world.client_node
    expected = [('/ns/count', [TYPE])]
    world.until(lambda: get_action_server_names_and_types_by_node(node, 'server', '/ns'))
    assert get_action_names_and_types(node) == expected
    assert get_action_server_names_and_types_by_node(node, 'server', '/ns') == expected
    assert get_action_client_names_and_types_by_node(node, 'client', '/ns') == expected
    assert get_action_server_names_and_types_by_node(node, 'client', '/ns') == []


def test_a_bad_action_name_is_refused(world):
    with pytest.raises(ValueError, match='not an action'):
        ActionClient(world.client_node, Fibonacci, 'not an action')
    with pytest.raises(ValueError, match='not an action'):
        ActionServer(world.server_node, Fibonacci, 'not an action', count_up)
