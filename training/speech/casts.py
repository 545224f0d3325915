# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Casts: the kinds of visitors whose manners are drawn together."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from training.speech import pico
from training.speech import rhvoice
from training.speech.throats import draw_throat
from training.speech.voices import ACCENTS
from training.speech.voices import ESPEAK
from training.speech.voices import ESPEAK_FOLDER
from training.speech.voices import FLITE
from training.speech.voices import FLITE_VISITORS
from training.speech.voices import INVENTED_VARIANTS
from training.speech.voices import Manner
from training.speech.voices import PICO
from training.speech.voices import RHVOICE
from training.speech.voices import UNSEEN_FLITE
from training.speech.voices import UNSEEN_VARIANTS
from training.speech.voices import VARIANTS

THROAT_SHARE = 0.5
"""Of pico's and RHVoice's clips; the others are their own voices, higher and lower."""

RATES, PITCHES = (78, 126), (75, 141)
"""Percent of a voice's own, for pico and RHVoice."""

Draw = Callable[[np.random.Generator], Manner]


@dataclass(frozen=True)
class Cast:
    """Who may visit, and how often each kind does."""

    kinds: tuple[tuple[float, Draw], ...]
    """Share and how one of it is drawn; shares add up to 1."""


def visitor_manner(rng: np.random.Generator, cast: Cast) -> Manner:
    """Draw a visitor."""
    at = rng.random()
    for share, draw in cast.kinds[:-1]:
        if at < share:
            return draw(rng)
        at -= share
    return cast.kinds[-1][1](rng)


def _of_flite(voices: tuple[str, ...], rng: np.random.Generator) -> Manner:
    voice = str(rng.choice(voices))
    return Manner(FLITE, voice, round(rng.uniform(0.8, 1.25), 3), round(rng.uniform(90, 220)))


def _of_espeak(variants: tuple[str, ...], rng: np.random.Generator) -> Manner:
    variant = rng.choice(variants)
    voice = f'{ESPEAK_FOLDER}{rng.choice(ACCENTS)}+{variant}'
    return Manner(ESPEAK, voice, int(rng.integers(125, 196)), int(rng.integers(20, 81)))


def _warped_flite(rng: np.random.Generator) -> Manner:
    """The melody has the middle of a throat's range, so that no voice ends at 50 Hz."""
    voice, stretch = str(rng.choice(FLITE_VISITORS)), round(rng.uniform(0.8, 1.25), 3)
    return Manner(FLITE, voice, stretch, round(rng.uniform(115, 185)), throat=draw_throat(rng))


def _of_people(engine: str, voices: tuple[str, ...], rng: np.random.Generator) -> Manner:
    """Either the engine changes the pitch or a throat does: both would meet at its ends."""
    voice, rate = str(rng.choice(voices)), int(rng.integers(*RATES))
    if rng.random() < THROAT_SHARE:
        return Manner(engine, voice, rate, 100, throat=draw_throat(rng))
    return Manner(engine, voice, rate, int(rng.integers(*PITCHES)))


def _mostly_espeak(variants: tuple[str, ...], flite: tuple[str, ...] = FLITE_VISITORS) -> Cast:
    """espeak-ng is ten times quicker than flite and more varied."""
    return Cast(((0.15, partial(_of_flite, flite)), (0.85, partial(_of_espeak, variants))))


TRAINED = _mostly_espeak(VARIANTS)
INVENTED = _mostly_espeak(INVENTED_VARIANTS)
UNHEARD = _mostly_espeak(UNSEEN_VARIANTS, UNSEEN_FLITE)
PEOPLE = Cast(
    (
        (0.35, partial(_of_people, RHVOICE, rhvoice.VOICES)),
        (0.35, partial(_of_people, PICO, pico.VOICES)),
        (0.30, _warped_flite),
    )
)
"""Voices that began as recordings of people."""
