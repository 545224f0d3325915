# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The frame of every process with nodes: init, spin on several threads, an orderly end."""

from collections.abc import Callable
import signal
import threading
from types import TracebackType
from typing import Any
from typing import TypeVar

import rclpy
from rclpy.executors import ExternalShutdownException
from rclpy.executors import MultiThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from personaplex_ros.wire.limits import MAX_SAYS

N = TypeVar('N', bound=Node)

EXECUTOR_THREADS = 6 + MAX_SAYS
"""Audio, quick services, the service that waits for the engine, some for other nodes, and one for
each text that is being said."""

SPIN_S = 0.2
"""How often the loop looks whether it shall end."""

LAST_SPIN_S = 0.05

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class RosProcess:
    """rclpy, one executor and its nodes; as a context manager it leaves nothing behind.

    SIGINT and SIGTERM only ask spin() to end. rclpy's own handlers would take the context away
    under nodes that still have something to say; and a launched node gets Ctrl-C twice, from its
    terminal and from launch.
    """

    def __init__(self, args: list[str] | None = None) -> None:
        self._asked_to_stop = False  # no Event: its lock stops a handler inside a handler
        self._handlers: dict[int, Any] = {}
        self._nodes: list[Node] = []
        rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
        self._executor = MultiThreadedExecutor(num_threads=EXECUTOR_THREADS)

    def __enter__(self) -> 'RosProcess':
        """Listen to signals, where this is the main thread."""
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                self._handlers[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the executor, then the nodes, then rclpy."""
        for node in self._nodes:
            self._executor.remove_node(node)
        # humble's handlers touch the executor's guard after they count as finished; a last spin
        # without nodes lets them, before shutdown() destroys it
        self.spin_once(LAST_SPIN_S)
        self._executor.shutdown()
        for node in self._nodes:
            node.destroy_node()
        rclpy.try_shutdown()
        for number, handler in self._handlers.items():
            # asked to end, and ending: a second signal must not cut the interpreter's own end off
            signal.signal(number, signal.SIG_IGN if self._asked_to_stop else handler)

    @property
    def stopping(self) -> bool:
        """Whether a signal or rclpy's shutdown asks for the end."""
        return self._asked_to_stop or not rclpy.ok()

    def add(self, node: N) -> N:
        """Take a node over."""
        self._nodes.append(node)
        self._executor.add_node(node)
        return node

    def spin(self, done: Callable[[], bool], between: Callable[[], None] | None = None) -> None:
        """Work until something is done or the process shall end."""
        while not self.stopping and not done():
            self.spin_once(SPIN_S)
            if between is not None and not self.stopping:
                between()

    def spin_once(self, timeout_s: float) -> None:
        """Hand one callback to the executor's threads, if one gets ready in time."""
        try:
            if rclpy.ok():
                self._executor.spin_once(timeout_sec=timeout_s)
        except ExternalShutdownException:
            pass  # somebody called rclpy.shutdown(): `stopping` tells

    def _on_signal(self, number: int, frame: object) -> None:
        self._asked_to_stop = True


def run_node(make_node: Callable[[], N], until: Callable[[N], bool] = lambda node: False) -> None:
    """Run one node until Ctrl-C, SIGTERM or rclpy's shutdown, or until a condition holds."""
    with RosProcess() as process:
        node = process.add(make_node())
        process.spin(lambda: until(node))
