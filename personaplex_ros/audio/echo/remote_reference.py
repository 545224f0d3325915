# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The reference of a loudspeaker on another node: what a network loses, delays and misdates."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from personaplex_ros.audio.echo.path import EchoPath
from personaplex_ros.audio.format import SAMPLE_RATE_HZ

MAX_WAITING = 50
"""Chunks that no device asks for: a second of them, then the oldest go."""

MAX_LOST = 50
"""What jumps further is another sender."""

CLOCK_WINDOW = 250
CLOCK_SURE = 25
"""Five seconds of chunks, half a second at first."""

CLOCK_RANK = 0.1
"""That of the least delayed tenth which is delayed most: a few stamps may be no times at all."""

MAX_CLOCK_ERROR_S = 0.25
"""Stamps that are nearer to the truth are believed: the echo itself then tells the rest, from
-0.3 to 0.6 s (delay.py), and no network worth the name is later."""


@dataclass
class ReferenceCounts:
    """Chunks of the reference since it was opened."""

    received: int = 0
    lost: int = 0
    """Gaps in seq."""
    late: int = 0
    """Came after all that could have waited for them."""


@dataclass(frozen=True)
class Arrival:
    """One chunk: int16 [n], when its first sample is audible here, samples lost before it."""

    samples: np.ndarray
    stamp_s: float
    lost: int


class SenderClock:
    """How much later than ours the clock of the sender is, where it cannot be the network."""

    def __init__(self, offset_s: float) -> None:
        self._delays: deque[float] = deque(maxlen=CLOCK_WINDOW)
        self.offset_s = offset_s
        """To be added to the sender's stamps."""

    def update(self, stamp_s: float, arrived_s: float) -> bool:
        """Take a chunk's stamp and arrival; return whether the offset had to be changed."""
        self._delays.append(arrived_s - stamp_s)
        least_s = sorted(self._delays)[int(CLOCK_RANK * len(self._delays))]
        if len(self._delays) < CLOCK_SURE or abs(least_s - self.offset_s) <= MAX_CLOCK_ERROR_S:
            return False
        self.offset_s = least_s
        return True


class RemoteReference:
    """push() may be called by one thread, feed() by another; neither ever waits."""

    def __init__(self, offset_s: float = 0.0, hold_back_s: float = 0.0) -> None:
        """offset_s: added to the sender's stamps. hold_back_s: how long it is waited for."""
        self._clock = SenderClock(offset_s)
        self._hold_back_s = hold_back_s
        self._inbox: deque[Arrival] = deque(maxlen=MAX_WAITING)
        self._last_seq: int | None = None
        self.counts = ReferenceCounts()
        self.is_expected = False
        """Whether some node plays, so that no reference is a fault and not silence."""
        self.realigned = 0
        """How often the offset was changed."""
        self._fed_realigned = 0

    @property
    def clock_offset_s(self) -> float:
        """What is added to the sender's stamps."""
        return self._clock.offset_s

    def push(self, samples: np.ndarray, seq: int, stamp_s: float, arrived_s: float) -> None:
        """Take a chunk, int16 [n], 24 kHz; times by the monotonic clock of this machine."""
        if seq == self._last_seq:
            return
        gap = 0 if self._last_seq is None else seq - self._last_seq - 1
        gap = gap if 0 < gap <= MAX_LOST else 0
        self._last_seq = seq
        self.counts.received += 1
        self.counts.lost += gap
        self.realigned += self._clock.update(stamp_s, arrived_s)
        here_s = stamp_s + self._clock.offset_s
        ends_s = here_s + len(samples) / SAMPLE_RATE_HZ
        self.counts.late += arrived_s - ends_s > self._hold_back_s
        self.is_expected = True
        self._inbox.append(Arrival(samples, here_s, gap * len(samples)))

    def feed(self, path: EchoPath) -> None:
        """Give the path what has come since the last call."""
        if self._fed_realigned != self.realigned:
            self._fed_realigned = self.realigned
            path.reset()  # what was learnt about the echo is void
        path.expect_reference(self.is_expected)
        while self._inbox:
            chunk = self._inbox.popleft()
            path.lost(chunk.lost)
            path.played(chunk.samples, chunk.stamp_s)
