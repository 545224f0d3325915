# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The main function of every node: init, spin on several threads, leave cleanly."""

from collections.abc import Callable

import rclpy
from rclpy.executors import ExternalShutdownException
from rclpy.executors import MultiThreadedExecutor
from rclpy.node import Node

EXECUTOR_THREADS = 4
"""Audio, quick services, the service that waits for the engine, and one to spare."""


def run_node(make_node: Callable[[], Node], until: Callable[[Node], bool] | None = None) -> None:
    """Spin one node until Ctrl-C, SIGTERM or rclpy's shutdown, or until a condition holds."""
    rclpy.init()
    executor = MultiThreadedExecutor(num_threads=EXECUTOR_THREADS)
    node = make_node()
    executor.add_node(node)
    try:
        while rclpy.ok() and not (until and until(node)):
            executor.spin_once(timeout_sec=1.0)
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    finally:
        executor.shutdown()
        node.destroy_node()
        rclpy.try_shutdown()
