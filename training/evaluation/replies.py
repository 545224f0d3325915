# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Right answers, in the right name, manner and voice: one visit for each clip of a split."""

from dataclasses import dataclass

from personaplex_ros.model.personaplex import PersonaPlex
from personaplex_ros.model.prompt import Prompt
from training.evaluation.figure import Figure
from training.evaluation.figure import share
from training.evaluation.listen import f0_hz
from training.evaluation.listen import Recogniser
from training.evaluation.visit import PLAIN_SCENE
from training.evaluation.visit import Scenery
from training.evaluation.visit import Visit
from training.evaluation.visit import visit
from training.settings import seeded
from training.speech.corpus import Clip
from training.speech.corpus import Corpus
from training.speech.plan import KNOWN
from training.speech.plan import UNSEEN
from training.text.domain import Domain
from training.text.domain import sentence
from training.text.domain import spoken
from training.text.script import draw_persona
from training.text.script import Persona
from training.text.script import stem_for

F0_BETWEEN_HZ = 141.0
"""Between the agent's two voices, on a logarithmic scale."""

WANTED = {KNOWN: 95.0, UNSEEN: 80.0}


@dataclass(frozen=True)
class Reply:
    """A visit, who was asked, and what would have been right."""

    split: str
    persona: Persona
    voice: str
    wanted: str
    visit: Visit

    @property
    def right(self) -> bool:
        """Word for word, by the text tokens."""
        return spoken(self.visit.text) == spoken(self.wanted)

    @property
    def begun_right(self) -> bool:
        """By the first word, which carries the intent."""
        return spoken(self.visit.text)[:1] == spoken(self.wanted)[:1]


def asked_clips(corpus: Corpus, domain: Domain, split: str, per_intent: int) -> list[Clip]:
    """Return clips of intents that can begin a conversation."""
    names = {intent.name for intent in domain.beginners}
    clips = [clip for clip in corpus.judging(split) if clip.intent in names]
    chosen, taken = [], dict.fromkeys(names, 0)
    for clip in clips:
        if taken[clip.intent] < per_intent:
            taken[clip.intent] += 1
            chosen.append(clip)
    return chosen


def naming_clips(corpus: Corpus, domain: Domain, split: str) -> list[Clip]:
    """Return all clips of the intents that are answered with the persona's name."""
    names = {one.name for one in domain.beginners if '{name}' in one.reply}
    return [clip for clip in corpus.judging(split) if clip.intent in names]


def replies(
    model: PersonaPlex, corpus: Corpus, domain: Domain, clips: list[Clip], *purpose: str
) -> list[Reply]:
    """Visit once for each clip, every time somebody else.

    purpose: a split, and what else draws other personas and rooms.
    """
    scenery, found = Scenery(corpus), []
    for number, clip in enumerate(clips):
        rng = seeded('visit', *purpose, number)
        persona = draw_persona(domain, rng)
        voice = model.voices[rng.integers(len(model.voices))]
        said = scenery.of(clip, PLAIN_SCENE, *purpose, number)
        stem = stem_for(domain, persona, domain.intents[clip.intent])
        found.append(
            Reply(
                split=clip.split,
                persona=persona,
                voice=voice,
                wanted=sentence(stem, persona.style),
                visit=visit(model, Prompt(persona.prompt, voice), said),
            )
        )
    return found


def reply_figures(
    found: list[Reply], naming: list[Reply], domain: Domain, split: str
) -> list[Figure]:
    """Return what the visits of a split amount to. naming: visits that ask for the name."""
    return [
        right_figure(found, split),
        begun_figure(found, split),
        recognised_figure(found, domain, split),
        name_figure([*found, *naming], domain, split),
        *manner_figures(found, domain, split),
    ]


def right_figure(found: list[Reply], split: str) -> Figure:
    """Count the replies that are right, word for word."""
    return share(f'right replies, {split} voices', [one.right for one in found], WANTED[split])


def begun_figure(found: list[Reply], split: str) -> Figure:
    """Count the replies that begin as the right one does."""
    begun = [one.begun_right for one in found]
    return share(f'right first words, {split} voices', begun, WANTED[split])


def recognised_figure(found: list[Reply], domain: Domain, split: str) -> Figure:
    """Count whether the sound says what the text says, where that is a sentence of the domain."""
    sentences = {' '.join(spoken(one)) for one in domain.replies()}
    recogniser = Recogniser(sentences)
    heard = []
    for reply in found:
        text = ' '.join(spoken(reply.visit.text))
        if text in sentences:
            begin = reply.visit.asked_end * 1_920
            heard.append(recogniser.hear(reply.visit.sound[begin:]) == text)
    return share(f'spoken replies recognised, {split} voices', heard, 85)


def name_figure(found: list[Reply], domain: Domain, split: str) -> Figure:
    """Count whether a name, where one is said, is that of the prompt."""
    names = {name.lower() for name in domain.names}
    said = [(one, names & set(spoken(one.visit.text))) for one in found]
    right = [name == {one.persona.name.lower()} for one, name in said if name]
    return share(f'name as prompted, {split} voices', right, 98)


def manner_figures(found: list[Reply], domain: Domain, split: str) -> list[Figure]:
    """Count whether style and voice are those of the prompt."""
    styled, voiced = [], []
    for reply in found:
        words = spoken(reply.visit.text)
        if not words:
            continue
        styled.append(_style(words, domain) == reply.persona.style.name)
        pitch = f0_hz(reply.visit.sound[reply.visit.asked_end * 1_920 :])
        woman = reply.voice[3] == 'F'
        voiced.append(pitch > 0 and (pitch > F0_BETWEEN_HZ) == woman)
    return [
        share(f'style as prompted, {split} voices', styled, 98),
        share(f'voice as prompted, {split} voices', voiced, 98),
    ]


def _style(words: list[str], domain: Domain) -> str:
    """Return the style whose ending closes a reply; the one without an ending otherwise."""
    for style in domain.styles.values():
        ending = spoken(style.ending)
        if ending and words[-len(ending) :] == ending:
            return style.name
    return next(style.name for style in domain.styles.values() if not style.ending)
