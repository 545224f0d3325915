# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the loudspeaker plays, found again by the time at which it is heard."""

import math

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

    def __init__(self, rate_hz: int, is_remote: bool = False) -> None:
        """is_remote: it comes over a network, silence too, so that what is not there was lost."""
        self._rate_hz = rate_hz
        self._is_remote = is_remote
        self._ring = np.zeros(round(KEPT_S * rate_hz), np.int16)
        self._known = np.full(len(self._ring), not is_remote)
        self._writer = Cursor(rate_hz)
        self._reader = Cursor(rate_hz)
        self._end: int | None = None  # first sample of the time line that is not yet known
        self.is_expected = is_remote
        """Whether no reference at all is a fault, and not a loudspeaker that is silent."""

    def write(self, samples: np.ndarray, stamp_s: float) -> None:
        """Take int16 [n] of which the first is audible at stamp_s."""
        samples = samples[-len(self._ring) :]
        start = self._writer.place(stamp_s, len(samples))
        if self._end is None or abs(start - self._end) >= len(self._ring):
            self._ring[:] = 0
            self._known[:] = not self._is_remote
        elif start > self._end:
            self._bridge(self._end, start - self._end)
        self._put(samples, start)
        self._end = start + len(samples)

    def lose(self, samples: int) -> None:
        """So many samples after those that were written will never come."""
        if self._end is not None and samples < len(self._ring):
            self._writer.skip(samples)
            self._put(np.zeros(samples, np.int16), self._end, is_known=False)
            self._end += samples

    def awaits(self, stamp_s: float, samples: int) -> bool:
        """Say whether what a read would need may still come."""
        missing_s = self._missing_s(stamp_s, samples)
        return missing_s > 0 and (self.is_expected or missing_s < IDLE_S)

    def has(self, stamp_s: float, samples: int) -> bool:
        """Say whether a read would find all it needs, or the loudspeaker is silent."""
        missing_s = self._missing_s(stamp_s, samples)
        if missing_s > 0:
            return not self.is_expected and missing_s >= IDLE_S
        if self.is_expected and missing_s < -KEPT_S:
            return False  # stamps of the far future: another clock
        if not self._is_remote:
            return True
        index = round(stamp_s * self._rate_hz) + np.arange(samples)
        return bool(self._known[index % len(self._ring)].all())

    def read(self, stamp_s: float, samples: int) -> np.ndarray:
        """Return int16 [samples], audible from stamp_s on; zeros where nothing is known."""
        start = self._reader.place(stamp_s, samples)
        if self._end is None:
            return np.zeros(samples, np.int16)
        place, oldest = start % len(self._ring), self._end - len(self._ring)
        if oldest <= start <= self._end - samples and place + samples <= len(self._ring):
            return self._ring[place : place + samples].copy()
        index = np.arange(start, start + samples)
        known = (index < self._end) & (index >= self._end - len(self._ring))
        return np.where(known, self._ring[index % len(self._ring)], 0).astype(np.int16)

    def latest(self, samples: int) -> np.ndarray:
        """Return int16 [samples], what was written last."""
        place = ((self._end or 0) - samples) % len(self._ring)
        until_wrap = self._ring[place : place + samples]
        if len(until_wrap) == samples:
            return until_wrap
        return np.concatenate((until_wrap, self._ring[: samples - len(until_wrap)]))

    def _missing_s(self, stamp_s: float, samples: int) -> float:
        """Return for how long nothing has come that is needed; inf before anything came."""
        if self._end is None:
            return math.inf
        return stamp_s + (samples - self._end) / self._rate_hz

    def _bridge(self, end: int, gap: int) -> None:
        """Fill what lies between two writes."""
        if gap <= BRIDGED_SAMPLES:
            held = self._ring[(end - 1) % len(self._ring)]
            self._put(np.full(gap, held, np.int16), end)
        else:
            self._put(np.zeros(gap, np.int16), end, is_known=not self._is_remote)

    def _put(self, samples: np.ndarray, start: int, is_known: bool = True) -> None:
        place = start % len(self._ring)
        index: slice | np.ndarray = slice(place, place + len(samples))
        if place + len(samples) > len(self._ring):
            index = np.arange(start, start + len(samples)) % len(self._ring)
        self._ring[index] = samples
        self._known[index] = is_known
