# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Sound files as the chunks a microphone would give."""

from os.path import expanduser
from pathlib import Path

import numpy as np
import soundfile

from personaplex_ros.audio.resample import MAX_RATE_HZ
from personaplex_ros.audio.resample import MIN_RATE_HZ

UNREADABLE = 'no sound file that can be read; expected a wav'
DAMAGED = 'the file is damaged; what follows cannot be read'


class SoundFileError(ValueError):
    """A file that cannot be played; the text says why."""


def open_sound_file(path: Path) -> soundfile.SoundFile:
    """Open a file of any number of channels that holds samples of 8 to 192 kHz.

    Raises SoundFileError, one line that names the file.
    """
    path = Path(expanduser(path))
    try:
        if not path.is_file():
            raise SoundFileError(f'{path}: {"no file" if path.exists() else "no such file"}')
        if path.stat().st_size == 0:
            raise SoundFileError(f'{path}: the file is empty')
        file = soundfile.SoundFile(str(path))
    except (RuntimeError, TypeError, OSError):  # a TypeError for names that end like raw samples
        raise SoundFileError(f'{path}: {UNREADABLE}') from None
    reason = _unfit(file)
    if reason:
        file.close()
        raise SoundFileError(f'{path}: {reason}')
    return file


class SoundFile:
    """An open sound file: 8 to 192 kHz, mono or stereo, any format libsndfile knows."""

    def __init__(self, path: str | Path) -> None:
        self._file = open_sound_file(Path(path))
        self.rate_hz: int = self._file.samplerate
        self.channels: int = self._file.channels
        if self.channels not in (1, 2):
            self._file.close()
            raise SoundFileError(f'{self._file.name}: {self.channels} channels; expected 1 or 2')

    @property
    def samples(self) -> int:
        """Length of the file, in samples of one channel."""
        return len(self._file)

    @property
    def seconds(self) -> float:
        """Length of the file."""
        return self.samples / self.rate_hz

    def read(self, samples: int) -> np.ndarray:
        """Return the next samples of every channel: int16 [n * channels], n <= samples.

        Reading float and scaling it here: libsndfile does not scale float files to integers.
        Raises SoundFileError for a file that turns out to be damaged.
        """
        try:
            block = self._file.read(samples, dtype='float32', always_2d=True)
        except RuntimeError:
            raise SoundFileError(f'{self._file.name}: {DAMAGED}') from None
        numbers = np.nan_to_num(block, nan=0.0, posinf=0.0, neginf=0.0)
        scaled = np.clip(np.rint(numbers * 32768.0), -32768, 32767)
        return scaled.astype(np.int16).reshape(-1)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _unfit(file: soundfile.SoundFile) -> str:
    if len(file) == 0:
        return 'the file holds no samples'
    if not MIN_RATE_HZ <= file.samplerate <= MAX_RATE_HZ:
        return f'{file.samplerate} Hz; expected {MIN_RATE_HZ} to {MAX_RATE_HZ} Hz'
    return ''
