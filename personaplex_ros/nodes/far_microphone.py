# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a loudspeaker's node tells the node of the microphone, and hears from it."""

from collections.abc import Callable
import threading

import numpy as np
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos_overriding_options import QoSOverridingOptions
from std_msgs.msg import Bool

from personaplex_ros.msg import AudioChunk
from personaplex_ros.nodes import qos
from personaplex_ros.nodes.block_chunks import BlockChunks


class FarMicrophone:
    """The publisher of audio/reference, and the subscription of audio/double_talk.

    The publisher is there while something may be played: by that the microphone's node knows that
    silence is silence, and no reference a fault.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self.chunks = BlockChunks(node)
        self._tell: Callable[[bool], None] | None = None
        self._lock = threading.Lock()  # the publisher goes while the courier may still bring
        self._publisher: Publisher | None = None
        self._subscription = node.create_subscription(
            Bool,
            'audio/double_talk',
            self._on_double_talk,
            qos.events(),
            callback_group=MutuallyExclusiveCallbackGroup(),
        )

    def open(self, chunk_ms: int, tell: Callable[[bool], None]) -> None:
        """Begin; tell: takes whether both speak."""
        self.chunks.configure(chunk_ms)
        self._tell = tell
        with self._lock:
            self._publisher = self._node.create_publisher(
                AudioChunk,
                'audio/reference',
                qos.audio_publish(),
                qos_overriding_options=QoSOverridingOptions.with_default_policies(),
            )

    def close(self) -> None:
        """Nothing is played any more."""
        self._tell = None
        with self._lock:
            publisher, self._publisher = self._publisher, None
            if publisher is not None:
                self._node.destroy_publisher(publisher)

    def publish(self, samples: np.ndarray, audible_ns: int) -> None:
        """Publish what `chunks` has put together."""
        chunk = self.chunks.message(samples, audible_ns)
        with self._lock:
            if self._publisher is not None and self._node.context.ok():
                self._publisher.publish(chunk)

    def _on_double_talk(self, message: Bool) -> None:
        tell = self._tell
        if tell is not None:
            tell(message.data)
