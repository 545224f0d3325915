# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""SVOX Pico: one woman's voice from America and one from England, made of recordings."""

from pathlib import Path
import tempfile

import numpy as np

from training.speech import aligned
from training.speech.program import read_wave
from training.speech.program import run
from training.speech.rendering import Rendering

PREFIX = 'pico/'
VOICES = (f'{PREFIX}en-US', f'{PREFIX}en-GB')
WHERE = 'apt install libttspico-utils, from the component non-free of Debian'


def render(text: str, voice: str, rate: int, pitch: int) -> Rendering:
    """Speak a text; voice: 'pico/en-US'; rate and pitch: percent of its own.

    Raises SynthesisError.
    """
    language = voice.removeprefix(PREFIX)
    return aligned.render(text, rate, lambda tried: _say(text, language, tried, pitch))


def _say(text: str, language: str, rate: int, pitch: int) -> tuple[np.ndarray, int]:
    marked = f"<speed level='{rate}'><pitch level='{pitch}'>{text}</pitch></speed>"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'said.wav'
        run('pico2wave', WHERE, '-l', language, '-w', str(path), marked)
        return read_wave(path)
