# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What is measured while the robot speaks: levels, shares, and how much echo is gone."""

from collections import deque
import math

import numpy as np

from personaplex_ros.audio.echo.noise import NoiseFloor
from personaplex_ros.audio.echo.settings import BLOCKS_PER_S
from personaplex_ros.audio.echo.settings import FULL_SCALE

SHARE_S = 10.0
CLIPPED = 32_700
"""ADCs that saturate stop a little short of the last code."""

ERLE_WINDOW_S = 5.0
ERLE_PIECE_BLOCKS = 10
"""100 ms: longer than a canceller's delay, shorter than the pauses between words."""

BEST_SHARE = 0.1

AUDIBLE_OVER_NOISE_DB = 15.0
"""An echo nearer to the noise than this cannot show how well it is cancelled."""

NO_ECHO_BLOCKS = 200
"""The robot speaks for 2 s and nothing is heard: what was heard before was no echo."""


def power(samples: np.ndarray) -> float:
    """Return the mean power of int16 [n] relative to full scale."""
    wide = samples.astype(np.float32)
    return float(np.dot(wide, wide)) / max(1, len(wide)) / FULL_SCALE**2


def decibels(ratio: float) -> float:
    """Return a ratio of powers in dB, at least -120."""
    return 10 * math.log10(max(ratio, 1e-12))


def is_clipped(samples: np.ndarray) -> bool:
    """Say whether int16 [n] touches full scale."""
    return bool(len(samples)) and bool(max(samples.max(), -int(samples.min())) >= CLIPPED)


class Share:
    """Part of the last SHARE_S in which something was so; forgets exponentially."""

    def __init__(self) -> None:
        self._weight = 0.0
        self._true = 0.0

    def update(self, is_so: bool) -> None:
        """Count one block."""
        keep = 1 - 1 / (SHARE_S * BLOCKS_PER_S)
        self._weight = keep * self._weight + 1
        self._true = keep * self._true + is_so

    @property
    def value(self) -> float:
        """0 to 1; 0 before anything was counted."""
        return self._true / self._weight if self._weight else 0.0


class ErleMeter:
    """Microphone over output, over the robot's last ERLE_WINDOW_S of audible speech."""

    def __init__(self) -> None:
        pieces = round(ERLE_WINDOW_S * BLOCKS_PER_S / ERLE_PIECE_BLOCKS)
        self._pieces_db: deque[float] = deque(maxlen=pieces)
        self._noise = NoiseFloor()
        self._before = 0.0
        self._microphone = self._output = 0.0
        self._blocks = 0
        self._unheard = 0
        self.best_db: float | None = None
        """That of the best tenth of the pieces: there no visitor speaks. None before any."""

    def update(self, microphone: float, output: float, robot_speaks: bool) -> None:
        """Take the powers of 10 ms; the output is one block later than the microphone."""
        microphone, self._before = self._before, microphone
        self._noise.update(microphone)
        audible = self._noise.power * 10 ** (AUDIBLE_OVER_NOISE_DB / 10)
        if not robot_speaks:
            return
        self._unheard = 0 if microphone >= audible else self._unheard + 1
        if self._unheard >= NO_ECHO_BLOCKS:
            self._pieces_db.clear()
        if self._unheard:
            return
        self._microphone += microphone
        self._output += output
        self._blocks += 1
        if self._blocks == ERLE_PIECE_BLOCKS:
            self._pieces_db.append(decibels(self._microphone / max(self._output, 1e-12)))
            self._microphone = self._output = 0.0
            self._blocks = 0
            best_first = sorted(self._pieces_db, reverse=True)
            self.best_db = best_first[int(BEST_SHARE * len(best_first))]

    @property
    def audible_s(self) -> float:
        """Audible speech of the robot in the window."""
        return len(self._pieces_db) * ERLE_PIECE_BLOCKS / BLOCKS_PER_S
