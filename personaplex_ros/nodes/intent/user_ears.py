# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The user's words from whatever recogniser runs: topics and types are found on the graph."""

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
import threading
from typing import Any

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.qos import ReliabilityPolicy

from personaplex_ros.nodes.interop.message_class import message_class

LOOK_S = 0.5
MAX_TOPICS = 32
"""A recogniser that names its topics anew for every voice would add to them for ever: beyond it,
those that nobody speaks on any more make room."""

GONE_LOOKS = 2
"""Looks in a row that find no publisher: then its last words, which may be a stop, are taken."""

STRING = 'std_msgs/msg/String'
PEOPLE = '/humans/'
"""Topics of REP-155, which no recogniser fills with std_msgs/String."""


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
    STRING: _string,
    'hri_msgs/msg/LiveSpeech': _live_speech,
    'speech_recognition_msgs/msg/SpeechRecognitionCandidates': _candidates,
}


@dataclass
class _Ear:
    """What a topic is heard in. One type at a time: Fast DDS refuses a second one of a name."""

    kind: str
    reliability: ReliabilityPolicy
    subscription: Any = None
    """None while the middleware refuses it."""

    is_spoken_to: bool = False
    """Whether somebody has been there who speaks."""

    looks_without: int = 0
    """The latest looks that found nobody there who publishes."""

    def hears(self, kind: str, reliability: ReliabilityPolicy) -> bool:
        """Whether it hears who speaks so; a best-effort one hears all."""
        return kind == self.kind and self.reliability in (
            reliability,
            ReliabilityPolicy.BEST_EFFORT,
        )


class UserEars:
    """Subscribes to plain names at once, in std_msgs/String, so that a publisher that waits for a
    subscription, speaks and leaves is heard; to everything else when it appears.

    Hands on texts with the voice that said them.
    """

    def __init__(self, node: Node, take: Callable[[str, str, bool], None]) -> None:
        """take: called with text, voice and whether it is final."""
        self._node = node
        self._take = take
        self._patterns: list[str] = []
        self._group = MutuallyExclusiveCallbackGroup()
        self._ears: dict[str, _Ear] = {}
        self._warned: set[tuple[str, str]] = set()
        self._is_full = False
        self._lock = threading.Lock()
        self._timer = node.create_timer(LOOK_S, self._look, callback_group=self._group)

    @property
    def topics(self) -> list[str]:
        """Topics on which somebody has been found who speaks."""
        ears = list(self._ears.items())
        return [topic for topic, ear in ears if ear.is_spoken_to and self._is_wanted(topic)]

    def configure(self, topics: list[str]) -> None:
        """Listen to these topics alone, in which * is any part of a name.

        To be called when there is somebody who takes words: publishers wait for this.
        """
        patterns = [self._full_name(topic) for topic in topics]
        with self._lock:
            self._patterns = patterns
            for name in patterns:
                if '*' not in name and not name.startswith(PEOPLE) and name not in self._ears:
                    self._listen(name, _Ear(STRING, ReliabilityPolicy.RELIABLE))

    def _full_name(self, topic: str) -> str:
        """Resolve a name in which * stands."""
        stand_in = 'x'
        while stand_in in topic:
            stand_in += 'x'
        return self._node.resolve_topic_name(topic.replace('*', stand_in)).replace(stand_in, '*')

    def _is_wanted(self, topic: str) -> bool:
        return any(fnmatchcase(topic, pattern) for pattern in self._patterns)

    def _look(self) -> None:
        publishers = {
            topic: self._node.get_publishers_info_by_topic(topic)
            for topic, _ in self._node.get_topic_names_and_types()
            if self._is_wanted(topic)
        }
        with self._lock:
            for topic, ear in self._ears.items():
                ear.looks_without = 0 if publishers.get(topic) else ear.looks_without + 1
            for topic, found in publishers.items():
                self._look_at(topic, found)

    def _look_at(self, topic: str, publishers: list[Any]) -> None:
        """Hear a topic in the type of those who speak there; one that is in use stays."""
        ear = self._ears.get(topic)
        kinds = [info.topic_type for info in publishers]
        kinds = [kind for kind in dict.fromkeys(kinds) if self._is_speech(topic, kind)]
        if not kinds or (ear is None and not self._has_room(topic)):
            return
        kind = ear.kind if ear is not None and ear.kind in kinds else kinds[0]
        for other in kinds:
            if other != kind:
                self._warn_once(topic, other, f'{other} is not heard beside {kind}')
        reliability = _reliability([info for info in publishers if info.topic_type == kind])
        if ear is None or ear.subscription is None or not ear.hears(kind, reliability):
            if ear is not None and _is_due(ear.subscription):
                return  # its word first; another look comes soon
            ear = self._listen(topic, _Ear(kind, reliability))
        if ear.subscription is not None and not ear.is_spoken_to:
            ear.is_spoken_to = True
            self._node.get_logger().info(f'hearing the user on {topic} [{kind}]')

    def _listen(self, topic: str, ear: _Ear) -> _Ear:
        """Hear a topic in one way, and no more in another."""
        before, self._ears[topic] = self._ears.get(topic), ear
        old = None if before is None else before.subscription
        if before is not None and before.kind != ear.kind:
            self._destroy(old)
            old = None
        try:
            ear.subscription = self._node.create_subscription(
                message_class(ear.kind),
                topic,
                partial(self._on_message, READERS[ear.kind], topic),
                QoSProfile(depth=100, reliability=ear.reliability),
                callback_group=self._group,
            )
        except RuntimeError as error:  # the other one has not gone yet, or is another node's
            self._warn_once(topic, ear.kind, f'{ear.kind} is not heard yet: {error}')
        self._destroy(old)  # not before: what is said in between would be lost
        return ear

    def _destroy(self, subscription: Any) -> None:
        if subscription is not None:
            self._node.destroy_subscription(subscription)

    def _is_speech(self, topic: str, kind: str) -> bool:
        if kind not in READERS:
            expected = ', '.join(READERS)
            self._warn_once(topic, kind, f'{kind} is no speech; expected one of {expected}')
            return False
        try:
            message_class(kind)
        except LookupError as error:
            self._warn_once(topic, kind, str(error))
            return False
        return True

    def _has_room(self, topic: str) -> bool:
        if len(self._ears) < MAX_TOPICS or self._makes_room():
            self._is_full = False
            return True
        if not self._is_full:
            log = self._node.get_logger()
            log.error(f'user words: over {MAX_TOPICS} topics; not listening to {topic}')
        self._is_full = True
        return False

    def _makes_room(self) -> bool:
        """Leave the topic that was found first of those without a publisher, if there is one.

        Names without * stay: somebody may wait for their subscription.
        """
        for topic, ear in self._ears.items():
            is_gone = ear.looks_without >= GONE_LOOKS and topic not in self._patterns
            if is_gone and not _is_due(ear.subscription):
                self._destroy(ear.subscription)
                del self._ears[topic]
                return True
        return False

    def _warn_once(self, topic: str, kind: str, what: str) -> None:
        if (topic, kind) not in self._warned and len(self._warned) < MAX_TOPICS:
            self._warned.add((topic, kind))
            self._node.get_logger().warning(f'{topic}: {what}')

    def _on_message(self, read: Callable[[Any], list[Said]], topic: str, message: Any) -> None:
        if not self._is_wanted(topic):
            return  # the node was configured anew since
        for said in read(message):
            if said.text:
                self._take(said.text, _voice(topic), said.is_final)


def _is_due(subscription: Any) -> bool:
    """Whether an executor has found a word for it and will take it: it must be there then.

    rclpy marks it so from humble on; destroyed meanwhile, it would lock its callback group.
    """
    return bool(getattr(subscription, '_executor_event', False))


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
