# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""RHVoice: statistical voices of speakers of CMU ARCTIC."""

from pathlib import Path
import tempfile

import numpy as np

from training.speech import aligned
from training.speech.program import read_wave
from training.speech.program import run
from training.speech.rendering import Rendering

PREFIX = 'rhvoice/'
VOICES = tuple(PREFIX + speaker for speaker in ('bdl', 'clb', 'slt'))
"""Not alan, who may be flite's awb, a judge; lyubov and evgeniy-eng are for no commercial use."""

WHERE = 'apt install rhvoice rhvoice-english, from the component non-free of Debian'


def render(text: str, voice: str, rate: int, pitch: int) -> Rendering:
    """Speak a text; voice: 'rhvoice/bdl'; rate and pitch: percent of its own.

    Raises SynthesisError.
    """
    speaker = voice.removeprefix(PREFIX)
    return aligned.render(text, rate, lambda tried: _say(text, speaker, tried, pitch))


def _say(text: str, speaker: str, rate: int, pitch: int) -> tuple[np.ndarray, int]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'said.wav'
        manner = ('-p', speaker, '-r', str(rate), '-t', str(pitch))
        run('RHVoice-test', WHERE, *manner, '-o', str(path), said=text)
        return read_wave(path)
