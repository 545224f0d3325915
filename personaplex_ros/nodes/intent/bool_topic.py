# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A std_msgs/Bool topic of anybody, latched or not, and whether its value is to be trusted."""

from collections.abc import Callable
import time

from rclpy.callback_groups import CallbackGroup
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy
from rclpy.qos import QoSProfile
from rclpy.qos import ReliabilityPolicy
from std_msgs.msg import Bool

_LATCHED = 'latched'
_QOS = {
    'best effort': QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT),
    'reliable': QoSProfile(depth=10, reliability=ReliabilityPolicy.RELIABLE),
    _LATCHED: QoSProfile(
        depth=10,
        reliability=ReliabilityPolicy.RELIABLE,
        durability=DurabilityPolicy.TRANSIENT_LOCAL,
    ),
}
"""Each hears publishers that the others do not, or not as well."""


class BoolTopic:
    """Subscribed for the life of its node; is_true() may be called on any thread."""

    def __init__(
        self,
        node: Node,
        name: str,
        group: CallbackGroup,
        on_change: Callable[[bool], None] = lambda value: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """on_change: called with the new value, more than once where several ways bring it."""
        self._node = node
        self._name = node.resolve_topic_name(name)
        self._on_change = on_change
        self._clock = clock
        self._values: dict[str, tuple[bool, float]] = {}
        for way, qos in _QOS.items():
            node.create_subscription(
                Bool,
                name,
                lambda message, way=way: self._take(way, message.data),
                qos,
                callback_group=group,
            )

    @property
    def last_is_true(self) -> bool:
        """Whether any way says true, however old it is."""
        return any(value for value, _ in list(self._values.values()))

    def is_true(self, fresh_s: float) -> bool | None:
        """Return whether everything that is to be trusted says true; None if nothing is.

        A latched value holds while somebody latches the topic, any other for fresh_s.
        """
        now_s = self._clock()
        trusted = [
            value
            for way, (value, at_s) in list(self._values.items())
            if now_s - at_s <= fresh_s or (way == _LATCHED and self._is_latched())
        ]
        return all(trusted) if trusted else None

    def _is_latched(self) -> bool:
        infos = self._node.get_publishers_info_by_topic(self._name)
        latched = DurabilityPolicy.TRANSIENT_LOCAL
        return any(info.qos_profile.durability == latched for info in infos)

    def _take(self, way: str, value: bool) -> None:
        before = self._values.get(way)
        self._values[way] = (value, self._clock())
        if before is None or before[0] != value:
            self._on_change(value)
