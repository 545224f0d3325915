# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A sound file in place of a microphone: one channel, block by block."""

import math

import numpy as np

from personaplex_ros.audio.devices.base import BLOCK_MS
from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.intake import convert
from personaplex_ros.audio.resample import Resampler
from personaplex_ros.audio.sound_file import SoundFile

BLOCKS_PER_S = 1000 // BLOCK_MS


class Visitor:
    """An open file; what it holds comes at a rate of which blocks are whole samples."""

    def __init__(self, path: str, rate_hz: int = 0) -> None:
        """rate_hz: what is wanted; 0 takes the file's own where that can be, else 24 kHz.

        Raises SoundFileError.
        """
        self._file = SoundFile(path)
        own_hz = self._file.rate_hz
        self.rate_hz = rate_hz or (SAMPLE_RATE_HZ if own_hz % BLOCKS_PER_S else own_hz)
        self._resampler = Resampler(own_hz, self.rate_hz)
        self._ahead: np.ndarray = np.empty(0, np.int16)
        self._is_over = False

    def read(self, count: int) -> np.ndarray:
        """Return the next samples, int16 [count]; at the end what is left, then none.

        Read a second at a time: a call to libsndfile costs as much as all that follows. Raises
        SoundFileError for a file that turns out to be damaged.
        """
        while len(self._ahead) < count and not self._is_over:
            self._ahead = np.concatenate((self._ahead, convert(self._resampler, self._second())))
        block, self._ahead = self._ahead[:count], self._ahead[count:]
        return block

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _second(self) -> np.ndarray:
        """Return int16 [n] at the file's rate; after its end what pushes out the filter's rest."""
        samples = self._file.read(self._file.rate_hz)
        if len(samples) == 0:
            self._is_over = True
            late = math.ceil(self._resampler.delay_ms * self._file.rate_hz / 1000)
            return np.zeros(late, np.int16)
        return samples.reshape(-1, self._file.channels).mean(axis=1).astype(np.int16)
