# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Two clocks that do not agree: play a little faster or slower so that the delay stays."""

from collections import deque

import numpy as np

from personaplex_ros.audio.playout.settings import to_ms

WINDOW_BLOCKS = 100
"""One second: longer than the time between two frames, so its lowest fill is the margin."""

MIN_BLOCKS = 20
"""Two frames and some: less tells nothing about the margin."""

PPM_PER_MS = 100.0
"""Proportional control: 200 ppm of drift are held 2 ms beyond the slack."""

SLACK_MS = 2.0
"""Nothing is done about less."""

MAX_PPM = 2_000.0
"""0.2 % of pitch: just noticeable between two tones (Zwicker, Fastl: Psychoacoustics, 7.2)."""


class DriftControl:
    """Watches how full the buffer is, and decides whether a block takes a sample more or less."""

    def __init__(self, target: int, ceiling: int) -> None:
        self._wanted = target
        self._ceiling = ceiling
        self.reset()

    def reset(self) -> None:
        """Forget what was seen: the sound begins anew."""
        self._lows: deque[int] = deque(maxlen=WINDOW_BLOCKS)
        self._highs: deque[int] = deque(maxlen=WINDOW_BLOCKS)
        self._owed = 0.0
        self.ppm = 0.0
        self.margin: int | None = None
        """Least fill of the last second, in samples; None before two frames were played."""
        self.target = self._wanted
        """The margin to hold, in samples."""

    def note(self, before: int, after: int) -> None:
        """Take how much waited before and after a block was played."""
        self._lows.append(after)
        self._highs.append(before)
        if len(self._lows) >= MIN_BLOCKS:
            self._look()

    def _look(self) -> None:
        """Where frames come so unevenly that the ceiling would be reached, less is aimed at."""
        self.margin = min(self._lows)
        swing = max(self._highs) - self.margin
        self.target = min(self._wanted, max(0, self._ceiling - swing))

    def step(self, samples: int) -> int:
        """Return -1, 0 or 1 for a block of `samples`; 1: take one more than is played."""
        if self.margin is None:
            return 0
        error_ms = to_ms(self.margin - self.target)
        beyond_ms = max(0.0, abs(error_ms) - SLACK_MS)
        self.ppm = min(MAX_PPM, beyond_ms * PPM_PER_MS) * (1 if error_ms > 0 else -1)
        self._owed += self.ppm * 1e-6 * samples
        step = int(self._owed)
        self._owed -= step
        return step

    def shifted(self, samples: int) -> None:
        """So much was put in (or cut out): the fills of the past would have been different."""
        for fills in (self._lows, self._highs):
            shifted = [max(0, fill + samples) for fill in fills]
            fills.clear()
            fills.extend(shifted)
        if self.margin is not None:
            self._look()


def stretch(samples: np.ndarray, length: int) -> np.ndarray:
    """Return int16 [length] made of int16 [n], n nearly length, by cubic interpolation.

    The first and the last sample stay, so neighbouring blocks fit (Catmull-Rom spline).
    """
    if len(samples) == length or len(samples) < 4:
        return samples
    x = samples.astype(np.float64)
    place = np.linspace(0, len(x) - 1, length)
    i = np.minimum(place.astype(np.int64), len(x) - 2)
    t = place - i
    p0, p1, p2, p3 = x[np.maximum(i - 1, 0)], x[i], x[i + 1], x[np.minimum(i + 2, len(x) - 1)]
    curve = p1 + 0.5 * t * (
        p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0))
    )
    return np.clip(np.rint(curve), -32768, 32767).astype(np.int16)
