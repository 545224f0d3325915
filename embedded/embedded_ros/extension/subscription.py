# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""rclpy's Subscription handle."""

from typing import Any

from embedded_ros.extension.endpoint import Endpoint
from embedded_ros.extension.endpoint import new_entry
from embedded_ros.extension.node import Node
from embedded_ros.extension.qos_profile import rmw_qos_profile_t
from embedded_ros.graph.topic import Reader
from embedded_ros.interfaces import deserialize
from embedded_ros.interfaces import serialize


class Subscription(Endpoint):
    """A subscription. Raises ValueError for a malformed topic name."""

    def __init__(
        self,
        node: Node,
        msg_type: type,
        topic: str,
        qos_profile: rmw_qos_profile_t | None,
    ) -> None:
        super().__init__(
            node,
            Reader(
                new_entry(node, msg_type, topic, qos_profile, what='subscription', writes=False)
            ),
        )

    def take_message(self, msg_type: type, raw: bool) -> tuple[Any, dict[str, int]] | None:
        """Return the oldest message (raw: serialized) with its times in nanoseconds, or None."""
        sample = self.end.take()
        if sample is None:
            return None
        payload = sample.payload
        if type(payload) is bytes:
            payload = payload if raw else deserialize(payload, msg_type)
        elif raw:
            payload = serialize(payload)
        return payload, {
            'source_timestamp': sample.source_ns,
            'received_timestamp': sample.source_ns,
        }

    def get_topic_name(self) -> str:
        """Return the fully qualified topic name."""
        return self.end.entry.name
