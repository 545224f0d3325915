# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Sounds that nano's codec is made from: something between a voice and an organ."""

import numpy as np

from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.format import SAMPLES_PER_FRAME

SINE_HZ = 440.0
SINE_AMPLITUDE = 0.5
"""The user's side of a prompt (personaplex 3428dfd, moshi/moshi/models/lm.py:683)."""


def silence(frames: int) -> np.ndarray:
    """float32 [frames * 1920]."""
    return np.zeros(frames * SAMPLES_PER_FRAME, dtype=np.float32)


def sine(frames: int) -> np.ndarray:
    """float32 [frames * 1920] of the tone that stands for the user in a prompt."""
    time_s = np.arange(frames * SAMPLES_PER_FRAME) / SAMPLE_RATE_HZ
    return (SINE_AMPLITUDE * np.sin(2 * np.pi * SINE_HZ * time_s)).astype(np.float32)


def voice(rng: np.random.Generator, frames: int, pitch_hz: float, formant_hz: float) -> np.ndarray:
    """float32 [frames * 1920], RMS 0.06 (-24 dBFS): harmonics under a moving formant."""
    time_s = np.arange(frames * SAMPLES_PER_FRAME) / SAMPLE_RATE_HZ
    vibrato = 1 + 0.03 * np.sin(2 * np.pi * rng.uniform(3, 6) * time_s)
    phase = 2 * np.pi * np.cumsum(pitch_hz * vibrato) / SAMPLE_RATE_HZ
    centre_hz = formant_hz * (1 + 0.4 * np.sin(2 * np.pi * rng.uniform(1, 3) * time_s))
    sound = np.zeros_like(time_s)
    for harmonic in range(1, int(4_000 / pitch_hz)):
        distance = (harmonic * pitch_hz - centre_hz) / formant_hz
        sound += np.exp(-2 * distance**2) / harmonic**0.5 * np.sin(harmonic * phase)
    syllables = np.clip(np.sin(2 * np.pi * rng.uniform(2, 4) * time_s) + 0.5, 0, None)
    sound = sound * syllables + 0.02 * rng.standard_normal(len(time_s))
    return (0.06 * sound / np.sqrt(np.mean(sound**2))).astype(np.float32)


def medley(rng: np.random.Generator, frames: int) -> np.ndarray:
    """float32 [16, frames * 1920]: voices of all pitches and levels, the tone, and noise."""
    rows = [sine(frames), 0.1 * rng.standard_normal(frames * SAMPLES_PER_FRAME)]
    for pitch_hz in np.geomspace(80, 300, 14):
        level = rng.uniform(0.2, 1.5)
        rows.append(level * voice(rng, frames, float(pitch_hz), rng.uniform(500, 1_800)))
    return np.stack(rows).astype(np.float32)
