# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A whole recording as the model hears it: one channel at 24 kHz, whatever the file is."""

from collections.abc import Callable
import math
from pathlib import Path

import numpy as np
import soundfile

from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.resample import Resampler
from personaplex_ros.audio.sound_file import open_sound_file
from personaplex_ros.audio.sound_file import SoundFileError
from personaplex_ros.audio.sound_file import UNREADABLE

BLOCK_SAMPLES = 65_536

Mix = Callable[[np.ndarray], np.ndarray]
"""float32 [n, channels] -> [n]."""


def first_channel(block: np.ndarray) -> np.ndarray:
    """Hear the first channel alone."""
    return block[:, 0]


def average(block: np.ndarray) -> np.ndarray:
    """Hear all channels, each equally loud."""
    return block.mean(axis=1, dtype=np.float32)


class Recording:
    """An open sound file of any number of channels, 8 to 192 kHz; close it after use."""

    def __init__(self, path: Path) -> None:
        """Raises SoundFileError."""
        self._file: soundfile.SoundFile = open_sound_file(path)

    def __enter__(self) -> 'Recording':
        """Close it at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self._file.close()

    @property
    def seconds(self) -> float:
        """Length as the file's header tells it."""
        return len(self._file) / self._file.samplerate

    def read(self, mix: Mix) -> np.ndarray:
        """Return all of it, float32 [n], full scale 1; no later than the file.

        It may be louder than full scale where the file is. What is no number is silence. Raises
        SoundFileError for a file that turns out to be damaged.
        """
        try:
            return self._resampled(mix)
        except RuntimeError:
            raise SoundFileError(f'{self._file.name}: {UNREADABLE}') from None

    def _resampled(self, mix: Mix) -> np.ndarray:
        resampler = Resampler(self._file.samplerate, SAMPLE_RATE_HZ)
        blocks, count = [], 0
        for block in self._file.blocks(BLOCK_SAMPLES, dtype='float32', always_2d=True):
            mono = mix(np.nan_to_num(block, posinf=1, neginf=-1))
            blocks.append(resampler.process(mono))
            count += len(mono)
        if not count:
            raise SoundFileError(f'{self._file.name}: the file holds no samples')
        # A stream is late by the filter's delay; silence pushes the last of it out.
        delay = round(resampler.delay_ms * SAMPLE_RATE_HZ / 1_000)
        flush = math.ceil((delay + 1) * self._file.samplerate / SAMPLE_RATE_HZ)
        blocks.append(resampler.process(np.zeros(flush, np.float32)))
        length = round(count * SAMPLE_RATE_HZ / self._file.samplerate)
        return np.concatenate(blocks)[delay : delay + length]
