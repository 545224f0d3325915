# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""rclpy's Publisher handle."""

from typing import Any

from embedded_ros.extension.endpoint import Endpoint
from embedded_ros.extension.endpoint import new_entry
from embedded_ros.extension.exceptions import RCLError
from embedded_ros.extension.node import Node
from embedded_ros.extension.qos_profile import rmw_qos_profile_t
from embedded_ros.extension.time_point import rcl_duration_t
from embedded_ros.graph.topic import Writer


class Publisher(Endpoint):
    """A publisher. Raises ValueError for a malformed topic name."""

    def __init__(
        self,
        node: Node,
        msg_type: type,
        topic: str,
        qos_profile: rmw_qos_profile_t | None,
    ) -> None:
        super().__init__(
            node,
            Writer(new_entry(node, msg_type, topic, qos_profile, what='publisher', writes=True)),
        )

    def get_subscription_count(self) -> int:
        """Return how many subscriptions receive what is published."""
        self._check_valid('failed to get subscription count')
        return len(self.end.readers)

    def get_topic_name(self) -> str:
        """Return the fully qualified topic name."""
        return self.end.entry.name

    def publish(self, message: Any) -> None:
        """Publish a message; every subscription gets a copy of its own."""
        self._check_valid('Failed to publish')
        self.end.publish(message)

    def publish_raw(self, serialized: bytes) -> None:
        """Publish a message that is already serialized."""
        self._check_valid('Failed to publish')
        self.end.publish(bytes(serialized))

    def wait_for_all_acked(self, timeout: rcl_duration_t) -> bool:
        """Return True: on this bus a sample has arrived when `publish` returns."""
        return True

    def assert_liveliness(self) -> None:
        """Show that the publisher is alive."""
        self.end.assert_liveliness()

    def _check_valid(self, what_failed: str) -> None:
        if not self.node.context.ok():
            raise RCLError(f"{what_failed}: publisher's context is invalid")


def rclpy_assert_liveliness(publisher: Publisher) -> None:
    """Show that a publisher with MANUAL_BY_TOPIC liveliness is alive."""
    publisher.assert_liveliness()
