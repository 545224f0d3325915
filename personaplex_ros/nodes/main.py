# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The main function of every node: init, spin on several threads, leave cleanly."""

from collections.abc import Callable

import rclpy
from rclpy.executors import Executor
from rclpy.executors import ExternalShutdownException
from rclpy.executors import MultiThreadedExecutor
from rclpy.node import Node

EXECUTOR_THREADS = 4
"""Audio, quick services, the service that waits for the engine, and one to spare."""

LAST_SPIN_S = 0.05


def run_node(make_node: Callable[[], Node], until: Callable[[Node], bool] | None = None) -> None:
    """Spin one node until Ctrl-C, SIGTERM or rclpy's shutdown, or until a condition holds."""
    rclpy.init()
    executor = MultiThreadedExecutor(num_threads=EXECUTOR_THREADS)
    nodes: list[Node] = []
    try:
        nodes.append(make_node())
        executor.add_node(nodes[0])
        while rclpy.ok() and not (until and until(nodes[0])):
            executor.spin_once(timeout_sec=1.0)
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    finally:
        wind_down(executor, nodes)


def wind_down(executor: Executor, nodes: list[Node]) -> None:
    """Take the nodes off the executor, end it, then the nodes, then rclpy.

    humble's handlers touch the executor's guard after they count as finished; a last short
    spin without nodes lets them, before shutdown() destroys it.
    """
    for node in nodes:
        executor.remove_node(node)
    if rclpy.ok():
        executor.spin_once(timeout_sec=LAST_SPIN_S)
    executor.shutdown()
    for node in nodes:
        node.destroy_node()
    rclpy.try_shutdown()
