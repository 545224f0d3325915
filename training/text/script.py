# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Personas and the words of conversations, drawn at random within the domain."""

from dataclasses import dataclass
from dataclasses import field

import numpy as np

from training.text.domain import ANY
from training.text.domain import Domain
from training.text.domain import Intent
from training.text.domain import OFFER
from training.text.domain import sentence
from training.text.domain import Style

FACT_RATE = 0.75
"""Share of prompts that hold a given fact; without it the robot must say that it does not know."""

FOLLOW_RATE = 0.35
"""Share of later turns that refer to the one before."""

FACTS_RATE = 0.16
"""Share of the turns that begin a topic which are drawn among the questions for facts: few intents
ask for one, and it is facts that answers mix up."""


@dataclass(frozen=True)
class Persona:
    """Who the agent is, as the text prompt says."""

    name: str
    style: Style
    facts: dict[str, str] = field(default_factory=dict)
    prompt: str = ''


@dataclass(frozen=True)
class Turn:
    """One question and its one right answer."""

    intent: str
    says: str
    reply: str


def draw_persona(domain: Domain, rng: np.random.Generator) -> Persona:
    """Return a persona and one of the ways to prompt it."""
    name = str(rng.choice(domain.names))
    style = domain.styles[str(rng.choice(list(domain.styles)))]
    facts = {
        slot: str(rng.choice(fact.values))
        for slot, fact in domain.facts.items()
        if rng.random() < FACT_RATE
    }
    told = [domain.facts[slot].prompt.format(facts[slot]) for slot in rng.permutation(list(facts))]
    prompt = str(rng.choice(domain.prompts)).format(
        style=rng.choice(style.words),
        name=name,
        place=rng.choice(domain.places),
        facts=' '.join(told),
    )
    return Persona(name, style, facts, prompt.strip())


def persona_choices(domain: Domain) -> list[int]:
    """Return how many answers there are to each question about a persona."""
    facts = [1 + len(fact.values) for fact in domain.facts.values()]
    return [len(domain.styles), len(domain.names), *facts]


def persona_labels(domain: Domain, persona: Persona) -> list[int]:
    """Return style, name and each fact as numbers; a fact that the prompt leaves out is 0."""
    facts = [
        1 + fact.values.index(persona.facts[slot]) if slot in persona.facts else 0
        for slot, fact in domain.facts.items()
    ]
    style = list(domain.styles).index(persona.style.name)
    return [style, domain.names.index(persona.name), *facts]


def draw_turns(
    domain: Domain, persona: Persona, rng: np.random.Generator, count: int
) -> list[Turn]:
    """Return `count` turns; some of them refer to the one before."""
    turns: list[Turn] = []
    for _ in range(count):
        choices = _followers(domain, turns[-1].intent) if turns else []
        if not choices or rng.random() > FOLLOW_RATE:
            asked = rng.random() < FACTS_RATE
            choices = domain.asking_facts if asked else domain.beginners
        intent = choices[rng.integers(len(choices))]
        turns.append(_turn(domain, persona, intent, turns, rng))
    return turns


def stem_for(domain: Domain, persona: Persona, intent: Intent) -> str:
    """Return the right answer without its ending, for an intent that is no repetition."""
    slot = intent.slot
    if slot in domain.facts and slot not in persona.facts:
        return domain.unknown_fact
    return intent.reply.format(name=persona.name, **persona.facts)


def dress(domain: Domain, says: str, rng: np.random.Generator) -> str:
    """Put an opener before and a closer behind what is said, or neither."""
    parts = (rng.choice(domain.openers), says, rng.choice(domain.closers))
    return ' '.join(str(part) for part in parts if part)


def _followers(domain: Domain, before: str) -> list[Intent]:
    offers = domain.intents[before].offer
    return [
        intent
        for intent in domain.intents.values()
        if ANY in intent.after or before in intent.after or (offers and OFFER in intent.after)
    ]


def _turn(
    domain: Domain,
    persona: Persona,
    intent: Intent,
    before: list[Turn],
    rng: np.random.Generator,
) -> Turn:
    if intent.slot == 'last':  # said again as it was, whatever it was
        reply = before[-1].reply
    else:
        reply = sentence(stem_for(domain, persona, intent), persona.style)
    return Turn(intent.name, str(rng.choice(intent.says)), reply)
