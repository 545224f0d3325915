# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""WORLD says a clip again on one note whose pulses never move against the codec's frames."""

from dataclasses import replace

import numpy as np

from training.speech.world import say
from training.speech.world import take_apart


def on_one_note(samples: np.ndarray, pitch_hz: float) -> np.ndarray:
    """Keep the envelopes of a clip, replace its melody: int16 [n] -> int16 [n], 24 kHz.

    The n-th pulse lies n periods behind the first sample, whatever is spoken. With a pitch that
    is a multiple of the codec's 25 Hz, each latent frame holds its pulses in the same places: a
    decoder learns them as constants, where it takes hours to learn a melody.
    """
    parts = take_apart(samples)
    note = np.full_like(parts.melody, pitch_hz)
    said = say(replace(parts, melody=note), len(samples))
    return np.clip(np.rint(said * 32_768), -32_768, 32_767).astype(np.int16)
