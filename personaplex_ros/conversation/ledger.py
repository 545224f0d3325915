# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Every frame accounted for, and how long it took."""

from collections import deque
from dataclasses import dataclass

import numpy as np

WINDOW_FRAMES = 512
"""About 41 s: what the percentiles look back on."""


@dataclass(frozen=True)
class Spread:
    """Median, percentiles and largest of a window, in milliseconds; zeros when empty."""

    p50: float = 0.0
    p99: float = 0.0
    max: float = 0.0
    p95: float = 0.0

    @classmethod
    def of(cls, values: 'deque[float] | list[float]') -> 'Spread':
        """Return the spread of some durations in milliseconds."""
        if not values:
            return cls()
        p50, p95, p99 = np.percentile(list(values), (50, 95, 99))
        return cls(float(p50), float(p99), float(max(values)), float(p95))


class Window:
    """The latest durations of one kind."""

    def __init__(self) -> None:
        self._values: deque[float] = deque(maxlen=WINDOW_FRAMES)

    def add(self, ms: float) -> None:
        """Take one duration in milliseconds."""
        self._values.append(ms)

    def spread(self) -> Spread:
        """Return the spread of the window."""
        return Spread.of(self._values)


@dataclass
class Ledger:
    """Counters since activation: frames_in = frames_out + frames_dropped + frames_in_flight."""

    frames_in: int = 0
    frames_filled: int = 0
    """Beside frames_in: silence sent to the engine while nothing was heard."""
    frames_out: int = 0
    frames_dropped: int = 0
    chunks_rejected: int = 0
    chunks_lost: int = 0
    engine_errors: int = 0
    reconnects: int = 0
    rebuilds: int = 0

    def __post_init__(self) -> None:
        self.model_ms = Window()
        self.overhead_ms = Window()
        self.frame_interval_ms = Window()

    @property
    def frames_in_flight(self) -> int:
        """Frames that wait here or in the engine for their answer."""
        return self.frames_in - self.frames_out - self.frames_dropped
