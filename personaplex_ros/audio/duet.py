# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Two tracks side by side: what the robot hears, and what an ideal player plays of its speech."""

from collections.abc import Callable

import numpy as np

from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.intake import to_int16
from personaplex_ros.audio.playout.order import PlayOrder
from personaplex_ros.audio.playout.pieces import Origin
from personaplex_ros.audio.resample import Resampler

PLAYOUT_DELAY_MS = 40
"""The player waits this long before it begins, as a real one does, so that jitter is not heard."""

MAX_AHEAD_S = 10.0
"""Speech without anything heard for this long: the heard track is filled with silence."""


class Duet:
    """Aligns both tracks on the clock of what is heard and writes stereo int16 [n, 2], 24 kHz."""

    def __init__(self, write: Callable[[np.ndarray], None]) -> None:
        self._write = write
        self._rate_hz = SAMPLE_RATE_HZ
        self._resampler = Resampler(SAMPLE_RATE_HZ, SAMPLE_RATE_HZ)
        self._ahead: np.ndarray = np.empty(0, np.int16)  # speech that is to be played from now on
        self._order = PlayOrder()
        self.samples = 0

    @property
    def now_s(self) -> float:
        """Position on the tape."""
        return self.samples / SAMPLE_RATE_HZ

    def heard(self, samples: np.ndarray, rate_hz: int, channels: int) -> None:
        """Take int16 [n * channels] that the robot hears: the tape moves on by it."""
        if self._rate_hz != rate_hz:
            self._resampler = Resampler(rate_hz, SAMPLE_RATE_HZ)
            self._rate_hz = rate_hz
        mono = samples.reshape(-1, channels).mean(axis=1, dtype=np.float32)
        self._advance(to_int16(self._resampler.process(mono)))

    def spoken(self, samples: np.ndarray, epoch: int, seq: int) -> bool:
        """Take int16 [n], 24 kHz mono, that the player got, in the order it got it.

        Returns whether it plays this: not what comes too late.
        """
        turn = self._order.take(Origin(epoch, seq))
        if not turn.is_played:
            return False
        if turn.voids:
            self._ahead = self._ahead[:0]
        if len(self._ahead) == 0:
            self._ahead = np.zeros(PLAYOUT_DELAY_MS * SAMPLE_RATE_HZ // 1000, np.int16)
        self._ahead = np.concatenate((self._ahead, samples))
        surplus = len(self._ahead) - round(MAX_AHEAD_S * SAMPLE_RATE_HZ)
        if surplus > 0:
            self._advance(np.zeros(surplus, np.int16))
        return True

    def finish(self) -> None:
        """Play what waits."""
        self._advance(np.zeros(len(self._ahead), np.int16))

    def _advance(self, heard: np.ndarray) -> None:
        stereo = np.zeros((len(heard), 2), np.int16)
        stereo[:, 0] = heard
        played = self._ahead[: len(heard)]
        stereo[: len(played), 1] = played
        self._ahead = self._ahead[len(heard) :]
        self.samples += len(heard)
        self._write(stereo)
