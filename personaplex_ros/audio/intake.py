# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""From chunks as a robot's microphone gives them to the model's frames."""

from collections.abc import Iterator

import numpy as np

from personaplex_ros.audio.format import AudioFormatError
from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.audio.joint import Joint
from personaplex_ros.audio.resample import Resampler

MAX_CHUNK_S = 30.0
"""A longer chunk is a fault of its sender, not live audio."""


class Reblocker:
    """Cut a stream of samples into frames; the rest waits for the next call."""

    def __init__(self) -> None:
        self._rest = np.empty(0, np.int16)

    @property
    def waiting(self) -> int:
        """Samples that wait for their frame to be complete."""
        return len(self._rest)

    def push(self, samples: np.ndarray) -> Iterator[np.ndarray]:
        """Yield frames of exactly SAMPLES_PER_FRAME.

        samples: int16 [n], 24 kHz mono, any n >= 0. Yields int16 [1920].
        Raises AudioFormatError for another dtype or rank.
        """
        if samples.dtype != np.int16 or samples.ndim != 1:
            raise AudioFormatError(
                f'got {samples.dtype} with {samples.ndim} dimensions; expected int16 with one'
            )
        stream = np.concatenate((self._rest, samples))
        whole = len(stream) - len(stream) % SAMPLES_PER_FRAME
        self._rest = stream[whole:]
        return iter(stream[:whole].reshape(-1, SAMPLES_PER_FRAME))


class MonoStream:
    """Chunks of any usual rate, mono or stereo, in; mono of one rate out."""

    def __init__(self, out_hz: int = SAMPLE_RATE_HZ) -> None:
        self._out_hz = self._rate_hz = out_hz
        self._resampler = Resampler(out_hz, out_hz)
        self._joint = Joint(out_hz)
        self._joins = False
        self._last = 0

    def push(self, samples: np.ndarray, rate_hz: int, channels: int) -> np.ndarray:
        """Return int16 [m] for samples int16 [n * channels], interleaved.

        Raises AudioFormatError when the chunk is no usable audio; nothing of it is kept then.
        """
        self._check(samples, rate_hz, channels)
        if rate_hz != self._rate_hz:
            self._resampler = Resampler(rate_hz, self._out_hz)
            self._resampler.reset(float(np.mean(samples[:channels])))
            self._rate_hz = rate_hz
            self._joins = True
        if channels == 1 and rate_hz == self._out_hz:
            return self._joined(samples)
        mono = samples.reshape(-1, channels).mean(axis=1, dtype=np.float32)
        return self._joined(to_int16(self._resampler.process(mono)))

    def _joined(self, samples: np.ndarray) -> np.ndarray:
        """Return int16 [m] that goes on from what another rate gave."""
        if len(samples) == 0:
            return samples
        if self._joins:
            self._joint.start(self._last - int(samples[0]))
            self._joins = False
        samples = self._joint.add(samples)
        self._last = int(samples[-1])
        return samples

    @staticmethod
    def _check(samples: np.ndarray, rate_hz: int, channels: int) -> None:
        if channels not in (1, 2):
            raise AudioFormatError(f'{channels} channels; expected 1 or 2')
        if len(samples) == 0:
            raise AudioFormatError('a chunk without samples; expected at least one')
        if len(samples) % channels:
            raise AudioFormatError(
                f'{len(samples)} samples do not divide into {channels} channels'
            )
        if rate_hz > 0 and len(samples) > MAX_CHUNK_S * rate_hz * channels:
            raise AudioFormatError(
                f'a chunk of {len(samples) / rate_hz / channels:.0f} s; expected about 20 ms, '
                f'at most {MAX_CHUNK_S:.0f} s'
            )


class Intake:
    """Chunks of any usual rate, mono or stereo, in; frames of 24 kHz mono out."""

    def __init__(self) -> None:
        self._stream = MonoStream()
        self._reblocker = Reblocker()

    @property
    def waiting_s(self) -> float:
        """Sound that waits for its frame to be complete."""
        return self._reblocker.waiting / SAMPLE_RATE_HZ

    def push(self, samples: np.ndarray, rate_hz: int, channels: int) -> Iterator[np.ndarray]:
        """Yield the frames int16 [1920] that this chunk completes; as MonoStream."""
        return self._reblocker.push(self._stream.push(samples, rate_hz, channels))


def to_int16(samples: np.ndarray) -> np.ndarray:
    """Round and clip float32 [n] on the int16 scale to int16 [n]."""
    return np.minimum(np.maximum(np.rint(samples), -32768), 32767).astype(np.int16)


def convert(resampler: Resampler, samples: np.ndarray) -> np.ndarray:
    """Return int16 [m] for int16 [n], an array of its own."""
    if resampler.is_identity:
        return samples.copy()
    return to_int16(resampler.process(samples.astype(np.float32)))
