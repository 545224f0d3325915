# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A fresh ROS graph for each test; on the embedded graph where no ROS 2 is there."""

import itertools
from pathlib import Path
import sys
import time

import pytest

EMBEDDED = Path(__file__).parents[2] / 'embedded'

if str(EMBEDDED) not in sys.path:
    sys.path.append(str(EMBEDDED))

import embedded_ros  # noqa: E402  the path above comes first

embedded_ros.install()

import rclpy  # noqa: E402  served by what was just installed, where there is no other
from rclpy.executors import SingleThreadedExecutor  # noqa: E402

PATIENCE_S = 10.0

_domain_ids = itertools.cycle(range(30, 100))  # 0 .. 101 are safe on Linux (DDS port numbers)


class Graph:
    """A context, alone in its domain, with an executor that the test itself spins."""

    def __init__(self, args=()):
        self.context = rclpy.Context()
        rclpy.init(context=self.context, args=list(args), domain_id=next(_domain_ids))
        self.executor = SingleThreadedExecutor(context=self.context)
        self._strangers = []

    def node(self, name, **options):
        """Create a node that the executor spins."""
        node = rclpy.create_node(name, context=self.context, **options)
        self.executor.add_node(node)
        return node

    def stranger(self, name):
        """Create a node as another process would: in a context of its own; nobody spins it."""
        context = rclpy.Context()
        rclpy.init(context=context, args=[], domain_id=self.context.get_domain_id())
        self._strangers.append(rclpy.create_node(name, context=context))
        return self._strangers[-1]

    def spin_until(self, condition):
        """Spin until condition() is true; fail when that takes too long."""
        give_up = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < give_up, 'waited in vain'
            self.executor.spin_once(timeout_sec=0.05)

    def spin_until_idle(self):
        """Run every callback that is ready, and what they make ready; for what must not come."""
        quiet = 0
        while quiet < 3:
            before = time.monotonic()
            self.executor.spin_once(timeout_sec=0.05)
            quiet = quiet + 1 if time.monotonic() - before >= 0.05 else 0

    def connected(self, publisher, subscriptions=1):
        """Wait until a publisher has found its subscriptions."""
        self.spin_until(lambda: publisher.get_subscription_count() == subscriptions)

    def close(self):
        """Destroy all nodes and shut the context down."""
        for node in self.executor.get_nodes():
            node.destroy_node()
        self.executor.shutdown()
        rclpy.try_shutdown(context=self.context)
        for node in self._strangers:
            node.destroy_node()
            rclpy.try_shutdown(context=node.context)


@pytest.fixture
def graph():
    """Return a Graph that ends with the test."""
    graph = Graph()
    yield graph
    graph.close()


@pytest.fixture
def graph_with_args():
    """Return a function that makes a Graph from a command line; all end with the test."""
    graphs = []

    def make(*args):
        graphs.append(Graph(['program', *args]))
        return graphs[-1]

    yield make
    for graph in graphs:
        graph.close()
