# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""How long after the reference its echo comes, or before: the fault that no canceller survives."""

from collections import deque
from collections.abc import Iterable

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

_WINDOW = round(WINDOW_S * ANALYSIS_RATE_HZ)
_MIN_LAG = round(EARLIEST_MS * ANALYSIS_RATE_HZ / 1000)
_MAX_LAG = round(LATEST_MS * ANALYSIS_RATE_HZ / 1000)
_SIZE = _WINDOW + max(_MAX_LAG, -_MIN_LAG)
"""Of the transforms: no lag that is looked at wraps around into another one."""

_HOP_BLOCKS = round(HOP_S * BLOCKS_PER_S)
_FORGET = 0.5 ** (1 / HALF_LIFE_HOPS)


class EchoDelay:
    """What is known of the echo in one stream."""

    def __init__(self) -> None:
        self._cross = np.zeros(_SIZE // 2 + 1, np.complex128)
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

    def look(self, spectrum: np.ndarray, reference: np.ndarray) -> None:
        """Take the spectra of a window of both, complex128 [_SIZE // 2 + 1].

        Generalized cross-correlation with phase transform (Knapp and Carter 1976).
        """
        cross = spectrum * np.conj(reference)
        self._cross = _FORGET * self._cross + cross / (np.abs(cross) + 1.0)
        correlation = np.fft.irfft(self._cross, _SIZE)
        lags = np.abs(np.concatenate((correlation[_MIN_LAG:], correlation[: _MAX_LAG + 1])))
        best = int(np.argmax(lags))
        self.prominence = float(lags[best] / np.sqrt(np.mean(lags**2) + 1e-12))
        if self.prominence < PROMINENT:
            self.found_s = 0.0
            return
        self.found_s += HOP_S
        if self.is_certain:
            self.delay_ms = 1000 * (best + _MIN_LAG) / ANALYSIS_RATE_HZ


class EchoSearch:
    """Looks every HOP_S for the echo of one reference in some streams."""

    def __init__(self, rate_hz: int, *echoes: EchoDelay) -> None:
        """rate_hz: a multiple of ANALYSIS_RATE_HZ. echoes: of each stream, kept up to date."""
        self._echoes = echoes
        self._decimation = rate_hz // ANALYSIS_RATE_HZ
        silence = np.zeros(rate_hz // BLOCKS_PER_S, np.int16)
        blocks = round(WINDOW_S * BLOCKS_PER_S)
        self._blocks = deque([(silence,) * (1 + len(echoes))] * blocks, maxlen=blocks)
        self._until_hop = _HOP_BLOCKS

    def update(self, reference: np.ndarray, *streams: np.ndarray) -> None:
        """Take a block of all, int16 [rate / 50] each, which are kept as they are."""
        self._blocks.append((reference, *streams))
        self._until_hop -= 1
        if self._until_hop == 0:
            self._until_hop = _HOP_BLOCKS
            self._look()

    def _look(self) -> None:
        tracks = zip(*self._blocks, strict=True)
        reference = self._thinned(next(tracks))
        if np.sqrt(np.mean(reference**2)) < FULL_SCALE * 10 ** (ACTIVE_DBFS / 20):
            return
        spectrum = np.fft.rfft(reference, _SIZE)
        for echo, track in zip(self._echoes, tracks, strict=True):
            echo.look(np.fft.rfft(self._thinned(track), _SIZE), spectrum)

    def _thinned(self, blocks: Iterable[np.ndarray]) -> np.ndarray:
        """Return float64 [_WINDOW], each the mean of some samples.

        numpy's transforms are quicker for float64 than for float32.
        """
        samples = np.concatenate(list(blocks)).astype(np.float64)
        thinned = samples[:: self._decimation].copy()
        for first in range(1, self._decimation):
            thinned += samples[first :: self._decimation]
        return thinned / self._decimation
