# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The hands of the gate on a ROS graph: topics, services and actions of any type."""

from collections.abc import Callable
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
from personaplex_ros.tools.live_graph import BOOL
from personaplex_ros.tools.steps import OutgoingCall

_Key = tuple[str, str, str]


class CannotPrepare(Exception):
    """A file that this graph has no room for; the text says for what of it, and why."""


class RosHands:
    """Clients are made ahead and stay as long as the node.

    A client that was made with the call would not have found its server yet; one that is destroyed
    while an executor takes from it ends the process. A publisher goes where a file uses its name
    in another type.
    """

    def __init__(
        self,
        node: Node,
        group: CallbackGroup,
        listener: CallListener,
        hear_stop: Callable[[str], None],
    ) -> None:
        """hear_stop: subscribes to an emergency stop topic; called for every file that has one."""
        self._node = node
        self._group = group
        self._listener = listener
        self._hear_stop = hear_stop
        self._in_use: Catalogue | None = None
        self._settings = ToolIntentSettings()
        self._hands: dict[_Key, Hand] = {}
        self._conditions: dict[str, BoolTopic] = {}
        self._calls: dict[str, Hand] = {}
        self._speaker = Speaker(node, group, listener.on_speaking)

    def configure(self, settings: ToolIntentSettings) -> None:
        """Take settings; those of feedback hold for clients that are still to be made."""
        self._settings = settings

    def prepare(self, catalogue: Catalogue) -> None:
        """Make every client and subscription of a file.

        Raises CannotPrepare. Then everything of the file before it is there as it was.
        """
        try:
            self._prepare(catalogue)
        except CannotPrepare as error:
            raise CannotPrepare('\n'.join([str(error), *self._restored()])) from error
        self._in_use = catalogue

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

    def _prepare(self, catalogue: Catalogue) -> None:
        tools = catalogue.tools.values()
        conditions = {topic: tool for tool in tools for topic in tool.policy.requires}
        self._make_way(catalogue, {*conditions, catalogue.estop_topic})
        for tool in tools:
            if (key := _key(tool.call)) not in self._hands:
                self._hands[key] = self._made(tool.name, key, self._make, *key)
        for topic, tool in conditions.items():
            if topic not in self._conditions:
                key = ('topic', topic, BOOL)
                self._conditions[topic] = self._made(
                    f'{tool.name} requires', key, BoolTopic, self._node, topic, self._group
                )
        if topic := catalogue.estop_topic:
            self._made('estop', ('topic', topic, BOOL), self._hear_stop, topic)

    def _restored(self) -> list[str]:
        """Make what was given up for another file; return why that is not possible, if so."""
        try:
            if self._in_use is not None:
                self._prepare(self._in_use)
        except CannotPrepare as error:
            return [f'and of the file in use: {error}']
        return []

    def _made(self, what: str, key: _Key, make: Callable[..., Any], *arguments: Any) -> Any:
        """Return what it makes. Raises CannotPrepare."""
        kind, name, type_name = key
        try:
            return make(*arguments)
        except Exception as error:  # whatever it is: no file may end the emergency stop
            before = [k[2] for k in self._hands if k[:2] == key[:2] and k != key]
            before += [BOOL] if kind == 'topic' and name in self._conditions else []
            hint = f'; this node has it as {before[0]} until it is restarted' if before else ''
            text = f'{what}: {kind} {name} [{type_name}]: {error}{hint}'
            raise CannotPrepare(text) from error

    def _make_way(self, catalogue: Catalogue, bool_topics: set[str]) -> None:
        """Destroy publishers on a name that this file uses in another type."""
        wanted = {_key(tool.call) for tool in catalogue.tools.values()}
        names = {name for kind, name, _ in wanted if kind == 'topic'} | bool_topics
        for key in [key for key in self._hands if key[0] == 'topic' and key not in wanted]:
            if key[1] in names:
                self._hands.pop(key).destroy()

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
