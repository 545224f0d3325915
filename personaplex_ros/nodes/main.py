# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The frame of every process with nodes: init, spin on several threads, an orderly end."""

from collections.abc import Callable
from pathlib import Path
import signal
import sys
import threading
from types import TracebackType
from typing import Any
from typing import TypeVar

import rclpy
from rclpy.exceptions import InvalidHandle
from rclpy.exceptions import ParameterException
from rclpy.executors import ExternalShutdownException
from rclpy.executors import MultiThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from personaplex_ros.audio.sound_file import SoundFileError
from personaplex_ros.command_line import EXIT_CANNOT_BEGIN
from personaplex_ros.nodes.managed_node import ManagedNode
from personaplex_ros.nodes.parameters import SettingsError
from personaplex_ros.wire.limits import MAX_SAYS

N = TypeVar('N', bound=Node)

EXECUTOR_THREADS = 6 + MAX_SAYS
"""Audio, quick services, the service that waits for the engine, some for other nodes, and one for
each text that is being said."""

SPIN_S = 0.2
"""How often the loop looks whether it shall end."""

LAST_SPIN_S = 0.05

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class CannotBegin(Exception):
    """What the process was started with is no good; the text is one line that says why."""


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
        try:
            rclpy.init(args=args, signal_handler_options=SignalHandlerOptions.NO)
        except RuntimeError as error:  # RCLError, for --ros-args that nobody can read
            raise CannotBegin(_why(error)) from error
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
        """End the nodes' work, then the executor, then the nodes, then rclpy."""
        for node in self._nodes:
            self._executor.remove_node(node)
        for node in self._nodes:
            if isinstance(node, ManagedNode):
                node.leave()  # humble's shutdown() waits for services, and they for an engine
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

    def make(self, make_node: Callable[[], N]) -> N:
        """Make a node and take it over; raises CannotBegin for parameters and files it refuses."""
        try:
            return self.add(make_node())
        # RuntimeError: of rclpy, for a QoS override that is none
        except (SettingsError, SoundFileError, ParameterException, OSError, RuntimeError) as error:
            raise CannotBegin(_why(error)) from error

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
        except InvalidHandle:
            pass  # humble takes from what was destroyed after it got ready; jazzy looks first

    def _on_signal(self, number: int, frame: object) -> None:
        self._asked_to_stop = True


def run_node(make_node: Callable[[], N], until: Callable[[N], bool] = lambda node: False) -> None:
    """Run one node until Ctrl-C, SIGTERM or rclpy's shutdown, or until a condition holds.

    Where it cannot begin, one line says why, and the process ends with EXIT_CANNOT_BEGIN.
    """
    try:
        with RosProcess() as process:
            node = process.make(make_node)
            process.spin(lambda: until(node))
    except CannotBegin as error:
        print(f'{Path(sys.argv[0]).stem}: {error}', file=sys.stderr, flush=True)
        raise SystemExit(EXIT_CANNOT_BEGIN) from None


def _why(error: Exception) -> str:
    """Return one line; humble's parameter errors have two arguments, and a tuple as their text."""
    parts = error.args if isinstance(error, ParameterException) else (error,)
    return ' '.join(': '.join(str(part) for part in parts).split())
