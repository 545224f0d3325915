# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Who says what to the ear: two sets of sentences, and voices of flite and espeak-ng."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
import subprocess
import tempfile

import numpy as np

from bench.ear_sounds import at_level
from bench.sentences import sections
from personaplex_ros.audio.intake import MonoStream
from personaplex_ros.audio.sound_file import SoundFile
from personaplex_ros.tools.ear.spotter import RATE_HZ

PROGRAMS = ('flite', 'espeak-ng')

LEVEL_DBFS = -20.0
"""Of the louder half of every clip, as of somebody who speaks close to the microphone."""

Voices = Mapping[str, tuple[str, ...]]
"""Programs and arguments by the name of the voice."""

NATIVE: Voices = {
    'flite slt': ('flite', '-voice', 'slt'),
    'flite rms': ('flite', '-voice', 'rms'),
    'flite awb': ('flite', '-voice', 'awb'),
    'espeak en-us': ('espeak-ng', '-v', 'en-us'),
    'espeak en-gb+f3': ('espeak-ng', '-v', 'en-gb+f3'),
}

OTHER_PACE: Voices = {
    'flite slt, slow': (*NATIVE['flite slt'], '--setf', 'duration_stretch=1.12'),
    'flite rms, fast': (*NATIVE['flite rms'], '--setf', 'duration_stretch=0.92'),
    'flite awb, slow': (*NATIVE['flite awb'], '--setf', 'duration_stretch=1.1'),
    'espeak en-us, slow and low': (*NATIVE['espeak en-us'], '-s', '150', '-p', '40'),
    'espeak en-gb+f3, slow and high': (*NATIVE['espeak en-gb+f3'], '-s', '155', '-p', '60'),
}

UNKNOWN: Voices = {
    'flite kal16': ('flite', '-voice', 'kal16'),
    'espeak en-us+f2': ('espeak-ng', '-v', 'en-us+f2'),
    'espeak en-gb-scotland+m3': ('espeak-ng', '-v', 'en-gb-scotland+m3'),
}
"""Voices that nothing was tuned on, at any pace."""


@dataclass(frozen=True)
class Material:
    """A set of sentences and the five voices that say them."""

    sentences: str
    """Name of the list in bench/sentences."""

    voices: Voices
    seed: int

    @property
    def commands(self) -> list[str]:
        """30 commands, without the wake word."""
        return sections(self.sentences)['commands']

    def section(self, name: str) -> list[str]:
        """Return other sentences; [] where this set has none of the kind."""
        return sections(self.sentences).get(name, [])

    def without_wake_word(self, count: int) -> list[str]:
        """Return different sentences: commands that lack the wake word, and talk of all kinds."""
        lists = sections(self.sentences)
        random = Random(self.seed)
        found = dict.fromkeys([*lists['commands'], *lists['talk']])
        while len(found) < count:
            parts = (random.choice(lists[part]) for part in ('who', 'did', 'what', 'when'))
            found[' '.join(parts)] = None
        return list(found)[:count]


MATERIAL = {
    'tuning': Material('ear_tuning', NATIVE, 5),
    'report': Material('ear_report', OTHER_PACE, 6),
}


def speak(text: str, how: tuple[str, ...]) -> np.ndarray:
    """Return int16 [n], 16 kHz mono, at LEVEL_DBFS. how: a program and its arguments.

    Raises FileNotFoundError where the program is missing.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'speech.wav'
        where = ('-t', text, '-o', path) if how[0] == 'flite' else ('-w', path, text)
        subprocess.run([*how, *map(str, where)], check=True, capture_output=True)
        return at_level(read(path), LEVEL_DBFS)


def read(path: Path) -> np.ndarray:
    """Return a sound file as int16 [n], 16 kHz mono."""
    file = SoundFile(str(path))
    samples = file.read(file.samples)
    file.close()
    return MonoStream(RATE_HZ).push(samples, file.rate_hz, file.channels)
