# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The logging functions of rclpy's compiled module: rcutils' levels, console and /rosout."""

from __future__ import annotations

import os
from pathlib import Path
import sys
import threading
import time

from embedded_ros.extension.context import Context
from embedded_ros.extension.enums import CEnum
from embedded_ros.extension.logging_console import ConsoleSettings
from embedded_ros.extension.logging_console import Record
from embedded_ros.extension.logging_console import write_to_console
from embedded_ros.extension.logging_levels import LoggerLevels
from embedded_ros.extension.logging_rosout import RosoutPublishers
from embedded_ros.extension.node import Node
from embedded_ros.extension.node import rosout_attach_hooks
from embedded_ros.extension.node import rosout_detach_hooks
from embedded_ros.rcl.severity import Severity
from embedded_ros.rcl.severity import severity_from_string

RCUTILS_LOG_SEVERITY = CEnum(
    'RCUTILS_LOG_SEVERITY',
    {f'RCUTILS_LOG_SEVERITY_{severity.name}': severity.value for severity in Severity},
)


class LoggingSystem:
    """The process's one logging system.

    It needs no set-up: the first use reads the environment. A context then configures it.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a signal handler may log in the midst of a message
        self._rosout = RosoutPublishers()
        self._rosout_enabled = False
        self._console_enabled = True
        self._console: ConsoleSettings | None = None
        self.levels = LoggerLevels()

    def initialize(self) -> None:
        """Read the environment, unless that was done. Raises ValueError."""
        with self._lock:
            if self._console is None:
                self._console = ConsoleSettings.from_environment(os.environ)

    def shut_down(self) -> None:
        """Forget all levels; the next use reads the environment anew."""
        with self._lock:
            self.levels = LoggerLevels()
            self._console = None

    def configure(self, context: Context) -> None:
        """Take outputs and levels from a context's command line."""
        arguments = context.arguments
        with self._lock:
            self._console_enabled = arguments.stdout_logs
            self._rosout_enabled = arguments.rosout_logs
            if arguments.default_log_level is not Severity.UNSET:
                self.levels.set('', arguments.default_log_level)
            for name, level in arguments.logger_levels.items():
                self.levels.set(name, level)
        for rule in arguments.deprecated_rules:
            self.log(
                'rcl',
                Severity.WARN,
                f"Found remap rule '{rule}'. This syntax is deprecated. "
                f"Use '--ros-args -r {rule}' instead.",
            )

    def unconfigure(self) -> None:
        """Go back to the console alone."""
        with self._lock:
            self._rosout_enabled = False
            self._console_enabled = True
            self._rosout.clear()

    def log(self, name: str, severity: int, message: str) -> None:
        """Log a message of the library itself."""
        self.output(Record(severity, name, message, '', '', 0, time.time_ns()))

    def output(self, record: Record) -> None:
        """Send a record to all outputs, where its logger lets it through."""
        if record.severity < self.levels.effective(record.name):
            return
        with self._lock:
            if self._console_enabled:
                write_to_console(record, self._console_settings())
            if self._rosout_enabled:
                self._rosout.publish(record)

    def attach_node(self, node: Node) -> None:
        """Publish what a node logs to /rosout, unless its context was told not to."""
        # rcl asks only the context that configured logging, which need not be this node's.
        enabled = self._rosout_enabled and node.context.arguments.rosout_logs
        if enabled and not self._rosout.add_node(node):
            self.log(
                'rcl.logging_rosout',
                Severity.WARN,
                'Publisher already registered for provided node name. If this is due to '
                'multiple nodes with the same name then all logs for that logger name will '
                'go out over the existing publisher. As soon as any node with that name is '
                'destructed it will unregister the publisher, preventing any further logs '
                'for that name from being published on the rosout topic.',
            )

    def detach_node(self, node: Node) -> None:
        """Stop publishing what a node logs."""
        self._rosout.remove_node(node)

    def _console_settings(self) -> ConsoleSettings:
        try:
            self.initialize()
        except ValueError as error:
            print(f'logging: {error}', file=sys.stderr)
            self._console = ConsoleSettings()
        return self._console


system = LoggingSystem()
rosout_attach_hooks.append(system.attach_node)
rosout_detach_hooks.append(system.detach_node)


def rclpy_logging_initialize() -> None:
    """Prepare logging. Raises RuntimeError for an RCUTILS_ variable without meaning."""
    try:
        system.initialize()
    except ValueError as error:
        raise RuntimeError(f'Failed to initialize logging system: {error}') from None


def rclpy_logging_shutdown() -> None:
    """Forget the levels of all loggers."""
    system.shut_down()


def rclpy_logging_configure(context: Context) -> None:
    """Follow the logging arguments of a context."""
    system.configure(context)


def rclpy_logging_fini() -> None:
    """Undo rclpy_logging_configure."""
    system.unconfigure()


def rclpy_logging_set_logger_level(name: str, level: int) -> None:
    """Set a logger's level. Raises RuntimeError where there is no such level."""
    try:
        system.levels.set(name, level)
    except ValueError:
        raise RuntimeError('Failed to set level for logger') from None


def rclpy_logging_get_logger_effective_level(name: str) -> int:
    """Return the level that holds for a logger, its own or its nearest ancestor's."""
    return int(system.levels.effective(name))


def rclpy_logging_logger_is_enabled_for(name: str, severity: int) -> bool:
    """Return whether a logger lets a severity through."""
    return severity >= system.levels.effective(name)


def rclpy_logging_rcutils_log(
    severity: int,
    name: str,
    message: str,
    function_name: str,
    file_name: str,
    line_number: int,
) -> None:
    """Log a message. Raises TypeError where it is no str."""
    if not isinstance(message, str):
        raise TypeError(f'a log message must be a str, got {type(message).__name__}')
    system.output(
        Record(severity, name, message, function_name, file_name, line_number, time.time_ns())
    )


def rclpy_logging_severity_level_from_string(log_level: str) -> int:
    """Return the severity of that name. Raises RuntimeError where there is none."""
    try:
        return int(severity_from_string(log_level))
    except ValueError as error:
        raise RuntimeError(f'Failed to get severity name: {error}') from None


def rclpy_logging_get_logging_directory() -> str:
    """Return ROS_LOG_DIR, or ROS_HOME/log, or ~/.ros/log; nothing is written there."""
    directory = os.environ.get('ROS_LOG_DIR')
    if not directory:
        directory = os.path.join(os.environ.get('ROS_HOME') or os.path.join('~', '.ros'), 'log')
    return str(Path(directory).expanduser())
