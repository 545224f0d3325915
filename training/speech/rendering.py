# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""One spoken sentence: samples, and where its words and phones begin."""

from dataclasses import dataclass
import math

import numpy as np
from scipy.signal import resample_poly

from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from training.speech.phones import SILENCE

SLOT_SAMPLES = 960
"""40 ms: phones are told apart at twice the frame rate."""

LEVEL_DBFS = -24.0
"""RMS of every clip while it is dry; rooms and distances change it later."""

LEAD_S, TAIL_S = 0.02, 0.06
"""Kept before the first phone and after the last."""


class SynthesisError(RuntimeError):
    """A sentence that could not be spoken; the text says what to do."""


class NotInstalledError(SynthesisError):
    """What speaks or listens is missing on this machine; the text says how to get it."""


@dataclass(frozen=True)
class Rendering:
    """Speech at 24 kHz with its alignment."""

    samples: np.ndarray
    """int16 [n]."""

    slots: np.ndarray
    """uint8 [ceil(n / SLOT_SAMPLES)]: phone class at the middle of each 40 ms."""

    word_starts_s: tuple[float, ...]
    """One per word of the text."""


@dataclass(frozen=True)
class Phone:
    """A phone class and the time it begins, in seconds."""

    start_s: float
    phone: int


def finish(
    samples: np.ndarray, rate_hz: int, phones: list[Phone], word_starts_s: list[float]
) -> Rendering:
    """Trim the silence at both ends, bring to 24 kHz and to LEVEL_DBFS.

    samples: float32 [n] at rate_hz. phones: in order, silences included; the last one is silence.
    """
    voiced = [index for index, one in enumerate(phones) if one.phone != SILENCE]
    if not voiced:
        raise SynthesisError('the sentence has no phones: nothing was spoken')
    begin = max(0.0, phones[voiced[0]].start_s - LEAD_S)
    end = _end(phones, voiced[-1], len(samples) / rate_hz) + TAIL_S
    cut = samples[round(begin * rate_hz) : round(end * rate_hz)]
    sound = level(_resampled(cut.astype(np.float32), rate_hz))
    return Rendering(
        samples=sound,
        slots=_slots(phones, begin, len(sound)),
        word_starts_s=tuple(max(0.0, start - begin) for start in word_starts_s),
    )


def level(sound: np.ndarray) -> np.ndarray:
    """Bring speech of any loudness to LEVEL_DBFS: float [n] -> int16 [n]."""
    rms = float(np.sqrt(np.mean(sound**2))) or 1.0
    gain = min(10 ** (LEVEL_DBFS / 20) / rms, 0.95 / float(np.abs(sound).max() or 1.0))
    return np.clip(np.rint(sound * gain * 32_768), -32_768, 32_767).astype(np.int16)


def _end(phones: list[Phone], last: int, whole_s: float) -> float:
    return phones[last + 1].start_s if last + 1 < len(phones) else whole_s


def _resampled(samples: np.ndarray, rate_hz: int) -> np.ndarray:
    shared = math.gcd(SAMPLE_RATE_HZ, rate_hz)
    return resample_poly(samples, SAMPLE_RATE_HZ // shared, rate_hz // shared)


def _slots(phones: list[Phone], begin_s: float, samples: int) -> np.ndarray:
    middles = (np.arange(-(-samples // SLOT_SAMPLES)) + 0.5) * SLOT_SAMPLES / SAMPLE_RATE_HZ
    starts = np.array([one.start_s - begin_s for one in phones])
    classes = np.array([one.phone for one in phones], dtype=np.uint8)
    index = np.searchsorted(starts, middles, side='right') - 1
    return np.where(index < 0, SILENCE, classes[np.maximum(index, 0)]).astype(np.uint8)
