# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""From stamps, which jitter, to places on a time line of samples, which do not."""

import math

from personaplex_ros.audio.format import AudioFormatError

JUMP_MS = 20.0
"""A stamp this far from where the stream went on is believed at once: sound was lost."""

SMOOTHING = 0.002
"""Share of a stamp's error that counts at once: 5 s are averaged. A canceller bears a constant
error of some milliseconds, but not one that moves: jitter of 2 ms, averaged over 0.2 s, costs
11 dB of its effect."""


class Cursor:
    """Places block after block of one stream without holes, one sample of steering a block."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._jump = JUMP_MS * rate_hz / 1000
        self._next: int | None = None
        self._error = 0.0

    def place(self, stamp_s: float, samples: int) -> int:
        """Return the index of the first of so many samples, given the time of that sample.

        Raises AudioFormatError for a stamp that is no time.
        """
        if not math.isfinite(stamp_s):
            raise AudioFormatError(f'a stamp of {stamp_s}; expected seconds')
        wanted = stamp_s * self._rate_hz
        if self._next is None or abs(wanted - self._next) > self._jump:
            start = round(wanted)
            self._error = 0.0
        else:
            self._error += SMOOTHING * (wanted - self._next - self._error)
            step = round(max(-1.0, min(1.0, self._error)))
            self._error -= step
            start = self._next + step
        self._next = start + samples
        return start

    def skip(self, samples: int) -> None:
        """So many samples of the stream were lost: the next block lies behind them."""
        if self._next is not None:
            self._next += samples
