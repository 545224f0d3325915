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
    """The publisher of audio/in."""

    def __init__(self, node: LifecycleNode) -> None:
        self._node = node
        self.chunks = BlockChunks(node)
        self._publisher = node.create_lifecycle_publisher(
            AudioChunk,
            'audio/in',
            qos.audio_publish(),
            qos_overriding_options=QoSOverridingOptions.with_default_policies(),
        )

    def open(self, chunk_ms: int) -> None:
        """Begin a chunk of this length."""
        self.chunks.configure(chunk_ms)

    def publish(self, samples: np.ndarray, captured_ns: int) -> None:
        """Publish what `chunks` has put together."""
        # what the courier brings after deactivation takes no seq: it would look like a loss
        if self._publisher.is_activated and self._node.context.ok():
            self._publisher.publish(self.chunks.message(samples, captured_ns))
