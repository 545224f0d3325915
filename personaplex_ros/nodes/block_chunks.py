# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The blocks of a device put together as chunks, stamped with when they are in the air."""

from array import array
from collections.abc import Iterator

import numpy as np
from rclpy.node import Node

from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.playout.settings import to_samples
from personaplex_ros.msg import AudioChunk
from personaplex_ros.nodes.ros_time import ros_stamp

MAX_STEP_NS = 5_000_000
"""Blocks that do not follow each other within this are not one chunk: the device was away."""

NS_PER_SAMPLE = 1e9 / SAMPLE_RATE_HZ

Stretch = tuple[np.ndarray, int]
"""int16 [n], 24 kHz, and when the first is in the air, as time.monotonic_ns."""


class BlockChunks:
    """add() is for the device's thread, message() for the one that publishes."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._message = AudioChunk(sample_rate=SAMPLE_RATE_HZ, channels=1)
        self._seq = 0
        self._rest: np.ndarray = np.empty(0, np.int16)
        self._begun_ns = 0
        self._per_chunk = 0

    def configure(self, chunk_ms: int) -> None:
        """Set the length of the chunks."""
        self._per_chunk = to_samples(chunk_ms)
        self._rest = self._rest[:0]

    def add(self, samples: np.ndarray, at_ns: int) -> Iterator[Stretch]:
        """Take int16 [n], kept as it is, and its time.monotonic_ns; yield what makes a chunk."""
        expected_ns = self._begun_ns + round(len(self._rest) * NS_PER_SAMPLE)
        if len(self._rest) and abs(at_ns - expected_ns) <= MAX_STEP_NS:
            samples, at_ns = np.concatenate((self._rest, samples)), self._begun_ns
        while len(samples) >= self._per_chunk:
            yield samples[: self._per_chunk], at_ns
            samples = samples[self._per_chunk :]
            at_ns += round(self._per_chunk * NS_PER_SAMPLE)
        self._rest, self._begun_ns = samples, at_ns

    def message(self, samples: np.ndarray, begun_ns: int) -> AudioChunk:
        """Return the next chunk, in a message that is filled anew by the next call."""
        chunk = self._message
        chunk.header.stamp = ros_stamp(self._node, begun_ns)
        chunk.seq = self._seq
        chunk.samples = array('h', samples.tobytes())
        self._seq += 1
        return chunk
