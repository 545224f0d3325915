# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Whether sound arrives as fast as it says: a wrong sample rate is heard as nonsense."""

from collections import deque

SURE_AFTER_S = 8.0
WINDOW_S = 20.0

MAX_GAP = 5.0
"""A longer pause than so many chunks is silence of the sender, and says nothing of its rate."""

AT_ONCE = 0.25
MAX_HELD_S = 1.0
"""Unless chunks then come at once, less than this part of their duration after the one before:
then so much of the pause was theirs, and they had been held back."""

TOO_FAST, TOO_SLOW = 0.85, 1.2
"""Arrival over duration; the closest usual mistake, 44.1 for 48 kHz, is 1.09 (detuning.py)."""


class ArrivalWatch:
    """Compares how long chunks say they are with how often they come."""

    def __init__(self) -> None:
        self._chunks: deque[tuple[float, float]] = deque()  # duration, time since the one before
        self._said_s = 0.0
        self._took_s = 0.0
        self._last_s: float | None = None
        self._held_s = 0.0  # of a long pause, that may be of chunks which come late

    def update(self, duration_s: float, arrived_s: float) -> None:
        """Take a chunk that says it lasts so long, and when it came."""
        last_s, self._last_s = self._last_s, arrived_s
        if last_s is None or duration_s <= 0:
            return
        took_s = self._took(duration_s, arrived_s - last_s)
        self._chunks.append((duration_s, took_s))
        self._said_s += duration_s
        self._took_s += took_s
        while self._said_s > WINDOW_S and len(self._chunks) > 1:
            old_s, old_took_s = self._chunks.popleft()
            self._said_s -= old_s
            self._took_s -= old_took_s

    def _took(self, duration_s: float, gap_s: float) -> float:
        """Return how much of the time before a chunk is its own."""
        if gap_s > MAX_GAP * duration_s:
            self._held_s = min(gap_s - MAX_GAP * duration_s, MAX_HELD_S)
            return MAX_GAP * duration_s
        if gap_s > AT_ONCE * duration_s:
            self._held_s = 0.0
            return gap_s
        held_s = min(self._held_s, duration_s - gap_s)
        self._held_s -= held_s
        return gap_s + held_s

    @property
    def ratio(self) -> float:
        """Time between chunks over their duration; 1.0 while that is not known."""
        return self._took_s / self._said_s if self._said_s >= SURE_AFTER_S else 1.0

    def mismatch(self, rate_hz: int) -> str:
        """Return what is wrong with the sample rate that chunks name, or ''."""
        if TOO_FAST <= self.ratio <= TOO_SLOW:
            return ''
        sentence = (
            f'the chunks say {rate_hz} Hz, but as many samples come as with '
            f'{rate_hz / max(self.ratio, 0.01):.0f} Hz: set the right rate at their sender'
        )
        if self.ratio > TOO_SLOW:  # a late sender and a wrong rate look alike from here
            sentence += ', unless it is too busy to send in time or the network loses sound'
        return sentence
