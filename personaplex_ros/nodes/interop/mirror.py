# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""audio/out once more, in the messages of other packages."""

import re
import time
from typing import Any

from rclpy.lifecycle import LifecycleNode

from personaplex_ros.msg import AudioChunk
from personaplex_ros.nodes import qos
from personaplex_ros.nodes.interop.encode import ENCODERS
from personaplex_ros.nodes.interop.message_class import message_class

AUDIO_DATA = 'audio_common_msgs/msg/AudioData'

INFO_PERIOD_S = 5.0
"""As ros-drivers' capture node repeats it: listeners that are not latched may come late."""


class Mirror:
    """Publishers of audio/out/<type>; they live as long as the node once they were wanted."""

    def __init__(self, node: LifecycleNode) -> None:
        self._node = node
        self._publishers: dict[str, tuple[type, Any]] = {}
        self._names: list[str] = []
        self._info: Any = None
        self._info_told_s = 0.0

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
        if any(name.startswith(AUDIO_DATA) for name in self._names):
            self._tell_info(chunk)

    def _tell_info(self, chunk: AudioChunk) -> None:
        """Say, latched and again and again, what the raw bytes of ros-drivers' messages mean."""
        now_s = time.monotonic()
        if self._info is not None and now_s - self._info_told_s < INFO_PERIOD_S:
            return
        kind = message_class('audio_common_msgs/msg/AudioInfo')
        if self._info is None:
            self._info = self._node.create_publisher(kind, 'audio/out/audio_info', qos.latched())
        self._info_told_s = now_s
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
