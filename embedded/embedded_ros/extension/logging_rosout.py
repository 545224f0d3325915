# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Publishes the log messages of each node's own logger to /rosout (rcl/logging_rosout.c)."""

from __future__ import annotations

from dataclasses import dataclass

from embedded_ros.extension.context import Context
from embedded_ros.extension.logging_console import Record
from embedded_ros.extension.node import Node
from embedded_ros.graph.domain import Domain
from embedded_ros.graph.endpoint import EndpointEntry
from embedded_ros.graph.endpoint import new_gid
from embedded_ros.graph.qos import Durability
from embedded_ros.graph.qos import QoS
from embedded_ros.graph.topic import Writer
from embedded_ros.rcl.remap import remap_name
from embedded_ros.rcl.remap import RemapKind

TOPIC = '/rosout'
TYPE_NAME = 'rcl_interfaces/msg/Log'

# rcl/logging_rosout.h rcl_qos_profile_rosout_default
QOS = QoS(depth=1_000, durability=Durability.TRANSIENT_LOCAL, lifespan_ns=10 * 10**9)


@dataclass(frozen=True)
class _Output:
    """Where one logger's messages go; holds no node, so that a dropped node can vanish."""

    writer: Writer
    domain: Domain
    context: Context


class RosoutPublishers:
    """One publisher for each logger that belongs to a node."""

    def __init__(self) -> None:
        self._outputs: dict[str, _Output] = {}

    def add_node(self, node: Node) -> bool:
        """Publish what this node logs from now on; False where its logger name is taken."""
        if node.logger_name() in self._outputs:
            return False
        topic = (
            remap_name(node.remap_rule_sets, RemapKind.TOPIC, TOPIC, node.name, node.namespace)
            or TOPIC
        )
        entry = EndpointEntry(node.entry, topic, TYPE_NAME, QOS.resolved(writes=True), new_gid())
        output = _Output(Writer(entry), node.domain, node.context)
        self._outputs[node.logger_name()] = output
        output.domain.add(output.writer)
        return True

    def remove_node(self, node: Node) -> None:
        """Publish no more for this node's logger, whichever node of that name it was for.

        May be called from a finalizer.
        """
        self._drop(self._outputs.pop(node.logger_name(), None))

    def clear(self) -> None:
        """Give all publishers back."""
        for name in list(self._outputs):
            self._drop(self._outputs.pop(name, None))

    def publish(self, record: Record) -> None:
        """Publish a record if its logger is exactly a node's."""
        output = self._outputs.get(record.name)
        if output is not None and output.context.ok():
            output.writer.publish(_log_message(record))

    @staticmethod
    def _drop(output: _Output | None) -> None:
        if output is not None:
            output.domain.abandon(output.writer)


def _log_message(record: Record) -> object:
    from rcl_interfaces.msg import Log  # made on demand, once rclpy itself is imported

    message = Log()
    message.stamp.sec, message.stamp.nanosec = divmod(record.stamp_ns, 10**9)
    message.level = int(record.severity)
    message.name = record.name
    message.msg = record.message
    message.file = record.file_name
    message.function = record.function_name
    message.line = record.line_number
    return message
