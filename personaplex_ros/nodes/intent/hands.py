# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The hands of the gate on a ROS graph: topics, services and actions of any type."""

from typing import Any

from rclpy.callback_groups import CallbackGroup
from rclpy.node import Node

from personaplex_ros.nodes.intent.action_hand import ActionHand
from personaplex_ros.nodes.intent.bool_topic import BoolTopic
from personaplex_ros.nodes.intent.hand import CallListener
from personaplex_ros.nodes.intent.hand import Hand
from personaplex_ros.nodes.intent.service_hand import ServiceHand
from personaplex_ros.nodes.intent.settings import ToolIntentSettings
from personaplex_ros.nodes.intent.speaker import Speaker
from personaplex_ros.nodes.intent.topic_hand import TopicHand
from personaplex_ros.tools.catalogue import Call
from personaplex_ros.tools.catalogue import Catalogue
from personaplex_ros.tools.installed_interfaces import interface_class
from personaplex_ros.tools.steps import OutgoingCall

_Key = tuple[str, str, str]


class RosHands:
    """Clients are made ahead and stay as long as the node.

    A client that was made with the call would not have found its server yet; one that is destroyed
    while an executor takes from it ends the process.
    """

    def __init__(self, node: Node, group: CallbackGroup, listener: CallListener) -> None:
        self._node = node
        self._group = group
        self._listener = listener
        self._settings = ToolIntentSettings()
        self._hands: dict[_Key, Hand] = {}
        self._conditions: dict[str, BoolTopic] = {}
        self._calls: dict[str, Hand] = {}
        self._speaker = Speaker(node, group, listener.on_speaking)

    def configure(self, settings: ToolIntentSettings) -> None:
        """Take settings; those of feedback hold for clients that are still to be made."""
        self._settings = settings

    def prepare(self, catalogue: Catalogue) -> None:
        """Make every client and subscription of a file. Raises UnknownType."""
        for tool in catalogue.tools.values():
            self._prepare(tool.call)
            for topic in tool.policy.requires:
                if topic not in self._conditions:
                    self._conditions[topic] = BoolTopic(self._node, topic, self._group)

    def absent(self, catalogue: Catalogue) -> list[str]:
        """Return the tools of a file that nobody would answer."""
        return [
            tool.name
            for tool in catalogue.tools.values()
            if (hand := self._hands.get(_key(tool.call))) is None or not hand.is_ready()
        ]

    # What the gate asks for

    def send(self, call: OutgoingCall) -> None:
        """Let a call leave; raises with the reason where that cannot be begun."""
        hand = self._hands[call.kind, call.name, call.type_name]
        hand.send(call)
        if call.kind != 'topic':
            self._calls[call.call_id] = hand

    def cancel(self, call_id: str) -> None:
        """Ask for the end of a call."""
        hand = self._calls.pop(call_id, None)
        if hand is not None:
            hand.cancel(call_id)

    def say(self, text: str) -> bool:
        """Let the robot speak; as Speaker.say."""
        return self._speaker.say(text)

    def is_true(self, topic: str) -> bool | None:
        """Return the value of a `requires` topic; None if there is none to trust."""
        return self._conditions[topic].is_true(self._settings.requires_fresh_s)

    # What the node asks for

    def ended(self, call_id: str) -> None:
        """Forget a call that has its result."""
        self._calls.pop(call_id, None)

    def look(self, now_s: float) -> None:
        """Find calls whose server is gone."""
        for hand in set(self._calls.values()):
            hand.look(now_s)

    def destroy(self) -> None:
        """Leave the graph."""
        for hand in self._hands.values():
            hand.destroy()
        self._speaker.destroy()

    def _prepare(self, call: Call) -> None:
        if _key(call) not in self._hands:
            self._hands[_key(call)] = self._make(call.kind, call.name, call.type_name)

    def _make(self, kind: str, name: str, type_name: str) -> Hand:
        interface: Any = interface_class(type_name)
        if kind == 'topic':
            return TopicHand(self._node, name, interface)
        if kind == 'service':
            return ServiceHand(self._node, name, interface, self._group, self._listener)
        period_s = self._settings.feedback_period_s
        return ActionHand(self._node, name, interface, self._group, self._listener, period_s)


def _key(call: Call) -> _Key:
    return call.kind, call.name, call.type_name
