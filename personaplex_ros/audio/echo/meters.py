# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What is measured while the robot speaks: levels, shares, and how much echo is gone."""

from collections import deque
import math

import numpy as np

from personaplex_ros.audio.echo.noise import NoiseFloor
from personaplex_ros.audio.echo.settings import BLOCKS_PER_S
from personaplex_ros.audio.echo.settings import FULL_SCALE
from personaplex_ros.audio.echo.settings import STEPS_PER_BLOCK
from personaplex_ros.audio.echo.settings import STEPS_PER_S

SHARE_S = 10.0
CLIPPED = 32_700
"""ADCs that saturate stop a little short of the last code."""

ERLE_WINDOW_S = 5.0
ERLE_PIECE_STEPS = 10
"""100 ms: longer than a canceller's delay, shorter than the pauses between words."""

BEST_SHARE = 0.1

AUDIBLE_OVER_NOISE = 10**1.5
"""An echo nearer to the noise than this cannot show how well it is cancelled."""

NO_ECHO_STEPS = 200
"""The robot speaks for 2 s and nothing is heard: what was heard before was no echo."""


def step_powers(samples: np.ndarray) -> list[float]:
    """Return the mean power of each step of a block, int16 [n], relative to full scale."""
    steps = by_step(samples).astype(np.float32)
    scale = steps.shape[1] * FULL_SCALE**2
    return [float(np.dot(step, step)) / scale for step in steps]


def by_step(samples: np.ndarray) -> np.ndarray:
    """Return a block, int16 [n], as [STEPS_PER_BLOCK, n / STEPS_PER_BLOCK]."""
    return samples.reshape(STEPS_PER_BLOCK, -1)


def decibels(ratio: float) -> float:
    """Return a ratio of powers in dB, at least -120."""
    return 10 * math.log10(max(ratio, 1e-12))


def is_clipped(samples: np.ndarray) -> bool:
    """Say whether int16 [n], n > 0, touches full scale."""
    return max(int(samples.max()), -int(samples.min())) >= CLIPPED


class Share:
    """Part of the last SHARE_S in which something was so; forgets exponentially."""

    def __init__(self, per_s: int = BLOCKS_PER_S) -> None:
        """per_s: how often it is updated."""
        self._keep = 1 - 1 / (SHARE_S * per_s)
        self._weight = 0.0
        self._true = 0.0

    def update(self, is_so: bool) -> None:
        """Count one time."""
        self._weight = self._keep * self._weight + 1
        self._true = self._keep * self._true + is_so

    @property
    def value(self) -> float:
        """0 to 1; 0 before anything was counted."""
        return self._true / self._weight if self._weight else 0.0


class ErleMeter:
    """Microphone over output, over the robot's last ERLE_WINDOW_S of audible speech."""

    def __init__(self) -> None:
        pieces = round(ERLE_WINDOW_S * STEPS_PER_S / ERLE_PIECE_STEPS)
        self._pieces_db: deque[float] = deque(maxlen=pieces)
        self._noise = NoiseFloor()
        self._before = 0.0
        self._microphone = self._output = 0.0
        self._steps = 0
        self._unheard = 0
        self.best_db: float | None = None
        """That of the best tenth of the pieces: there no visitor speaks. None before any."""

    def update(self, microphone: float, output: float, robot_speaks: bool) -> None:
        """Take the powers of 10 ms; the output is one step later than the microphone."""
        microphone, self._before = self._before, microphone
        self._noise.update(microphone)
        if not robot_speaks:
            return
        audible = self._noise.power * AUDIBLE_OVER_NOISE
        self._unheard = 0 if microphone > audible else self._unheard + 1
        if self._unheard >= NO_ECHO_STEPS:
            self._pieces_db.clear()
        if self._unheard:
            return
        self._microphone += microphone
        self._output += output
        self._steps += 1
        if self._steps == ERLE_PIECE_STEPS:
            self._pieces_db.append(decibels(self._microphone / max(self._output, 1e-12)))
            self._microphone = self._output = 0.0
            self._steps = 0
            best_first = sorted(self._pieces_db, reverse=True)
            self.best_db = best_first[int(BEST_SHARE * len(best_first))]

    @property
    def audible_s(self) -> float:
        """Audible speech of the robot in the window."""
        return len(self._pieces_db) * ERLE_PIECE_STEPS / STEPS_PER_S
