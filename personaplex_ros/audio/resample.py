# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Streaming sample-rate conversion for the live path: 2.5 ms of delay, numpy alone."""

from functools import lru_cache
from math import gcd

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from personaplex_ros.audio.format import AudioFormatError

MIN_RATE_HZ = 8_000
MAX_RATE_HZ = 192_000

HALF_LENGTH_MS = 2.5
"""Half of the filter: the delay of the conversion. soxr's streams add 21 ms on average."""

STOP_BAND_DB = 66.0
"""Kaiser design target; with 5 ms of filter the transition is about 810 Hz wide."""

MAX_PHASES = 4_096
"""Positions between two samples with a filter of their own; odd rates take the nearest one."""

FEW_PHASES = 4
"""With so few filters each is run over the whole block by numpy's own loop: between 24 and 48 kHz
a tenth of the time that it takes to gather a window and a filter for every sample."""

_MAX_BANK_VALUES = 400_000
_BLOCK = 4_096


class Resampler:
    """Convert a stream of float32 mono samples from one rate to another by polyphase FIR.

    rate_in, rate_out: Hz. Raises AudioFormatError for a rate that cannot be converted.
    """

    def __init__(self, rate_in: int, rate_out: int) -> None:
        for rate in (rate_in, rate_out):
            if not MIN_RATE_HZ <= rate <= MAX_RATE_HZ:
                raise AudioFormatError(
                    f'sample rate {rate} Hz; expected {MIN_RATE_HZ} to {MAX_RATE_HZ} Hz'
                )
        factor = gcd(rate_in, rate_out)
        self._up = rate_out // factor
        self._down = rate_in // factor
        self._identity = self._up == self._down
        self._bank = np.ones((1, 1), np.float32)
        if not self._identity:
            self._bank = _filter_bank(rate_in, self._up, self._down)
        self._phases, self._taps = self._bank.shape
        self.delay_ms = 0.0 if self._identity else HALF_LENGTH_MS
        self.reset()

    def reset(self, level: float = 0.0) -> None:
        """Forget the past: the next sample follows silence, or a level that lasted."""
        self._past = np.full(self._taps - 1, level, np.float32)
        self._next = 0  # position of the next output on the upsampled grid, from self._past's end

    def process(self, samples: np.ndarray) -> np.ndarray:
        """Return the output that the new samples complete.

        samples: float32 [n], n >= 0. Returns float32 [m], m about n * rate_out / rate_in.
        """
        if self._identity or len(samples) == 0:
            return samples
        buffer = np.concatenate((self._past, samples))
        ends = len(samples) * self._up
        grid = np.arange(self._next, ends, self._down)
        self._next = self._next + len(grid) * self._down - ends
        self._past = buffer[len(buffer) - (self._taps - 1) :]
        if self._up <= FEW_PHASES:
            return self._filter_by_phase(buffer, grid)
        return self._filter_by_sample(buffer, grid)

    @property
    def is_identity(self) -> bool:
        """Whether nothing is to be done."""
        return self._identity

    def _filter_by_phase(self, buffer: np.ndarray, grid: np.ndarray) -> np.ndarray:
        """Return float32 [len(grid)]; outputs whose numbers differ by `up` share a filter."""
        out = np.empty(len(grid), np.float32)
        for first, place in enumerate(grid[: self._up].tolist()):
            begin, phase = divmod(place, self._up)
            filtered = np.correlate(buffer[begin:], self._bank[phase], 'valid')
            mine = out[first :: self._up]
            mine[:] = filtered[:: self._down][: len(mine)]
        return out

    def _filter_by_sample(self, buffer: np.ndarray, grid: np.ndarray) -> np.ndarray:
        """Return float32 [len(grid)]."""
        out = np.empty(len(grid), np.float32)
        windows = sliding_window_view(buffer, self._taps)
        for start in range(0, len(grid), _BLOCK):
            index, position = np.divmod(grid[start : start + _BLOCK], self._up)
            phase = position * self._phases // self._up
            np.einsum(
                'ij,ij->i', windows[index], self._bank[phase], out=out[start : start + _BLOCK]
            )
        return out


@lru_cache(maxsize=8)
def _filter_bank(rate_in: int, up: int, down: int) -> np.ndarray:
    """Return the filters [phase, tap], each row in the order of the samples in time."""
    taps = int(np.ceil(2 * HALF_LENGTH_MS * rate_in / 1000))
    phases = min(up, MAX_PHASES, _MAX_BANK_VALUES // taps)
    grid_rate = rate_in * phases
    length = taps * phases
    nyquist = min(rate_in, rate_in * up / down) / 2
    # Kaiser's formulas (Oppenheim and Schafer, Discrete-Time Signal Processing, 7.5.3)
    transition = (STOP_BAND_DB - 8) / (2.285 * 2 * np.pi) * grid_rate / length
    beta = 0.1102 * (STOP_BAND_DB - 8.7)
    cutoff = 2 * (nyquist - transition / 2) / grid_rate
    time = np.arange(length) - (length - 1) / 2
    prototype = cutoff * np.sinc(cutoff * time) * np.kaiser(length, beta) * phases
    # Row p holds taps p, p + phases, ...; the newest sample meets the first tap, so flip.
    return np.ascontiguousarray(prototype.reshape(taps, phases).T[:, ::-1], np.float32)
