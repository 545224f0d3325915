# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""audio/in from microphones of other packages: whatever type is published there."""

from array import array
from collections.abc import Callable
from functools import partial
from typing import Any

from rclpy.callback_groups import CallbackGroup
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy
from rclpy.qos import QoSProfile
from std_msgs.msg import Header

from personaplex_ros.audio.format import AudioFormatError
from personaplex_ros.msg import AudioChunk
from personaplex_ros.nodes import qos
from personaplex_ros.nodes.interop.decode import decode
from personaplex_ros.nodes.interop.decode import FOREIGN_TYPES
from personaplex_ros.nodes.interop.listener_apart import ListenerApart
from personaplex_ros.nodes.interop.message_class import message_class

TOPIC = 'audio/in'
INFO_TOPIC = 'audio_info'
"""ros-drivers' capture node says here, every 5 s, what its bytes mean; remap it likewise."""

INFO = 'audio_common_msgs/msg/AudioInfo'
LATCHED = DurabilityPolicy.TRANSIENT_LOCAL

LOOK_S = 1.0
WARN_PERIOD_S = 5.0
OURS = 'personaplex_ros/msg/AudioChunk'


class ForeignEars:
    """Subscribes to what appears on audio/in, and hands it on as AudioChunk."""

    def __init__(
        self, node: Node, take: Callable[[AudioChunk], None], group: CallbackGroup
    ) -> None:
        """take: called with every chunk, on a thread per type. group: of what else is heard."""
        self._node = node
        self._take = take
        self._group = group
        self._listeners: dict[str, ListenerApart | None] = {}
        self._info_kind: type | None = None
        self._info_subscriptions: dict[DurabilityPolicy, Any] = {}
        self._info: Any = None
        self._seq = 0
        self._timer = node.create_timer(LOOK_S, self._look, callback_group=group)

    def close(self) -> None:
        """Hear no more, for good."""
        self._timer.cancel()
        for listener in filter(None, self._listeners.values()):
            listener.close()

    def _look(self) -> None:
        """Subscribe to types that are new on the topic."""
        topic = self._node.resolve_topic_name(TOPIC)
        for info in self._node.get_publishers_info_by_topic(topic):
            name = info.topic_type
            if name != OURS and name not in self._listeners:
                self._listeners[name] = self._listen(name, topic)
        self._look_for_info()

    def _listen(self, name: str, topic: str) -> ListenerApart | None:
        log = self._node.get_logger()
        if name not in FOREIGN_TYPES:
            log.warning(f'{TOPIC}: {name} is no audio; expected one of {OURS}, {FOREIGN_TYPES}')
            return None
        try:
            kind = message_class(name)
            if 'AudioData' in name:
                self._info_kind = message_class(INFO)
        except LookupError as error:
            log.warning(f'{TOPIC}: {error}')
            return None
        log.info(f'{TOPIC}: hearing {name}')
        take = partial(self._on_message, name)
        return ListenerApart(self._node, kind, topic, qos.audio_subscribe(), take)

    def _look_for_info(self) -> None:
        """ros-drivers' raw bytes mean nothing without it, be it repeated or told once, latched."""
        if self._info_kind is None:
            return
        self._listen_to_info(self._info_kind, qos.events())
        topic = self._node.resolve_topic_name(INFO_TOPIC)
        infos = self._node.get_publishers_info_by_topic(topic)
        if any(info.qos_profile.durability == LATCHED for info in infos):
            self._listen_to_info(self._info_kind, qos.latched())

    def _listen_to_info(self, kind: type, profile: QoSProfile) -> None:
        if profile.durability not in self._info_subscriptions:
            self._info_subscriptions[profile.durability] = self._node.create_subscription(
                kind, INFO_TOPIC, self._on_info, profile, callback_group=self._group
            )

    def _on_info(self, info: Any) -> None:
        self._info = info

    def _on_message(self, name: str, message: Any) -> None:
        try:
            sound = decode(message, self._info)
        except AudioFormatError as error:
            self._node.get_logger().warning(
                f'{TOPIC}, {name}: {error}', throttle_duration_sec=WARN_PERIOD_S
            )
            return
        self._take(
            AudioChunk(
                header=getattr(message, 'header', Header()),
                sample_rate=max(0, sound.rate_hz),
                channels=sound.channels,
                seq=self._seq,
                samples=array('h', sound.samples.tobytes()),
            )
        )
        self._seq += 1
