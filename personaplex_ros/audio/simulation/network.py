# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A network between two nodes: what one sends, the other gets later, in order, or not at all."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic
from typing import TypeVar

import numpy as np

T = TypeVar('T')


@dataclass(frozen=True)
class NetworkSettings:
    """How it treats messages."""

    latency_ms: float = 5.0
    """What every message takes."""

    jitter_ms: float = 0.0
    """What it may take longer, evenly spread; later ones wait for it, as in DDS."""

    lost_share: float = 0.0

    clock_ahead_s: float = 0.0
    """By how much the sender's clock is ahead of the receiver's."""

    seed: int = 0


class Network(Generic[T]):
    """Times are those of the receiver's clock, in seconds; not thread-safe."""

    def __init__(self, settings: NetworkSettings) -> None:
        self._settings = settings
        self._random = np.random.default_rng(settings.seed)
        self._under_way: deque[tuple[float, T]] = deque()
        self._last_s = 0.0

    def send(self, message: T, now_s: float) -> None:
        """Give it a message."""
        settings = self._settings
        takes_ms = settings.latency_ms + settings.jitter_ms * self._random.random()
        if self._random.random() >= settings.lost_share:
            self._last_s = max(self._last_s, now_s + takes_ms / 1000)
            self._under_way.append((self._last_s, message))

    def arrived(self, now_s: float) -> Iterator[tuple[float, T]]:
        """Yield what has arrived since the last call, each with when it did."""
        while self._under_way and self._under_way[0][0] <= now_s:
            yield self._under_way.popleft()
