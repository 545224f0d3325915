# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Makes demo/visitor.wav and visitor.json, the demo's visitor: synthetic speech, a little noise.

Run it by hand when the words change: python demo/make_visitor.py. Needs espeak-ng. The voice is
one that nano was trained with, the renderings are new to it.
"""

from dataclasses import dataclass
import json
from pathlib import Path
import sys

import numpy as np
import soundfile

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from personaplex_ros.audio.format import SAMPLE_RATE_HZ  # noqa: E402
from training.speech.voices import ESPEAK  # noqa: E402
from training.speech.voices import Manner  # noqa: E402
from training.speech.voices import render  # noqa: E402

VOICE = Manner(ESPEAK, 'gmw/en-US+m1', 150, 45)
NOISE_DBFS = -60.0
SEED = 7


@dataclass(frozen=True)
class Line:
    """One sentence of the visitor."""

    begin_s: float
    words: str
    reply: str = ''
    """What demo/personas.yaml makes the right answer; '' where nano was taught none."""


LINES = (
    Line(0.6, 'what is your name', 'My name is Mira.'),
    Line(4.0, 'robot turn on the lights', 'Lights are on.'),
    Line(7.6, 'stand up please', 'I will stand up.'),
    Line(12.0, 'tell me a joke', 'Robots never get lost we only explore.'),
    Line(14.6, 'where is the kitchen', 'Kitchen is on the left.'),  # into the middle of the joke
    Line(18.2, 'when is the next tour', 'Next tour starts in ten minutes shall i book it.'),
    Line(22.6, 'go to the kitchen'),
    Line(27.4, 'yes please'),
    Line(33.0, 'who are you', 'My name is Leo, what a lovely day.'),
    Line(36.8, 'do not go to the lobby'),
    Line(40.4, 'goodbye', 'Goodbye and see you soon, what a lovely day.'),
)
INTERRUPT_AT_S = 21.2
"""Then, by the service, where the robot speaks: in the answer about the tour."""

PERSONA_AT_S = 31.8
LENGTH_S = 44.0


def main() -> None:
    """Write both files."""
    track = np.zeros(round(LENGTH_S * SAMPLE_RATE_HZ), np.float32)
    lines = []
    for line in LINES:
        speech = render(line.words, VOICE).samples.astype(np.float32) / 32_768
        begin = round(line.begin_s * SAMPLE_RATE_HZ)
        track[begin : begin + len(speech)] += speech
        end_s = round(line.begin_s + len(speech) / SAMPLE_RATE_HZ, 2)
        lines.append({'end_s': end_s, 'words': line.words, 'reply': line.reply})
    noise = np.random.default_rng(SEED).standard_normal(len(track)).astype(np.float32)
    track += noise * 10 ** (NOISE_DBFS / 20)
    soundfile.write(ROOT / 'demo' / 'visitor.wav', track, SAMPLE_RATE_HZ, subtype='PCM_16')
    script = {'interrupt_at_s': INTERRUPT_AT_S, 'persona_at_s': PERSONA_AT_S, 'lines': lines}
    text = json.dumps(script, indent=1) + '\n'
    (ROOT / 'demo' / 'visitor.json').write_text(text, encoding='utf-8')


if __name__ == '__main__':
    main()
