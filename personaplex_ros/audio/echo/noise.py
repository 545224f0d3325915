# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The room's own noise: how loud it is, and more of it where the microphone is shut."""

from collections import deque
from functools import lru_cache

import numpy as np

from personaplex_ros.audio.echo.settings import FULL_SCALE

MEMORY_STEPS = 300
QUIET_SHARE = 0.1
"""The quietest tenth of 3 s is noise: speech pauses more than that. Not the quietest step alone:
a stream begins with the silence of its filters."""

REFRESH_STEPS = 10

QUIET_SPAN = 10**0.4
"""Steps so near to the floor, above or below, are the room's noise."""

GRAINS = 32
UNKNOWN_DBFS = -65.0
"""Until the room was heard."""


class NoiseFloor:
    """Power that is exceeded nine tenths of the last 3 s."""

    def __init__(self) -> None:
        self._powers = np.zeros(MEMORY_STEPS)
        self._steps = 0
        self.power = 1.0
        """Relative to full scale; 1 before anything was heard."""

    def update(self, step_power: float) -> None:
        """Take the power of 10 ms."""
        self._powers[self._steps % MEMORY_STEPS] = step_power
        self._steps += 1
        if self._steps % REFRESH_STEPS == 0:
            known = self._powers[: self._steps]
            rank = int(QUIET_SHARE * len(known))
            self.power = float(np.partition(known, rank)[rank])


class RoomNoise:
    """Noise of the room's own spectrum and level, laid together from grains of it.

    White noise, digital silence, or the voice made quieter would each be taken for something new
    by voice detectors, which hear spectra at any level.
    """

    def __init__(self) -> None:
        self._floor = NoiseFloor()
        self._grains: deque[tuple[np.ndarray, np.ndarray]] = deque(maxlen=GRAINS)
        self._last_quiet: np.ndarray | None = None
        self._tail: np.ndarray | None = None
        self._random = np.random.default_rng(0)

    def learn(self, samples: np.ndarray, step_power: float) -> None:
        """Take 10 ms, int16 [n], and its power; keep it where nobody speaks in it."""
        self._floor.update(step_power)
        quiet = self._floor.power / QUIET_SPAN <= step_power <= self._floor.power * QUIET_SPAN
        if quiet and self._last_quiet is not None:
            self._grains.append((self._last_quiet, samples))
        self._last_quiet = samples if quiet else None

    def make(self, samples: int) -> np.ndarray:
        """Return float32 [samples]: grains of twice the length, overlapped with equal power."""
        grain = self._grain(samples) * _window(2 * samples)
        tail = np.zeros(samples, np.float32) if self._tail is None else self._tail
        self._tail = grain[samples:]
        return grain[:samples] + tail

    def _grain(self, samples: int) -> np.ndarray:
        if self._grains:
            grain = self._grains[int(self._random.integers(len(self._grains)))]
            return np.concatenate(grain).astype(np.float32)
        rms = np.float32(FULL_SCALE * 10 ** (UNKNOWN_DBFS / 20))
        return self._random.standard_normal(2 * samples, np.float32) * rms


@lru_cache(maxsize=4)
def _window(samples: int) -> np.ndarray:
    """Return the grain's envelope, float32 [samples]."""
    return np.sin(np.pi * (np.arange(samples) + 0.5) / samples).astype(np.float32)
