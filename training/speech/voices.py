# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The voices: who the agent is, who visits, and who stays unheard until the evaluation."""

from dataclasses import dataclass
from dataclasses import replace

from training.speech import espeak
from training.speech import flite
from training.speech import invented
from training.speech import pico
from training.speech import rhvoice
from training.speech.monotone import on_one_note
from training.speech.rendering import Rendering
from training.speech.throats import Throat
from training.speech.throats import with_throat

FLITE, ESPEAK, PICO, RHVOICE = 'flite', 'espeak', 'pico', 'rhvoice'


@dataclass(frozen=True)
class Manner:
    """A voice and how it speaks once."""

    engine: str
    voice: str
    rate: float
    """flite: stretch of durations; espeak: words a minute; others: percent of their own."""

    pitch: float
    """flite: mean f0 in Hz; espeak: 0 to 99; others: percent of their own."""

    spread_hz: float = 20.0
    """Deviation of flite's f0."""

    one_note: bool = False
    """Whether the melody is taken away, as the agent's is."""

    throat: Throat | None = None
    """Another one than the voice's own."""

    @property
    def name(self) -> str:
        """What the corpus calls the voice: 'slt*0.93' is slt with a longer throat."""
        return f'{self.voice}*{self.throat.stretch:.2f}' if self.throat else self.voice


@dataclass(frozen=True)
class AgentVoice:
    """A voice that the model speaks with."""

    name: str
    pitch_hz: float
    family: str
    """Last letter of the names, NATF0 to VARM4, that stand for it."""


AGENT_VOICES = (
    AgentVoice('slt', 200.0, 'F'),
    AgentVoice('rms', 100.0, 'M'),
)
"""Multiples of the codec's 25 Hz latent rate, see monotone.py: a robot may sound like one."""

AGENT_SPREAD_HZ = 10.0
AGENT_STRETCHES = (1.08, 1.0, 1.16, 0.96, 1.04)
"""Rates of the takes, the clearest first: one take of each sentence is learnt soonest, several
keep the model from learning recordings by heart."""

ESPEAK_FOLDER = 'gmw/'
ACCENTS = ('en-US', 'en', 'en-GB-scotland', 'en-GB-x-rp', 'en-029', 'en-GB-x-gbclan', 'en-US-nyc')
_VARIANTS = (
    'adam Alex Alicia Andy antonio aunty belinda benjamin boris caleb david Denis Diogo ed edward '
    'edward2 Gene Gene2 grandma grandpa Gustave Henrique Hugo iven iven2 iven4 Jacky john klatt '
    'klatt2 klatt3 klatt4 klatt6 Lee linda marcelo Marco Mario max michel miguel mike Nguyen '
    'norbert pablo paul pedro quincy RicishayMax rob robert sandro shelby steph steph2 steph3 '
    'Storm travis Tweaky victor zac anika f1 f2 f4 f5 m1 m2 m4 m5 m6 m7 m8'
)
VARIANTS = tuple(_VARIANTS.split())
"""Of espeak-ng 1.51; whispers, croaks and effects are left out."""

UNSEEN_VARIANTS = ('f3', 'm3', 'Andrea', 'Michael', 'Annie', 'klatt5', 'kaukovalta', 'iven3')
LIKE_TRAINED = ('klatt5', 'iven3')
"""Unseen variants that judge nothing, for their formants are those of trained ones, line by line.

iven3 is iven but for its voicing. klatt5 has the plain voice's formants and pitch, as klatt to
klatt4 and klatt6 have; klatt4 is 1.6 dB away from it (32 mel bands of three sentences, aligned in
time), while no other unseen variant is nearer than 3.6 dB to a trained one. The two keep their
places among the unseen, because without them all clips would be of other voices.
"""

INVENTED_VARIANTS = tuple(invented.name(number) for number in range(invented.COUNT))
FLITE_VISITORS = ('kal16', 'slt', 'rms')
UNSEEN_FLITE = ('awb',)


def began_as_a_person(voice: str) -> bool:
    """Tell whether a voice of the corpus was made from recordings, as espeak-ng's are not."""
    return not voice.startswith(ESPEAK_FOLDER)


def is_like_a_trained_one(voice: str) -> bool:
    """Tell whether a voice of the corpus is no proof that unseen voices are understood."""
    return voice.rpartition('+')[2] in LIKE_TRAINED


def agent_manner(voice: AgentVoice, take: int) -> Manner:
    """Return the manner of one of an agent's takes of a sentence."""
    stretch = AGENT_STRETCHES[take % len(AGENT_STRETCHES)]
    return Manner(FLITE, voice.name, stretch, voice.pitch_hz, AGENT_SPREAD_HZ, one_note=True)


def render(text: str, manner: Manner) -> Rendering:
    """Speak a text. Raises SynthesisError."""
    if manner.engine == FLITE:
        said = flite.render(text, manner.voice, manner.rate, manner.pitch, manner.spread_hz)
    else:
        engine = _ENGINES[manner.engine]
        said = engine.render(text, manner.voice, int(manner.rate), int(manner.pitch))
    if manner.one_note:
        return replace(said, samples=on_one_note(said.samples, manner.pitch))
    if manner.throat:
        return replace(said, samples=with_throat(said.samples, manner.throat))
    return said


_ENGINES = {ESPEAK: espeak, PICO: pico, RHVOICE: rhvoice}
