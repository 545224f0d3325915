# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Two sound cards are never equally fast: a stream as it looks by the other card's clock."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

TAPS = 32
PHASES = 512
SLIP_MS = 20.0
"""How far the clocks part before a sound server drops or repeats that much."""

MAX_BLOCK = 4_096
MARGIN = 2
"""Samples by which the clocks may part within one block, at up to 400 ppm."""


class SkewedClock:
    """Resamples by some parts per million; n samples in, n samples out.

    The surplus is dropped, or the gap filled with what was just heard, once it makes SLIP_MS.
    """

    def __init__(self, drift_ppm: float, rate_hz: int) -> None:
        self._drift = drift_ppm * 1e-6
        self._bank = _interpolators()
        self._slip = round(SLIP_MS * rate_hz / 1000) if drift_ppm else 0
        self.delay_samples = TAPS // 2 + MARGIN + (self._slip if drift_ppm > 0 else 0)
        """The delay at first; from there the drift moves it by SLIP_MS at most, to one side."""
        self._past = np.zeros(TAPS + 2 * (self._slip + MARGIN), np.float32)
        self._ahead = 0.0  # of the reading point, samples

    def process(self, samples: np.ndarray) -> np.ndarray:
        """Return float32 [n] for float32 [n], n >= 0."""
        blocks = [
            self._block(samples[start : start + MAX_BLOCK])
            for start in range(0, len(samples), MAX_BLOCK)
        ]
        return np.concatenate(blocks) if blocks else samples

    def _block(self, samples: np.ndarray) -> np.ndarray:
        buffer = np.concatenate((self._past, samples))
        steps = np.arange(len(samples))
        ahead = self._ahead + self._drift * steps
        point = len(self._past) + steps - self.delay_samples + ahead
        self._past = buffer[len(samples) :]
        self._ahead += self._drift * len(samples)
        if self._slip and abs(self._ahead) >= self._slip:
            self._ahead -= np.copysign(self._slip, self._ahead)
        whole = np.floor(point).astype(np.int64)
        phase = np.rint((point - whole) * PHASES).astype(np.int64)
        windows = sliding_window_view(buffer, TAPS)[whole - (TAPS // 2 - 1)]
        return np.einsum('ij,ij->i', windows, self._bank[phase])


def _interpolators() -> np.ndarray:
    """Return windowed sincs [phase, tap] for a point between the two middle taps."""
    fraction = np.arange(PHASES + 1)[:, None] / PHASES
    offset = np.arange(TAPS)[None, :] - (TAPS // 2 - 1) - fraction
    window = np.cos(np.pi * offset / TAPS) ** 2
    bank = np.sinc(offset) * window
    return (bank / bank.sum(axis=1, keepdims=True)).astype(np.float32)
