# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""audio/in: what the microphone hears, without the echo."""

import numpy as np
from rclpy.lifecycle import LifecycleNode
from rclpy.qos_overriding_options import QoSOverridingOptions

from personaplex_ros.msg import AudioChunk
from personaplex_ros.nodes import qos
from personaplex_ros.nodes.block_chunks import BlockChunks


class MicrophoneTopic:
    """The publisher of audio/in; called by one thread."""

    def __init__(self, node: LifecycleNode) -> None:
        self._node = node
        self._chunks = BlockChunks(node)
        self._publisher = node.create_lifecycle_publisher(
            AudioChunk,
            'audio/in',
            qos.AUDIO_PUBLISH,
            qos_overriding_options=QoSOverridingOptions.with_default_policies(),
        )

    def open(self, chunk_ms: int) -> None:
        """Begin a chunk of this length."""
        self._chunks.configure(chunk_ms)

    def block(self, samples: np.ndarray, captured_ns: int) -> None:
        """Take int16 [240]; publish when a chunk is complete."""
        chunk = self._chunks.add(samples, captured_ns)
        if chunk is not None and self._node.context.ok():
            self._publisher.publish(chunk)
