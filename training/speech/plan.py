# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Which sentences are spoken, by whom, and how often."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from training.settings import seeded
from training.speech.casts import Cast
from training.speech.casts import INVENTED
from training.speech.casts import PEOPLE
from training.speech.casts import TRAINED
from training.speech.casts import UNHEARD
from training.speech.casts import visitor_manner
from training.speech.voices import agent_manner
from training.speech.voices import AGENT_VOICES
from training.speech.voices import Manner
from training.text.domain import Domain
from training.text.script import dress

AGENT, VISITOR = 'agent', 'visitor'
TRAIN, KNOWN, UNSEEN = 'train', 'known', 'unseen'
"""Splits: known and unseen are for judging, by voices of the training and by others."""

INVENTED_FROM = 450
"""From this clip of an intent on, espeak-ng's visitors have voices that nobody brings along."""

PEOPLE_FROM = 530
"""From this clip on, they have voices that began as people."""


@dataclass(frozen=True)
class Order:
    """One clip to render."""

    role: str
    split: str
    intent: str
    """'' for the agent's."""

    text: str
    manner: Manner


@dataclass(frozen=True)
class Amount:
    """How much is spoken."""

    agent_takes: int = 1
    """Of every reply by every agent voice."""

    per_intent: int = 2_000
    """Visitors' clips for training."""

    judged_per_intent: int = 12
    """Visitors' clips of each judging split."""


def orders(domain: Domain, amount: Amount) -> Iterator[Order]:
    """Yield every clip, the same ones every time; more per intent only adds some at the end."""
    yield from _agents(domain, amount)
    for split in (KNOWN, UNSEEN):
        yield from _visitors(domain, split, amount.judged_per_intent)
    yield from _visitors(domain, TRAIN, amount.per_intent)


def _agents(domain: Domain, amount: Amount) -> Iterator[Order]:
    for text in domain.replies():
        for voice in AGENT_VOICES:
            for take in range(amount.agent_takes):
                yield Order(AGENT, TRAIN, '', text, agent_manner(voice, take))


def _visitors(domain: Domain, split: str, count: int) -> Iterator[Order]:
    for index, intent in product(range(count), domain.intents.values()):
        rng: np.random.Generator = seeded(split, intent.name, index)
        says = intent.says[index % len(intent.says)]
        yield Order(
            role=VISITOR,
            split=split,
            intent=intent.name,
            text=dress(domain, says, rng),
            manner=visitor_manner(rng, _cast(split, index)),
        )


def _cast(split: str, index: int) -> Cast:
    if split == UNSEEN:
        return UNHEARD
    if split == KNOWN or index < INVENTED_FROM:
        return TRAINED
    return INVENTED if index < PEOPLE_FROM else PEOPLE
