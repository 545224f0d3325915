# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Gives a voice another throat and melody, which makes many people out of a few."""

from dataclasses import dataclass

import numpy as np

from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from training.speech.rendering import level
from training.speech.world import Parts
from training.speech.world import say
from training.speech.world import take_apart

STRETCHES, PITCHES, SPREADS, TILTS_DB = (0.82, 1.22), (0.6, 1.6), (0.3, 1.8), (-6.0, 6.0)

TILTED_HZ = (250.0, 4_000.0)
"""Between these the tilt rises, evenly in octaves: the range of the formants."""


@dataclass(frozen=True)
class Throat:
    """What is changed of a voice; times stay."""

    stretch: float
    """Of the envelopes along the frequency axis: above 1 is a shorter throat."""

    pitch: float
    """Factor of f0."""

    spread: float
    """Factor of what f0 does around its mean, in octaves."""

    tilt_db: float
    """Of the treble against the bass."""


def draw_throat(rng: np.random.Generator) -> Throat:
    """Return one of endlessly many."""
    drawn = [rng.uniform(*range_) for range_ in (STRETCHES, PITCHES, SPREADS, TILTS_DB)]
    return Throat(*(round(one, 3) for one in drawn))


def with_throat(samples: np.ndarray, throat: Throat) -> np.ndarray:
    """Say a clip again from another throat: int16 [n] -> int16 [n], 24 kHz, at LEVEL_DBFS."""
    parts = take_apart(samples)
    changed = Parts(
        melody=_melody(parts.melody, throat),
        envelope=_stretched(parts.envelope, throat.stretch) * _tilt(parts, throat.tilt_db),
        aperiodicity=_stretched(parts.aperiodicity, throat.stretch),
    )
    return level(say(changed, len(samples)))


def _melody(melody: np.ndarray, throat: Throat) -> np.ndarray:
    voiced = melody > 0
    if not voiced.any():
        return melody
    octaves = np.log2(melody[voiced])
    mean = octaves.mean()
    changed = melody.copy()
    changed[voiced] = throat.pitch * 2 ** (mean + throat.spread * (octaves - mean))
    return changed


def _stretched(frames: np.ndarray, stretch: float) -> np.ndarray:
    """[t, bins], each frame along its bins; what lies beyond the last bin is as that."""
    bins = np.arange(frames.shape[1])
    source = np.minimum(bins / stretch, bins[-1])
    low = np.minimum(source.astype(int), bins[-1] - 1)
    part = source - low
    return np.ascontiguousarray(frames[:, low] * (1 - part) + frames[:, low + 1] * part)


def _tilt(parts: Parts, tilt_db: float) -> np.ndarray:
    """Return the power gain of each bin."""
    frequency = np.linspace(0, SAMPLE_RATE_HZ / 2, parts.envelope.shape[1])
    low, high = TILTED_HZ
    height = np.log2(np.clip(frequency, low, high) / low) / np.log2(high / low)
    return 10 ** (tilt_db * (height - 0.5) / 10)
