# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""How the canceller comes to know what the loudspeaker plays: at once, or through a network."""

from collections import deque
from collections.abc import Iterator

import numpy as np

from personaplex_ros.audio.echo.path import EchoPath
from personaplex_ros.audio.echo.remote_reference import RemoteReference
from personaplex_ros.audio.echo.settings import EchoSettings
from personaplex_ros.audio.simulation.network import Network
from personaplex_ros.audio.simulation.network import NetworkSettings

BLOCK_S = 0.01
BLOCKS_PER_CHUNK = 2
"""Of audio/reference: 20 ms."""

Chunk = tuple[int, np.ndarray, float]


class OneNode:
    """Microphone and loudspeaker are on the same node."""

    def __init__(self, path: EchoPath) -> None:
        self.path = path

    @property
    def gain(self) -> float:
        """Factor that the loudspeaker has to use now."""
        return self.path.loudspeaker_gain

    def exchange(
        self, played: np.ndarray, audible_s: float, captured: np.ndarray, captured_s: float
    ) -> Iterator[tuple[np.ndarray, float]]:
        """Take 10 ms of both, int16 [n]; yield clean blocks, each with its time."""
        self.path.played(played, audible_s)
        yield from self.path.captured(captured, captured_s)


class TwoNodes:
    """The loudspeaker's node sends what it plays, 20 ms at a time; the same face as OneNode."""

    def __init__(self, path: EchoPath, network: NetworkSettings, settings: EchoSettings) -> None:
        """path: one whose reference is remote."""
        self.path = path
        self._reference = RemoteReference(hold_back_s=settings.hold_back_ms / 1000)
        self._network: Network[Chunk] = Network(network)
        self._ahead_s = network.clock_ahead_s
        self._waiting: list[np.ndarray] = []
        self._begun_s = 0.0
        self._seq = 0
        blocks = round((network.latency_ms + network.jitter_ms) / 1000 / BLOCK_S)
        self._gains = deque([1.0] * blocks, maxlen=blocks + 1)

    @property
    def gain(self) -> float:
        """Factor that the loudspeaker has to use now, told through the same network."""
        self._gains.append(self.path.loudspeaker_gain)
        return self._gains[0]

    def exchange(
        self, played: np.ndarray, audible_s: float, captured: np.ndarray, captured_s: float
    ) -> Iterator[tuple[np.ndarray, float]]:
        """See OneNode. What is played is sent when it is audible, and no sooner."""
        now_s = captured_s + BLOCK_S
        self._send(played, audible_s, now_s)
        for arrived_s, (seq, samples, stamp_s) in self._network.arrived(now_s):
            self._reference.push(samples, seq, stamp_s + self._ahead_s, arrived_s)
        self._reference.feed(self.path)
        yield from self.path.captured(captured, captured_s)

    def _send(self, played: np.ndarray, audible_s: float, now_s: float) -> None:
        if not self._waiting:
            self._begun_s = audible_s
        self._waiting.append(played)
        if len(self._waiting) == BLOCKS_PER_CHUNK:
            samples = np.concatenate(self._waiting)
            self._network.send((self._seq, samples, self._begun_s), now_s)
            self._waiting.clear()
            self._seq += 1
