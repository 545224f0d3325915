# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A std_msgs/Bool topic of anybody, latched or not, and whether its value is to be trusted."""

from collections.abc import Callable
import time
from typing import Any

from rclpy.callback_groups import CallbackGroup
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy
from rclpy.qos import QoSProfile
from rclpy.qos import ReliabilityPolicy
from std_msgs.msg import Bool

LOOK_S = 0.25
_ANY, _RELIABLE, _LATCHED = 'any', 'reliable', 'latched'
_QOS = {
    _ANY: QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT),
    _RELIABLE: QoSProfile(depth=10, reliability=ReliabilityPolicy.RELIABLE),
    _LATCHED: QoSProfile(
        depth=10,
        reliability=ReliabilityPolicy.RELIABLE,
        durability=DurabilityPolicy.TRANSIENT_LOCAL,
    ),
}
"""The first hears everybody; the others lose nothing and bring the latched value. They are added
when a publisher offers it: before, both ends would warn of QoS that does not match."""


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
        self._group = group
        self._values: dict[str, tuple[bool, float]] = {}
        self._subscriptions: dict[str, Any] = {}
        self._subscribe(_ANY)
        self._timer = node.create_timer(LOOK_S, self._look, callback_group=group)
        self._look()

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

    def _look(self) -> None:
        """Subscribe in the best way that some publisher offers."""
        reliable = ReliabilityPolicy.RELIABLE
        if any(offer.reliability == reliable for offer in self._offers()):
            self._subscribe(_RELIABLE)
        if self._is_latched():
            self._subscribe(_LATCHED)

    def _is_latched(self) -> bool:
        latched = DurabilityPolicy.TRANSIENT_LOCAL
        return any(offer.durability == latched for offer in self._offers())

    def _offers(self) -> list[QoSProfile]:
        infos = self._node.get_publishers_info_by_topic(self._name)
        return [info.qos_profile for info in infos]

    def _subscribe(self, way: str) -> None:
        if way not in self._subscriptions:
            self._subscriptions[way] = self._node.create_subscription(
                Bool,
                self._name,
                lambda message: self._take(way, message.data),
                _QOS[way],
                callback_group=self._group,
            )

    def _take(self, way: str, value: bool) -> None:
        before = self._values.get(way)
        self._values[way] = (value, self._clock())
        if before is None or before[0] != value:
            self._on_change(value)
