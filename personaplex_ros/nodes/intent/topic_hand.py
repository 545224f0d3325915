# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Calls that are one message on a topic."""

import threading
from typing import Any

from rclpy.node import Node

from personaplex_ros.nodes.intent.messages import fill_message
from personaplex_ros.tools.steps import OutgoingCall

DEPTH = 10


class TopicHand:
    """A publisher. A message that nobody would get is not sent: it would be taken for done."""

    def __init__(self, node: Node, name: str, kind: Any) -> None:
        self._node = node
        self._kind = kind
        self._lock = threading.RLock()  # who asks a destroyed publisher gets an InvalidHandle
        self._is_gone = False
        # not latched: a command must not reach who comes hours later
        self._publisher = node.create_publisher(kind, name, DEPTH)

    def is_ready(self) -> bool:
        """Whether somebody listens."""
        with self._lock:
            return not self._is_gone and self._publisher.get_subscription_count() > 0

    def send(self, call: OutgoingCall) -> None:
        """Publish. Raises ConnectionError, or what fill_message raises."""
        message = fill_message(self._kind, call.message)
        with self._lock:
            if not self.is_ready():
                raise ConnectionError(f'nobody listens to topic {call.name} [{call.type_name}]')
            self._publisher.publish(message)

    def cancel(self, call_id: str) -> None:
        """Do nothing: it is published."""

    def look(self, now_s: float) -> None:
        """Do nothing: a published call has ended."""

    def destroy(self) -> None:
        """Leave the graph; no executor takes anything from a publisher."""
        with self._lock:
            if not self._is_gone:
                self._is_gone = True
                self._node.destroy_publisher(self._publisher)
