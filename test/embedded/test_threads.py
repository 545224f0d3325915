# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Publishing while others spin, making and destroying at once, waiting without polling."""

import contextlib
import resource
import threading
import time

import pytest
import rclpy
from rclpy.exceptions import InvalidHandle
from rclpy.executors import ExternalShutdownException
from rclpy.executors import MultiThreadedExecutor
from rclpy.executors import SingleThreadedExecutor
from std_msgs.msg import Int64
from std_srvs.srv import Trigger

PATIENCE_S = 20.0
THREADS = 4


@pytest.fixture(params=[SingleThreadedExecutor, MultiThreadedExecutor])
def spinning_node(graph, request):
    """Return a node that is spun in the background."""
    node = graph.node('node')
    graph.executor.remove_node(node)
    executor = request.param(context=graph.context)
    executor.add_node(node)

    def spin():
        while graph.context.ok():
            # Humble lets InvalidHandle out of spin where a callback was due for something that
            # another thread destroyed; later distributions do not.
            with contextlib.suppress(ExternalShutdownException, InvalidHandle):
                executor.spin_once()

    spinner = threading.Thread(target=spin)
    spinner.start()
    yield node
    rclpy.shutdown(context=graph.context)
    spinner.join(timeout=PATIENCE_S)
    assert not spinner.is_alive()
    executor.shutdown()
    node.destroy_node()


def run_in_threads(*functions):
    """Run functions at once; raise what one of them raised."""
    failures = []

    def run(function):
        try:
            function()
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=PATIENCE_S)
        assert not thread.is_alive(), 'deadlock'
    if failures:
        raise failures[0]


def test_foreign_threads_publish_while_the_node_spins(spinning_node):
    received = []
    everything = threading.Event()
    per_thread = 100

    def take(message):
        received.append(message.data)
        if len(received) == THREADS * per_thread:
            everything.set()

    spinning_node.create_subscription(Int64, 'topic', take, THREADS * per_thread)
    publisher = spinning_node.create_publisher(Int64, 'topic', THREADS * per_thread)

    def publish(first):
        for number in range(first, first + per_thread):
            publisher.publish(Int64(data=number))

    run_in_threads(
        *(
            lambda first=first: publish(first)
            for first in range(0, THREADS * per_thread, per_thread)
        )
    )
    assert everything.wait(PATIENCE_S)
    assert sorted(received) == list(range(THREADS * per_thread))
    for first in range(0, THREADS * per_thread, per_thread):
        of_one_thread = [n for n in received if first <= n < first + per_thread]
        assert of_one_thread == sorted(of_one_thread)


def test_threads_make_use_and_destroy_everything_while_the_node_spins(spinning_node):
    node = spinning_node
    node.create_service(Trigger, 'service', lambda _, response: response)

    def hammer(name):
        for number in range(25):
            publisher = node.create_publisher(Int64, name, 10)
            subscription = node.create_subscription(Int64, name, lambda _: None, 10)
            timer = node.create_timer(0.001, lambda: None)
            client = node.create_client(Trigger, 'service')
            guard = node.create_guard_condition(lambda: None)
            client.call_async(Trigger.Request())
            guard.trigger()
            publisher.publish(Int64(data=number))
            node.count_subscribers(name)
            node.destroy_guard_condition(guard)
            node.destroy_client(client)
            node.destroy_timer(timer)
            node.destroy_subscription(subscription)
            node.destroy_publisher(publisher)

    run_in_threads(*(lambda name=f'topic_{number % 2}': hammer(name) for number in range(THREADS)))
    give_up = time.monotonic() + PATIENCE_S  # the executor may hold the last until it wakes
    while node.count_publishers('topic_0') or node.count_subscribers('topic_1'):
        assert time.monotonic() < give_up
        time.sleep(0.01)


def test_threads_make_and_destroy_nodes_at_once(graph):
    def hammer(name):
        for _ in range(15):
            node = rclpy.create_node(name, context=graph.context)
            node.create_publisher(Int64, 'topic', 10)
            node.create_subscription(Int64, 'topic', lambda _: None, 10)
            node.destroy_node()

    run_in_threads(*(lambda name=f'node_{number}': hammer(name) for number in range(THREADS)))
    watcher = graph.node('watcher')
    graph.spin_until(lambda: watcher.get_node_names() == ['watcher'])
    assert watcher.count_publishers('topic') == watcher.count_subscribers('topic') == 0


def test_nodes_that_are_dropped_in_a_cycle_leave_the_graph(graph):
    watcher = graph.node('watcher')

    def drop():
        node = rclpy.create_node('dropped', context=graph.context)
        node.myself = node
        node.create_publisher(Int64, 'topic', 10)

    for _ in range(5):
        drop()

    def gone():
        import gc

        gc.collect()
        return watcher.get_node_names() == ['watcher'] and not watcher.count_publishers('topic')

    graph.spin_until(gone)


def test_no_wake_up_is_lost(spinning_node):
    arrived = threading.Semaphore(0)
    spinning_node.create_subscription(Int64, 'topic', lambda _: arrived.release(), 10)
    publisher = spinning_node.create_publisher(Int64, 'topic', 10)
    guard = spinning_node.create_guard_condition(arrived.release)
    for _ in range(300):  # each one only when the last one was noticed
        publisher.publish(Int64())
        assert arrived.acquire(timeout=PATIENCE_S)
        guard.trigger()
        assert arrived.acquire(timeout=PATIENCE_S)


def test_an_executor_that_waits_does_not_poll(spinning_node):
    switches = []
    arrived = threading.Semaphore(0)

    def note(_):
        switches.append(resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw)
        arrived.release()

    spinning_node.create_subscription(Int64, 'topic', note, 10)
    publisher = spinning_node.create_publisher(Int64, 'topic', 10)
    publisher.publish(Int64())
    assert arrived.acquire(timeout=PATIENCE_S)
    time.sleep(0.5)  # the time in which nothing may happen
    publisher.publish(Int64())
    assert arrived.acquire(timeout=PATIENCE_S)
    assert switches[1] - switches[0] < 100  # polling at 1 ms would make 500
