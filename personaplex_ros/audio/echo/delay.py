# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""How long after the reference its echo comes, or before: the fault that no canceller survives."""

from collections import deque

import numpy as np

from personaplex_ros.audio.echo.settings import BLOCKS_PER_S
from personaplex_ros.audio.echo.settings import FULL_SCALE

ANALYSIS_RATE_HZ = 8_000
WINDOW_S = 1.0
HOP_S = 0.5

EARLIEST_MS = -300.0
LATEST_MS = 600.0

HALF_LIFE_HOPS = 2.0
"""The spectra of so many hops ago count half."""

ACTIVE_DBFS = -50.0
"""A reference below it says nothing about the echo."""

PROMINENT = 15.0
"""Height of a peak over the rms of the correlation. An open echo gives 20 to 60; noise, visitors
and what a converged canceller leaves stay below 14 (docs/audio.md)."""

CERTAIN_S = 1.0
"""Echo found for so long is no accident."""


class EchoDelayEstimator:
    """Generalized cross-correlation with phase transform (Knapp and Carter 1976), every HOP_S."""

    def __init__(self, rate_hz: int) -> None:
        """rate_hz: a multiple of ANALYSIS_RATE_HZ."""
        self._rate_hz = rate_hz
        self._decimation = rate_hz // ANALYSIS_RATE_HZ
        self._window = round(WINDOW_S * ANALYSIS_RATE_HZ)
        self._max_lag = round(LATEST_MS * ANALYSIS_RATE_HZ / 1000)
        self._min_lag = round(EARLIEST_MS * ANALYSIS_RATE_HZ / 1000)
        self._size = 1 << (2 * self._window - 1).bit_length()
        self._forget = 0.5 ** (1 / HALF_LIFE_HOPS)
        self.reset()

    def reset(self) -> None:
        """Forget everything, as after another device was opened."""
        silence = np.zeros(self._rate_hz // BLOCKS_PER_S, np.int16)
        blocks = round(WINDOW_S * BLOCKS_PER_S)
        self._microphone: deque[np.ndarray] = deque([silence] * blocks, maxlen=blocks)
        self._reference: deque[np.ndarray] = deque([silence] * blocks, maxlen=blocks)
        self._cross = np.zeros(self._size // 2 + 1, np.complex128)
        self._until_hop = round(HOP_S * BLOCKS_PER_S)
        self.delay_ms: float | None = None
        """Arrival of the echo after its reference, None until it is certain; negative where the
        reference comes late."""
        self.prominence = 0.0
        self.found_s = 0.0
        """Time in a row for which the echo was found while the reference was active."""

    @property
    def is_certain(self) -> bool:
        """The echo is there now."""
        return self.found_s >= CERTAIN_S

    def update(self, microphone: np.ndarray, reference: np.ndarray) -> None:
        """Take 10 ms of both, int16 [n], which are kept as they are."""
        self._microphone.append(microphone)
        self._reference.append(reference)
        self._until_hop -= 1
        if self._until_hop == 0:
            self._until_hop = round(HOP_S * BLOCKS_PER_S)
            self._hop()

    def _decimated(self, blocks: deque[np.ndarray]) -> np.ndarray:
        """Return float32 [window] at ANALYSIS_RATE_HZ."""
        samples = np.concatenate(blocks).reshape(-1, self._decimation)
        return samples.mean(axis=1, dtype=np.float32)

    def _hop(self) -> None:
        reference = self._decimated(self._reference)
        if np.sqrt(np.mean(reference**2)) < FULL_SCALE * 10 ** (ACTIVE_DBFS / 20):
            return
        microphone = self._decimated(self._microphone)
        cross = np.fft.rfft(microphone, self._size) * np.conj(np.fft.rfft(reference, self._size))
        self._cross = self._forget * self._cross + cross / (np.abs(cross) + 1.0)
        correlation = np.fft.irfft(self._cross, self._size)
        lags = np.concatenate((correlation[self._min_lag :], correlation[: self._max_lag + 1]))
        best = int(np.argmax(np.abs(lags)))
        self.prominence = float(np.abs(lags[best]) / np.sqrt(np.mean(lags**2) + 1e-12))
        if self.prominence < PROMINENT:
            self.found_s = 0.0
            return
        self.found_s += HOP_S
        if self.is_certain:
            self.delay_ms = 1000 * (best + self._min_lag) / ANALYSIS_RATE_HZ
