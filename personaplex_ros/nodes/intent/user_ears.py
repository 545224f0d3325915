# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The user's words from whatever recogniser runs: topics and types are found on the graph."""

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.qos import ReliabilityPolicy

from personaplex_ros.nodes.interop.message_class import message_class

LOOK_S = 0.5
MAX_TOPICS = 32
"""Subscriptions stay as long as the node: a recogniser that names its topics anew for every voice
would add to them for ever."""


@dataclass(frozen=True)
class Said:
    """What one message says."""

    text: str
    is_final: bool = True


def _string(message: Any) -> list[Said]:
    return [Said(message.data)]


def _live_speech(message: Any) -> list[Said]:
    return [Said(message.incremental, is_final=False), Said(message.final)]


def _candidates(message: Any) -> list[Said]:
    """Return the likeliest; recognisers put it first."""
    return [Said(text) for text in list(message.transcript)[:1]]


READERS: dict[str, Callable[[Any], list[Said]]] = {
    'std_msgs/msg/String': _string,
    'hri_msgs/msg/LiveSpeech': _live_speech,
    'speech_recognition_msgs/msg/SpeechRecognitionCandidates': _candidates,
}


class UserEars:
    """Subscribes to what appears; hands on texts with the voice that said them."""

    def __init__(self, node: Node, take: Callable[[str, str, bool], None]) -> None:
        """take: called with text, voice and whether it is final."""
        self._node = node
        self._take = take
        self._patterns: list[str] = []
        self._group = MutuallyExclusiveCallbackGroup()
        self._subscriptions: dict[tuple[str, str], Any] = {}
        self._is_full = False
        self._timer = node.create_timer(LOOK_S, self._look, callback_group=self._group)

    @property
    def topics(self) -> list[str]:
        """Topics that are listened to."""
        return [topic for (topic, _), ears in self._subscriptions.items() if ears is not None]

    def configure(self, topics: list[str]) -> None:
        """Listen to these topics, in which * is any part of a name."""
        self._patterns = [self._node.resolve_topic_name(t.replace('*', 'ANY')) for t in topics]
        self._patterns = [pattern.replace('ANY', '*') for pattern in self._patterns]

    def _look(self) -> None:
        for topic, types in self._node.get_topic_names_and_types():
            if any(fnmatchcase(topic, pattern) for pattern in self._patterns):
                for kind in types:
                    self._listen(topic, kind)

    def _listen(self, topic: str, kind: str) -> None:
        if (topic, kind) in self._subscriptions:
            return
        publishers = self._node.get_publishers_info_by_topic(topic)
        publishers = [info for info in publishers if info.topic_type == kind]
        if not publishers:
            return  # somebody else who listens; how to subscribe is known when one speaks
        log = self._node.get_logger()
        if len(self._subscriptions) >= MAX_TOPICS:
            if not self._is_full:
                log.error(f'user words: over {MAX_TOPICS} topics; not listening to {topic}')
            self._is_full = True
            return
        self._subscriptions[topic, kind] = None
        if kind not in READERS:
            log.warning(f'{topic}: {kind} is no speech; expected one of {", ".join(READERS)}')
            return
        try:
            message = message_class(kind)
        except LookupError as error:
            log.warning(f'{topic}: {error}')
            return
        log.info(f'hearing the user on {topic} [{kind}]')
        self._subscriptions[topic, kind] = self._node.create_subscription(
            message,
            topic,
            partial(self._on_message, READERS[kind], _voice(topic)),
            QoSProfile(depth=100, reliability=_reliability(publishers)),
            callback_group=self._group,
        )

    def _on_message(self, read: Callable[[Any], list[Said]], voice: str, message: Any) -> None:
        for said in read(message):
            if said.text:
                self._take(said.text, voice, said.is_final)


def _voice(topic: str) -> str:
    """Return the voice of a topic of REP-155, /humans/voices/<id>/speech; '' of any other."""
    parts = topic.split('/')
    return parts[parts.index('voices') + 1] if 'voices' in parts[:-2] else ''


def _reliability(publishers: list[Any]) -> ReliabilityPolicy:
    """Reliable, which loses no stop, unless that would not match."""
    reliable = ReliabilityPolicy.RELIABLE
    if all(info.qos_profile.reliability == reliable for info in publishers):
        return reliable
    return ReliabilityPolicy.BEST_EFFORT
