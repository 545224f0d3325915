# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""flite: clustergen voices with phone times; words are found by the phone counts of each."""

from functools import cache
from pathlib import Path
import tempfile

from training.speech.phones import FLITE
from training.speech.phones import SILENCE
from training.speech.program import read_wave
from training.speech.program import run
from training.speech.rendering import finish
from training.speech.rendering import Phone
from training.speech.rendering import Rendering
from training.speech.rendering import SynthesisError


def render(text: str, voice: str, stretch: float, pitch_hz: float, spread_hz: float) -> Rendering:
    """Speak a text; stretch: of durations; pitch and spread: mean and deviation of f0.

    Raises SynthesisError.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'said.wav'
        features = {
            'duration_stretch': stretch,
            'int_f0_target_mean': pitch_hz,
            'int_f0_target_stddev': spread_hz,
        }
        told = [part for name, value in features.items() for part in ('--setf', f'{name}={value}')]
        segments = _flite(voice, *told, '-psdur', '-t', text, '-o', str(path))
        sound, rate_hz = read_wave(path)
    phones = _phones(segments)
    return finish(sound, rate_hz, phones, _word_starts(text, voice, phones))


def _flite(voice: str, *arguments: str) -> str:
    return run('flite', 'apt install flite', '-voice', voice, *arguments)


def _phones(segments: str) -> list[Phone]:
    """Parse 'pau:0.184 dh:0.241 ...': flite tells where a segment ends."""
    phones, start = [], 0.0
    for one in segments.split():
        name, _, end = one.rpartition(':')
        phones.append(Phone(start, FLITE[name]))
        start = float(end)
    return [*phones, Phone(start, SILENCE)]


def _word_starts(text: str, voice: str, phones: list[Phone]) -> list[float]:
    """Return where each word begins: it has as many phones as when it stands alone."""
    spoken = [one for one in phones if one.phone != SILENCE]
    starts, at = [], 0
    for word in text.split():
        count = _phone_count(word, voice)
        if at >= len(spoken) and count:
            raise SynthesisError(f'flite: {text!r} has fewer phones than its words alone')
        starts.append(spoken[min(at, len(spoken) - 1)].start_s)
        at += count
    if at != len(spoken):
        raise SynthesisError(f'flite: {text!r} has {len(spoken)} phones, its words alone {at}')
    return starts


@cache
def _phone_count(word: str, voice: str) -> int:
    said = _flite(voice, '-psdur', '-t', word, '-o', 'none')
    return sum(one.phone != SILENCE for one in _phones(said))
