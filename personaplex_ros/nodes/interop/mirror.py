# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""audio/out once more, in the messages of other packages."""

import re
from typing import Any

from rclpy.lifecycle import LifecycleNode

from personaplex_ros.msg import AudioChunk
from personaplex_ros.nodes import qos
from personaplex_ros.nodes.interop.encode import ENCODERS
from personaplex_ros.nodes.interop.message_class import message_class

AUDIO_DATA = 'audio_common_msgs/msg/AudioData'


class Mirror:
    """Publishers of audio/out/<type>; they live as long as the node once they were wanted."""

    def __init__(self, node: LifecycleNode) -> None:
        self._node = node
        self._publishers: dict[str, tuple[type, Any]] = {}
        self._names: list[str] = []
        self._info: Any = None

    def configure(self, names: list[str]) -> None:
        """Mirror as these types, of ENCODERS, from now on.

        Raises LookupError for one that is not installed.
        """
        for name in names:
            if name not in self._publishers:
                kind = message_class(name)
                topic = f'audio/out/{_snake(name)}'
                publisher = self._node.create_publisher(kind, topic, qos.audio_publish())
                self._publishers[name] = (kind, publisher)
        self._names = names

    def publish(self, chunk: AudioChunk) -> None:
        """Publish a chunk as every type that is wanted."""
        for name in self._names:
            kind, publisher = self._publishers[name]
            publisher.publish(ENCODERS[name](kind, chunk))
            if name.startswith(AUDIO_DATA) and self._info is None:
                self._tell_info(chunk)

    def _tell_info(self, chunk: AudioChunk) -> None:
        """Say, latched, what the raw bytes of ros-drivers' messages mean."""
        kind = message_class('audio_common_msgs/msg/AudioInfo')
        self._info = self._node.create_publisher(kind, 'audio/out/audio_info', qos.latched())
        self._info.publish(
            kind(
                channels=chunk.channels,
                sample_rate=chunk.sample_rate,
                sample_format='S16LE',
                coding_format='wave',
            )
        )


def _snake(name: str) -> str:
    """foxglove_msgs/msg/RawAudio -> raw_audio."""
    return re.sub(r'(?<!^)(?=[A-Z])', '_', name.rpartition('/')[2]).lower()
