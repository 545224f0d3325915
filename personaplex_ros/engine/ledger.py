# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Every frame accounted for: in = answered + dropped + in flight, and what each one cost."""

from collections import deque
import threading

import numpy as np

WINDOW_FRAMES = 4_096
"""Frames that the percentiles look back on: 5.5 minutes."""


class Ledger:
    """Counters of the whole process, written by the event loop and the model's thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken_in = 0
        self._answered = 0
        self._dropped = 0
        self._dropped_out = 0
        self._model_ms = _Durations()
        self._overhead_ms = _Durations()

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

    def frames(self) -> dict[str, int]:
        """Return the counters as /api/info shows them."""
        with self._lock:
            return {
                'in': self._taken_in,
                'out': self._answered,
                'dropped': self._dropped,
                'dropped_out': self._dropped_out,
            }

    def durations(self) -> dict[str, dict[str, float]]:
        """Return p50, p99 and max in milliseconds, of the model and of everything else."""
        with self._lock:
            return {
                'frame_ms': self._model_ms.summary(),
                'overhead_ms': self._overhead_ms.summary(),
            }


class _Durations:
    """Percentiles over the last frames; the maximum is of all time."""

    def __init__(self) -> None:
        self._recent: deque[float] = deque(maxlen=WINDOW_FRAMES)
        self._max = 0.0

    def add(self, milliseconds: float) -> None:
        self._recent.append(milliseconds)
        self._max = max(self._max, milliseconds)

    def summary(self) -> dict[str, float]:
        if not self._recent:
            return {'p50': 0.0, 'p99': 0.0, 'max': 0.0}
        p50, p99 = np.percentile(self._recent, (50, 99))
        return {'p50': round(p50, 3), 'p99': round(p99, 3), 'max': round(self._max, 3)}
