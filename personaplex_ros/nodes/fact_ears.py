# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the persona should know beside its text: the topics context and tool_context."""

from functools import partial
from typing import Any

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy
from rclpy.qos import QoSProfile
from std_msgs.msg import String

from personaplex_ros.conversation.runner import ConversationRunner
from personaplex_ros.nodes import qos

TOPICS = ('context', 'tool_context')
LOOK_S = 0.5


class FactEars:
    """Subscribed for the life of its node, to latched publishers and to others.

    A latched one is heard in both ways, with the same words; whoever is latched is subscribed to
    as such when one appears, since both ends would warn of one that is not.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._runner: ConversationRunner | None = None
        self._told: dict[str, str] = {}
        self._group = MutuallyExclusiveCallbackGroup()
        self._subscriptions: dict[tuple[str, DurabilityPolicy], Any] = {}
        for topic in TOPICS:
            self._subscribe(topic, qos.events())
        self._timer = node.create_timer(LOOK_S, self._look, callback_group=self._group)
        self._look()

    def open(self, runner: ConversationRunner) -> None:
        """Tell this conversation, from what was said last on."""
        self._runner = runner
        for topic, text in list(self._told.items()):
            runner.know(topic, text)

    def close(self) -> None:
        """Tell nobody."""
        self._runner = None

    def _look(self) -> None:
        latched = DurabilityPolicy.TRANSIENT_LOCAL
        for topic in TOPICS:
            name = self._node.resolve_topic_name(topic)
            infos = self._node.get_publishers_info_by_topic(name)
            if any(info.qos_profile.durability == latched for info in infos):
                self._subscribe(topic, qos.latched())

    def _subscribe(self, topic: str, profile: QoSProfile) -> None:
        way = (topic, profile.durability)
        if way not in self._subscriptions:
            take = partial(self._take, topic)
            self._subscriptions[way] = self._node.create_subscription(
                String, topic, take, profile, callback_group=self._group
            )

    def _take(self, topic: str, message: String) -> None:
        self._told[topic] = message.data
        if (runner := self._runner) is not None:
            runner.know(topic, message.data)
