# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Every frame accounted for: in = answered + dropped + in flight, and what each one cost."""

from bisect import bisect_left
from collections import Counter
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
import threading

import numpy as np

WINDOW_FRAMES = 4_096
"""Frames that the percentiles look back on: 5.5 minutes."""

FRAME_BOUNDS_MS = (2, 5, 10, 15, 20, 30, 40, 50, 60, 70, 80, 100, 160, 400)
"""Dense below a frame's 80 ms, since a frame that takes longer is late for good."""

OVERHEAD_BOUNDS_MS = (0.2, 0.5, 1, 2, 5, 10, 20, 40, 80, 160)
PROMPT_BOUNDS_MS = (5, 10, 20, 40, 80, 160, 400, 1_000, 3_000, 10_000)
"""A kept persona takes about a frame; upstream's stepwise prompt takes up to ten seconds."""


@dataclass(frozen=True)
class Histogram:
    """Durations since the process began, counted by size."""

    bounds_ms: tuple[float, ...]
    counts: tuple[int, ...]
    """Per bound what is at most that long and above the bound before; the last one is the rest."""

    sum_ms: float


@dataclass(frozen=True)
class Reading:
    """Everything counted, at one moment."""

    frames: Mapping[str, int]
    """in, out, dropped, dropped_out."""

    faults: Mapping[str, int]
    """Per code of the wire, what callers were told."""

    frame: Histogram
    overhead: Histogram
    prompt: Histogram
    rebuild: Histogram


class Ledger:
    """Counters of the whole process, written by the event loop and the model's thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken_in = 0
        self._answered = 0
        self._dropped = 0
        self._dropped_out = 0
        self._faults: Counter[str] = Counter()
        self._model_ms = _Durations(FRAME_BOUNDS_MS)
        self._overhead_ms = _Durations(OVERHEAD_BOUNDS_MS)
        self._prompt_ms = _Durations(PROMPT_BOUNDS_MS)
        self._rebuild_ms = _Durations(PROMPT_BOUNDS_MS)

    def took_in(self, frames: int, dropped: int) -> None:
        """Count complete input frames, and those of the queue that made room for them."""
        with self._lock:
            self._taken_in += frames
            self._dropped += dropped

    def dropped(self, frames: int) -> None:
        """Count input frames that will never be answered."""
        with self._lock:
            self._dropped += frames

    def answered(self, model_ms: float) -> None:
        """Count a frame that the model answered."""
        with self._lock:
            self._answered += 1
            self._model_ms.add(model_ms)

    def sent(self, overhead_ms: float) -> None:
        """Note the time from complete input frame to answer sent, less the model's own."""
        with self._lock:
            self._overhead_ms.add(overhead_ms)

    def dropped_out(self, frames: int) -> None:
        """Count answers that no reader took."""
        with self._lock:
            self._dropped_out += frames

    def prompted(self, prompt_ms: float) -> None:
        """Note what it took until a persona was in place, kept or not."""
        with self._lock:
            self._prompt_ms.add(prompt_ms)

    def rebuilt(self, rebuild_ms: float) -> None:
        """Note what it took to make a conversation's state anew before its window ran out."""
        with self._lock:
            self._rebuild_ms.add(rebuild_ms)

    def fault(self, code: str) -> None:
        """Count an error that a caller is told; code: one of the wire's."""
        with self._lock:
            self._faults[code] += 1

    def frames(self) -> dict[str, int]:
        """Return the counters as /api/info shows them."""
        with self._lock:
            return self._frames()

    def reading(self) -> Reading:
        """Return all counters and histograms as they are together."""
        with self._lock:
            return Reading(
                frames=self._frames(),
                faults=dict(self._faults),
                frame=self._model_ms.histogram(),
                overhead=self._overhead_ms.histogram(),
                prompt=self._prompt_ms.histogram(),
                rebuild=self._rebuild_ms.histogram(),
            )

    def durations(self) -> dict[str, dict[str, float]]:
        """Return p50, p99 and max in milliseconds, of the model and of everything else."""
        with self._lock:
            return {
                'frame_ms': self._model_ms.summary(),
                'overhead_ms': self._overhead_ms.summary(),
            }

    def _frames(self) -> dict[str, int]:
        return {
            'in': self._taken_in,
            'out': self._answered,
            'dropped': self._dropped,
            'dropped_out': self._dropped_out,
        }


class _Durations:
    """Percentiles over the last ones; maximum and histogram are of all time."""

    def __init__(self, bounds_ms: tuple[float, ...]) -> None:
        self._bounds_ms = bounds_ms
        self._counts = [0] * (len(bounds_ms) + 1)
        self._sum_ms = 0.0
        self._recent: deque[float] = deque(maxlen=WINDOW_FRAMES)
        self._max = 0.0

    def add(self, milliseconds: float) -> None:
        self._counts[bisect_left(self._bounds_ms, milliseconds)] += 1
        self._sum_ms += milliseconds
        self._recent.append(milliseconds)
        self._max = max(self._max, milliseconds)

    def summary(self) -> dict[str, float]:
        if not self._recent:
            return {'p50': 0.0, 'p99': 0.0, 'max': 0.0}
        p50, p99 = np.percentile(self._recent, (50, 99))
        return {'p50': round(p50, 3), 'p99': round(p99, 3), 'max': round(self._max, 3)}

    def histogram(self) -> Histogram:
        return Histogram(self._bounds_ms, tuple(self._counts), self._sum_ms)
