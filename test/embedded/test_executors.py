# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Executors: one thread or several, callback groups, tasks, and work that comes from outside."""

import threading

import pytest
import rclpy
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.executors import ExternalShutdownException
from rclpy.executors import MultiThreadedExecutor
from rclpy.executors import SingleThreadedExecutor
from rclpy.task import Future
from std_msgs.msg import Int64

PATIENCE_S = 10.0
EXECUTORS = [SingleThreadedExecutor, MultiThreadedExecutor]


class Spinner:
    """Spins an executor in a thread of its own until closed."""

    def __init__(self, executor, *nodes):
        self.executor = executor
        for node in nodes:
            executor.add_node(node)
        self._thread = threading.Thread(target=self._spin)
        self._thread.start()

    def close(self):
        """End the thread; the context must not be needed any more."""
        self.executor.shutdown(timeout_sec=0)
        self._thread.join(timeout=PATIENCE_S)
        assert not self._thread.is_alive()
        self.executor.shutdown()

    def _spin(self):
        try:
            self.executor.spin()
        except ExternalShutdownException:
            pass


class Meeting:
    """Counts how many callbacks are inside at once; they leave when released."""

    def __init__(self):
        self._lock = threading.Lock()
        self._inside = 0
        self.most = 0
        self.entered = threading.Semaphore(0)
        self.release = threading.Event()

    def attend(self, _=None):
        """Stay inside until released."""
        with self._lock:
            self._inside += 1
            self.most = max(self.most, self._inside)
        self.entered.release()
        assert self.release.wait(PATIENCE_S)
        with self._lock:
            self._inside -= 1


@pytest.fixture
def spin(graph):
    """Return a function that spins nodes in the background; all end with the test."""
    spinners = []

    def start(executor_class, *nodes, **options):
        executor = executor_class(context=graph.context, **options)
        for node in nodes:
            graph.executor.remove_node(node)
        spinners.append((Spinner(executor, *nodes), nodes))
        return executor

    yield start
    for spinner, nodes in spinners:
        spinner.close()
        for node in nodes:
            node.destroy_node()


@pytest.mark.parametrize('executor_class', EXECUTORS)
def test_callbacks_of_several_nodes_run_on_one_executor(graph, spin, executor_class):
    nodes = [graph.node(f'node_{number}') for number in range(3)]
    arrived = [threading.Event() for _ in nodes]
    for node, event in zip(nodes, arrived, strict=True):
        node.create_subscription(Int64, 'topic', lambda _, event=event: event.set(), 10)
    publisher = nodes[0].create_publisher(Int64, 'topic', 10)
    graph.connected(publisher, 3)
    spin(executor_class, *nodes)
    publisher.publish(Int64())
    assert all(event.wait(PATIENCE_S) for event in arrived)


def _two_subscriptions(graph, meeting, *groups):
    node = graph.node('node')
    for group in groups:
        node.create_subscription(Int64, 'topic', meeting.attend, 10, callback_group=group)
    publisher = node.create_publisher(Int64, 'topic', 10)
    graph.connected(publisher, len(groups))
    return node, publisher


def test_callbacks_of_a_reentrant_group_overlap(graph, spin):
    meeting, group = Meeting(), ReentrantCallbackGroup()
    node, publisher = _two_subscriptions(graph, meeting, group, group)
    spin(MultiThreadedExecutor, node, num_threads=4)
    publisher.publish(Int64())
    publisher.publish(Int64())
    assert all(meeting.entered.acquire(timeout=PATIENCE_S) for _ in range(4))
    meeting.release.set()
    assert meeting.most == 4


def test_callbacks_of_two_exclusive_groups_overlap(graph, spin):
    meeting = Meeting()
    node, publisher = _two_subscriptions(
        graph, meeting, MutuallyExclusiveCallbackGroup(), MutuallyExclusiveCallbackGroup()
    )
    spin(MultiThreadedExecutor, node, num_threads=4)
    publisher.publish(Int64())
    assert all(meeting.entered.acquire(timeout=PATIENCE_S) for _ in range(2))
    meeting.release.set()
    assert meeting.most == 2


def test_callbacks_of_one_exclusive_group_take_turns(graph, spin):
    meeting, group = Meeting(), MutuallyExclusiveCallbackGroup()
    meeting.release.set()
    node, publisher = _two_subscriptions(graph, meeting, group, group)
    spin(MultiThreadedExecutor, node, num_threads=4)
    for _ in range(5):
        publisher.publish(Int64())
    assert all(meeting.entered.acquire(timeout=PATIENCE_S) for _ in range(10))
    assert meeting.most == 1


@pytest.mark.parametrize('executor_class', EXECUTORS)
def test_an_entity_made_while_spinning_is_served(graph, spin, executor_class):
    node = graph.node('node')
    spin(executor_class, node)
    arrived = threading.Event()
    node.create_timer(0.01, arrived.set)
    assert arrived.wait(PATIENCE_S)


@pytest.mark.parametrize('executor_class', EXECUTORS)
def test_a_node_added_while_spinning_is_served(graph, spin, executor_class):
    executor = spin(executor_class, graph.node('node'))
    late = graph.node('late')
    graph.executor.remove_node(late)
    arrived = threading.Event()
    late.create_timer(0.01, arrived.set)
    executor.add_node(late)
    assert arrived.wait(PATIENCE_S)
    executor.remove_node(late)
    late.destroy_node()


@pytest.mark.parametrize('executor_class', EXECUTORS)
def test_a_task_made_by_another_thread_is_run(graph, spin, executor_class):
    executor = spin(executor_class, graph.node('node'))
    done = threading.Event()
    task = executor.create_task(lambda: 42)
    task.add_done_callback(lambda _: done.set())
    assert done.wait(PATIENCE_S)
    assert task.result() == 42


def test_a_coroutine_goes_on_when_its_future_is_done(graph):
    future = Future()

    async def wait():
        return await future

    task = graph.executor.create_task(wait)
    graph.executor.spin_once(timeout_sec=0)
    assert not task.done()
    future.set_result('later')
    graph.spin_until(task.done)
    assert task.result() == 'later'


def test_spinning_until_a_future_ends_when_another_thread_completes_it(graph):
    future = Future()
    graph.node('node')
    completing = threading.Thread(target=lambda: future.set_result(True))
    completing.start()
    graph.executor.spin_until_future_complete(future, timeout_sec=PATIENCE_S)
    completing.join()
    assert future.done()


def test_a_guard_condition_calls_back_when_triggered_by_another_thread(graph, spin):
    node = graph.node('node')
    called = threading.Event()
    guard = node.create_guard_condition(called.set)
    spin(SingleThreadedExecutor, node)
    guard.trigger()
    assert called.wait(PATIENCE_S)


def test_an_exception_in_a_callback_comes_out_of_spin(graph):
    def fail(_):
        raise ZeroDivisionError('on purpose')

    node = graph.node('node')
    node.create_subscription(Int64, 'topic', fail, 10)
    publisher = node.create_publisher(Int64, 'topic', 10)
    graph.connected(publisher)
    publisher.publish(Int64())
    with pytest.raises(ZeroDivisionError):
        graph.spin_until(lambda: False)


def test_shutdown_ends_a_spin_that_sleeps(graph):
    graph.node('node')
    spinner = Spinner(SingleThreadedExecutor(context=graph.context))
    rclpy.shutdown(context=graph.context)
    spinner.close()


def test_an_executor_that_was_shut_down_runs_nothing(graph):
    node = graph.node('node')
    executor = SingleThreadedExecutor(context=graph.context)
    executor.add_node(node)
    executor.shutdown()
    assert executor.get_nodes() == []
