# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Measures what an executor costs: python test/embedded/measure_executor.py [seconds].

Three nodes, each with four subscriptions and publishers, three services and three timers (and
rclpy's six parameter services), on one executor. 200 messages a second come from
foreign threads, 50 on each of four topics. Prints the processor time of the whole process in
percent of one core, and the time from publish to callback, of a busy and of an idle graph.
"""

import contextlib
from statistics import quantiles
import sys
import threading
import time

import rclpy
from rclpy.executors import ExternalShutdownException
from rclpy.executors import MultiThreadedExecutor
from rclpy.executors import SingleThreadedExecutor
from std_msgs.msg import Int64
from std_srvs.srv import Trigger

NODES = 3
TOPICS_PER_NODE = 4
BUSY_TOPICS = 4
RATE_HZ = 50


def build_nodes(on_message):
    """Create the nodes; every topic of a node is heard by that node alone."""
    nodes, publishers = [], []
    for number in range(NODES):
        node = rclpy.create_node(f'load_{number}')
        for topic in range(TOPICS_PER_NODE):
            node.create_subscription(Int64, f'topic_{number}_{topic}', on_message, 10)
            publishers.append(node.create_publisher(Int64, f'topic_{number}_{topic}', 10))
        for service in range(3):
            node.create_service(Trigger, f'service_{number}_{service}', lambda _, reply: reply)
            node.create_timer(1.0 + service, lambda: None)
        nodes.append(node)
    return nodes, publishers


def publish_at_rate(publisher, stop):
    """Publish the time of publishing, RATE_HZ times a second."""
    due = time.monotonic()
    while not stop.is_set():
        publisher.publish(Int64(data=time.perf_counter_ns()))
        due += 1 / RATE_HZ
        stop.wait(max(due - time.monotonic(), 0))


def spin(executor):
    """Spin until shutdown."""
    with contextlib.suppress(ExternalShutdownException):
        executor.spin()


def summary(hops_ns):
    """Return a line with the median, the 99th percentile and the maximum in milliseconds."""
    cuts = quantiles(hops_ns, n=100)
    return (
        f'{len(hops_ns)} hops, p50 {cuts[49] / 1e6:.2f} ms, p99 {cuts[98] / 1e6:.2f} ms, '
        f'max {max(hops_ns) / 1e6:.2f} ms'
    )


def measure(executor_class, seconds):
    """Run one executor under load, then idle, and print what it cost."""
    rclpy.init(args=[])
    hops_ns = []
    nodes, publishers = build_nodes(
        lambda message: hops_ns.append(time.perf_counter_ns() - message.data)
    )
    executor = executor_class()
    for node in nodes:
        executor.add_node(node)
    spinner = threading.Thread(target=spin, args=(executor,))
    spinner.start()
    stop = threading.Event()
    busy = [
        threading.Thread(target=publish_at_rate, args=(publisher, stop))
        for publisher in publishers[:: len(publishers) // BUSY_TOPICS]
    ]
    time.sleep(1)
    before = time.process_time(), time.monotonic()
    for thread in busy:
        thread.start()
    time.sleep(seconds)
    used = (time.process_time() - before[0]) / (time.monotonic() - before[1])
    stop.set()
    for thread in busy:
        thread.join()
    print(f'{executor_class.__name__}: {used:.1%} of one core; busy: {summary(hops_ns)}')
    time.sleep(0.5)
    hops_ns.clear()
    for _ in range(50):
        publishers[0].publish(Int64(data=time.perf_counter_ns()))
        time.sleep(0.05)
    print(f'{executor_class.__name__}: idle: {summary(hops_ns)}')
    rclpy.shutdown()
    spinner.join()
    executor.shutdown()


if __name__ == '__main__':
    for executor_class in (SingleThreadedExecutor, MultiThreadedExecutor):
        measure(executor_class, float(sys.argv[1]) if len(sys.argv) > 1 else 10.0)
