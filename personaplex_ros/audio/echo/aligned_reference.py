# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the loudspeaker plays, found again by the time at which it is heard."""

import numpy as np

from personaplex_ros.audio.echo.time_line import Cursor

KEPT_S = 4.0
"""Longest span between the newest reference and the microphone that is bridged."""

IDLE_S = 0.25
"""No reference for so long is a silent loudspeaker, not a late one."""

BRIDGED_SAMPLES = 8
"""A hole that steering made: the sample before it is held, since zeros would click."""


class AlignedReference:
    """A ring of samples on the time line of the stamps; one clock for both streams."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._ring = np.zeros(round(KEPT_S * rate_hz), np.int16)
        self._writer = Cursor(rate_hz)
        self._reader = Cursor(rate_hz)
        self._end: int | None = None  # first sample of the time line that is not yet known

    def write(self, samples: np.ndarray, stamp_s: float) -> None:
        """Take int16 [n] of which the first is audible at stamp_s."""
        samples = samples[-len(self._ring) :]
        start = self._writer.place(stamp_s, len(samples))
        if self._end is None or abs(start - self._end) >= len(self._ring):
            self._ring[:] = 0
        elif start > self._end:
            gap = start - self._end
            held = self._ring[(self._end - 1) % len(self._ring)] if gap <= BRIDGED_SAMPLES else 0
            self._put(np.full(gap, held, np.int16), self._end)
        self._put(samples, start)
        self._end = start + len(samples)

    def has(self, stamp_s: float, samples: int) -> bool:
        """Say whether a read would find all it needs, or the loudspeaker is silent."""
        if self._end is None:
            return True
        missing_s = stamp_s + (samples - self._end) / self._rate_hz
        return missing_s <= 0 or missing_s >= IDLE_S

    def read(self, stamp_s: float, samples: int) -> np.ndarray:
        """Return int16 [samples], audible from stamp_s on; zeros where nothing is known."""
        start = self._reader.place(stamp_s, samples)
        index = np.arange(start, start + samples)
        if self._end is None:
            return np.zeros(samples, np.int16)
        known = (index < self._end) & (index >= self._end - len(self._ring))
        return np.where(known, self._ring[index % len(self._ring)], 0).astype(np.int16)

    def _put(self, samples: np.ndarray, start: int) -> None:
        self._ring[np.arange(start, start + len(samples)) % len(self._ring)] = samples
