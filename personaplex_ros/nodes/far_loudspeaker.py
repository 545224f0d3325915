# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a microphone's node hears from the node of the loudspeaker, and tells it."""

import time

import numpy as np
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.lifecycle import LifecycleNode
from rclpy.qos_overriding_options import QoSOverridingOptions
from std_msgs.msg import Bool

from personaplex_ros.audio.echo.remote_reference import RemoteReference
from personaplex_ros.audio.format import AudioFormatError
from personaplex_ros.audio.intake import MonoStream
from personaplex_ros.msg import AudioChunk
from personaplex_ros.nodes import qos
from personaplex_ros.nodes.ros_time import monotonic_s

WARN_PERIOD_S = 5.0

REPEAT_S = 0.1
"""So often it is said again that both speak (EchoElsewhere forgets it after HOLD_S)."""


class FarLoudspeaker:
    """The subscription of audio/reference, and the publisher of audio/double_talk."""

    def __init__(self, node: LifecycleNode) -> None:
        self._node = node
        self._reference: RemoteReference | None = None
        self._stream = MonoStream()
        self._told: tuple[bool, float] = (False, 0.0)
        self.rejected = 0
        self._subscription = node.create_subscription(
            AudioChunk,
            'audio/reference',
            self._on_chunk,
            qos.audio_subscribe(),
            callback_group=MutuallyExclusiveCallbackGroup(),
            qos_overriding_options=QoSOverridingOptions.with_default_policies(),
        )
        self._double_talk = node.create_lifecycle_publisher(
            Bool, 'audio/double_talk', qos.events()
        )

    def open(self, reference: RemoteReference) -> None:
        """Hand chunks to this one."""
        self._stream = MonoStream()
        self.rejected = 0
        self._reference = reference
        self.look()

    def close(self) -> None:
        """Take no more."""
        self._reference = None

    def look(self) -> None:
        """See whether there is a node that plays."""
        if self._reference is not None:
            publishers = self._node.count_publishers(self._subscription.topic_name)
            self._reference.is_expected = publishers > 0

    def wants_double_talk(self, both_speak: bool) -> bool:
        """Whether it is time to tell (again); for the device's thread."""
        said, said_s = self._told
        now_s = time.monotonic()
        if both_speak == said and (not both_speak or now_s - said_s < REPEAT_S):
            return False
        self._told = (both_speak, now_s)
        return True

    def publish_double_talk(self, both_speak: bool) -> None:
        """Tell whether both speak."""
        if self._node.context.ok():
            self._double_talk.publish(Bool(data=both_speak))

    def _on_chunk(self, chunk: AudioChunk) -> None:
        reference = self._reference
        if reference is None:
            return
        arrived_s = time.monotonic()
        stamp_s = monotonic_s(self._node, chunk.header.stamp)
        try:
            samples = np.frombuffer(chunk.samples, np.int16)
            samples = self._stream.push(samples, chunk.sample_rate, chunk.channels)
        except AudioFormatError as error:
            self.rejected += 1
            self._node.get_logger().warning(
                f'audio/reference: {error}', throttle_duration_sec=WARN_PERIOD_S
            )
            return
        reference.push(samples, chunk.seq, stamp_s, arrived_s)
