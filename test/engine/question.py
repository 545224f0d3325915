# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A question that nano answers: to noise and silence it has nothing to say."""

from pathlib import Path

import numpy as np

from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.engine.offline import read_recording

RECORDING = Path(__file__).parents[1] / 'tools/speech/robot_turn_on_the_light.flac'

ANSWERED_FRAMES = 36
"""After so many frames the question is over and the answer has begun."""


def question() -> np.ndarray:
    """Return the question and the silence after it, int16 of shape (frames, samples)."""
    heard = np.zeros((ANSWERED_FRAMES, SAMPLES_PER_FRAME), '<i2')
    spoken = read_recording(RECORDING)
    heard.ravel()[: len(spoken)] = spoken
    return heard
