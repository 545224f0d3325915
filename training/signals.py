# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The two steady sounds whose codes a prompt is made of."""

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
