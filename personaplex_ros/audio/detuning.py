# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Whether a microphone gives 44.1 kHz and says 48, or the other way round: heard, but detuned."""

from collections import deque

import numpy as np

TWINS_HZ = {48_000: 44_100, 96_000: 88_200, 24_000: 22_050, 12_000: 11_025}
TWINS_HZ |= {low: high for high, low in TWINS_HZ.items()}
"""Of the usual rates, those that are closest: 9 % apart, and half or twice of that pair."""

BLOCK_S = 5.0
BLOCKS = 4
"""Each of the last ones must tell the same: a network that holds sound back and gives it later, or
loses some now and then, does not do so evenly for 20 s."""

TOLERANCE = 0.02
"""Of a block's ratio: what it may differ from that of the twins."""

REGULAR = (0.5, 1.5)
REGULAR_SHARE = 0.9
"""So many chunks must come about a chunk after the one before, and these alone must tell the same:
a wrong rate moves each of them by 9 %, lost ones and bursts leave most of them and move a few."""

MAX_GAP = 5.0
"""A longer pause than so many chunks is silence of the sender, and says nothing of its rate."""


class DetuningWatch:
    """Compares how long chunks say they are with how often they come, block after block."""

    def __init__(self) -> None:
        self._last_s: float | None = None
        self._said_s: list[float] = []
        self._took_s: list[float] = []
        self._block_s = 0.0
        self._blocks: deque[float] = deque(maxlen=BLOCKS)

    def update(self, duration_s: float, arrived_s: float, lost: int) -> None:
        """Take a chunk that says it lasts so long, and when it came.

        lost: chunks that are missing before it, where its sender counts them.
        """
        last_s, self._last_s = self._last_s, arrived_s
        if last_s is None or duration_s <= 0:
            return
        said_s, took_s = (1 + lost) * duration_s, arrived_s - last_s
        if took_s > MAX_GAP * said_s:
            return
        self._said_s.append(said_s)
        self._took_s.append(took_s)
        self._block_s += said_s
        if self._block_s >= BLOCK_S:
            self._blocks.append(_ratio(np.array(self._said_s), np.array(self._took_s)))
            self._said_s, self._took_s, self._block_s = [], [], 0.0

    def problem(self, rate_hz: int) -> str:
        """Return what is wrong with the sample rate that chunks name, or ''."""
        twin_hz, blocks = TWINS_HZ.get(rate_hz), list(self._blocks)
        if twin_hz is None or len(blocks) < BLOCKS:
            return ''
        if any(abs(ratio - rate_hz / twin_hz) > TOLERANCE for ratio in blocks):
            return ''
        return (
            f'the chunks say {rate_hz} Hz, but as many samples come as with {twin_hz} Hz: voices '
            f'are heard {"too high" if rate_hz > twin_hz else "too low"} by 9 %; set the right '
            'rate at their sender'
        )


def _ratio(said_s: np.ndarray, took_s: np.ndarray) -> float:
    """Return time over duration; 1.0 where it cannot be told from losses, jitter or bursts.

    said_s, took_s: float [n], one for each chunk.
    """
    each = took_s / said_s
    regular = (each > REGULAR[0]) & (each < REGULAR[1])
    if np.mean(regular) < REGULAR_SHARE:
        return 1.0
    all_of_them = took_s.sum() / said_s.sum()
    most = took_s[regular].sum() / said_s[regular].sum()
    return float(most if abs(most - all_of_them) < TOLERANCE else 1.0)
