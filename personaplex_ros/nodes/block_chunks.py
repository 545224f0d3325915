# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The 10 ms blocks of a device put together as chunks, stamped with when they are in the air."""

from array import array

import numpy as np
from rclpy.node import Node
from std_msgs.msg import Header

from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.playout.settings import BLOCK_MS
from personaplex_ros.msg import AudioChunk
from personaplex_ros.nodes.ros_time import ros_stamp

MAX_STEP_NS = 5_000_000
"""Blocks that do not follow each other within this are not one chunk: the device was away."""


Blocks = tuple[list[np.ndarray], int]
"""10 ms each, int16 [240], and when the first begins, as time.monotonic_ns."""


class BlockChunks:
    """add() is for the device's thread, message() for the one that publishes."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._seq = 0
        self._blocks: list[np.ndarray] = []
        self._begun_ns = 0
        self._per_chunk = 2

    def configure(self, chunk_ms: int) -> None:
        """Set the length of the chunks."""
        self._per_chunk = chunk_ms // BLOCK_MS
        self._blocks = []

    def add(self, samples: np.ndarray, at_ns: int) -> Blocks | None:
        """Take int16 [240] and its time.monotonic_ns; return those that make a whole chunk."""
        expected_ns = self._begun_ns + len(self._blocks) * BLOCK_MS * 1_000_000
        if not self._blocks or abs(at_ns - expected_ns) > MAX_STEP_NS:
            self._blocks = []
            self._begun_ns = at_ns
        self._blocks.append(samples)
        if len(self._blocks) < self._per_chunk:
            return None
        whole, self._blocks = self._blocks, []
        return whole, self._begun_ns

    def message(self, blocks: list[np.ndarray], begun_ns: int) -> AudioChunk:
        """Return the next chunk."""
        chunk = AudioChunk(
            header=Header(stamp=ros_stamp(self._node, begun_ns)),
            sample_rate=SAMPLE_RATE_HZ,
            channels=1,
            seq=self._seq,
            samples=array('h', b''.join(block.tobytes() for block in blocks)),
        )
        self._seq += 1
        return chunk
