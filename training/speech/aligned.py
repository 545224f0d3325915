# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Finds words and phones by PocketSphinx in speech whose synthesiser does not tell them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
import re

import numpy as np
from scipy.signal import resample_poly

from training.evaluation.listen import DITHER_DBFS
from training.evaluation.listen import RATE_HZ
from training.settings import seeded
from training.speech.phones import FLITE
from training.speech.phones import SILENCE
from training.speech.rendering import finish
from training.speech.rendering import NotInstalledError
from training.speech.rendering import Phone
from training.speech.rendering import Rendering
from training.speech.rendering import SynthesisError
from training.text.domain import spoken

FRAME_S = 0.01
"""PocketSphinx' own (frate 100)."""

AROUND_S = 0.25
"""Quiet before and behind, for the models of silence."""

LONGEST_PHONE_S = 0.5
"""Beyond that the alignment has lost the sentence."""

OTHER_RATES = (100, 90, 110, 80)
"""Percent, tried one after another where a sentence cannot be aligned as it was to be said."""

Say = Callable[[int], tuple[np.ndarray, int]]


class AlignmentError(SynthesisError):
    """A sentence that was spoken and in which its words were not found."""


def render(text: str, rate: int, say: Say) -> Rendering:
    """Speak and align a text; say: rate in percent -> float [n] and its sampling rate in Hz.

    Raises SynthesisError.
    """
    for tried in (rate, *OTHER_RATES):
        sound, rate_hz = say(tried)
        try:
            return finish(sound, rate_hz, *align(text, sound, rate_hz))
        except AlignmentError as error:
            failure = error
    raise failure


def align(text: str, sound: np.ndarray, rate_hz: int) -> tuple[list[Phone], list[float]]:
    """Return the phones, silence behind them, and where words begin, in seconds.

    sound: float [n] in -1 to 1. Raises AlignmentError.
    """
    words = spoken(text)
    found = _aligned(' '.join(words), _for_recogniser(sound, rate_hz))
    said = [one for one in found if one.name in words]
    if [one.name for one in said] != words or len(words) != len(text.split()):
        raise AlignmentError(f'{text!r}: found {" ".join(one.name for one in said)!r}')
    longest_s = max(one.longest_s for one in said)
    if longest_s > LONGEST_PHONE_S:
        raise AlignmentError(f'{text!r}: a phone of {longest_s:.2f} s')
    phones = [phone for one in found for phone in one.phones]
    return [*phones, Phone(len(sound) / rate_hz, SILENCE)], [one.phones[0].start_s for one in said]


@dataclass(frozen=True)
class _Word:
    """A word or a silence; PocketSphinx writes 'to(3)' for the third way to say it."""

    name: str
    phones: tuple[Phone, ...]
    longest_s: float


def _aligned(words: str, sound: np.ndarray) -> list[_Word]:
    """First where the words are, then their phones: pocketsphinx 5, Decoder.set_alignment."""
    decoder = _decoder()
    try:
        decoder.set_align_text(words)
        _hear(decoder, sound)
        decoder.set_alignment()
        _hear(decoder, sound)
    except RuntimeError as error:
        raise AlignmentError(f'PocketSphinx cannot align {words!r}: {error}') from None
    alignment = decoder.get_alignment()  # words and phones are only valid as long as this is
    return [_word(one) for one in alignment] if alignment else []


def _word(found) -> _Word:
    lasting = [(_phone(one), FRAME_S * one.duration) for one in found]
    name = re.sub(r'\(\d+\)$', '', found.name)
    phones, durations_s = zip(*lasting, strict=True)
    return _Word(name, phones, max(durations_s))


@cache
def _decoder():
    """Batch mean: a sentence is aligned the same way whatever was heard before it.

    The best path through a lattice may have words too short for their phones: it stays off.
    """
    try:
        import pocketsphinx
    except ImportError:
        told = 'no pocketsphinx: pip install -r requirements/training.txt'
        raise NotInstalledError(told) from None
    return pocketsphinx.Decoder(
        lm=None, loglevel='FATAL', samprate=RATE_HZ, cmn='batch', bestpath=False
    )


def _hear(decoder, sound: np.ndarray) -> None:
    decoder.start_utt()
    decoder.process_raw(sound.tobytes(), full_utt=True)
    decoder.end_utt()


def _for_recogniser(sound: np.ndarray, rate_hz: int) -> np.ndarray:
    around = np.pad(resample_poly(sound, RATE_HZ, rate_hz), round(AROUND_S * RATE_HZ))
    noise = seeded('dither').standard_normal(len(around)) * 10 ** (DITHER_DBFS / 20)
    return np.rint(32_768 * np.clip(around + noise, -1, 0.999)).astype(np.int16)


def _phone(one) -> Phone:
    start_s = max(0.0, FRAME_S * one.start - AROUND_S)
    return Phone(start_s, FLITE.get(one.name.lower(), SILENCE))
