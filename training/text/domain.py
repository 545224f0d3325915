# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The closed domain of nano, read from domain.yaml."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
import re
from typing import Any

import yaml

DOMAIN_PATH = Path(__file__).with_name('domain.yaml')
ANY = 'any'
OFFER = 'offer'


@dataclass(frozen=True)
class Intent:
    """One thing a visitor may want, the ways to say it, and the answer."""

    name: str
    reply: str
    """Without the style's ending; may hold {name}, {last} or one fact's slot."""

    says: tuple[str, ...]
    after: tuple[str, ...] = ()
    """Intents that it may follow; (ANY,) follows each, (OFFER,) those that offer; () may begin."""

    offer: bool = False
    """Its reply asks a question that yes or no answers."""

    @property
    def slot(self) -> str:
        """The name between braces in the reply, or ''."""
        found = re.search(r'{(\w+)}', self.reply)
        return found.group(1) if found else ''


@dataclass(frozen=True)
class Style:
    """A manner that the prompt asks for."""

    name: str
    words: tuple[str, ...]
    """What the prompt may call it."""

    ending: str
    """Closes each reply; '' for none."""


@dataclass(frozen=True)
class Fact:
    """Something that only the prompt knows."""

    slot: str
    prompt: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Domain:
    """All of domain.yaml."""

    intents: dict[str, Intent]
    styles: dict[str, Style]
    facts: dict[str, Fact]
    names: tuple[str, ...]
    places: tuple[str, ...]
    prompts: tuple[str, ...]
    openers: tuple[str, ...]
    closers: tuple[str, ...]
    unknown_fact: str

    @property
    def beginners(self) -> list[Intent]:
        """Intents that need nothing before them."""
        return [intent for intent in self.intents.values() if not intent.after]

    @property
    def asking_facts(self) -> list[Intent]:
        """Those of the beginners that are answered with a fact."""
        return [intent for intent in self.beginners if intent.slot in self.facts]

    def stems(self, intent: Intent) -> list[str]:
        """Return what this intent may be answered with, without endings; [] for a repetition."""
        slot = intent.slot
        if slot == 'last':
            return []
        if slot == 'name':
            return [intent.reply.format(name=name) for name in self.names]
        if slot:
            known = [intent.reply.format(**{slot: value}) for value in self.facts[slot].values]
            return [*known, self.unknown_fact]
        return [intent.reply]

    @property
    def visitor_words(self) -> list[str]:
        """Every word that a visitor may say, in alphabetical order."""
        says = [one for intent in self.intents.values() for one in intent.says]
        return sorted(
            {word for one in (*says, *self.openers, *self.closers) for word in spoken(one)}
        )

    def replies(self) -> list[str]:
        """Return every sentence the agent can say, endings included, as it is written."""
        stems = [stem for intent in self.intents.values() for stem in self.stems(intent)]
        return sorted({sentence(stem, style) for stem in stems for style in self.styles.values()})


@cache
def load_domain() -> Domain:
    """Read domain.yaml once."""
    raw: dict[str, Any] = yaml.safe_load(DOMAIN_PATH.read_text(encoding='utf-8'))
    lists = {key: tuple(raw[key]) for key in ('names', 'places', 'prompts', 'openers', 'closers')}
    return Domain(
        intents={name: _intent(name, one) for name, one in raw['intents'].items()},
        styles={
            name: Style(name, tuple(one['words']), one['ending'])
            for name, one in raw['styles'].items()
        },
        facts={
            slot: Fact(slot, one['prompt'], tuple(one['values']))
            for slot, one in raw['facts'].items()
        },
        unknown_fact=raw['unknown_fact'],
        **lists,
    )


def sentence(stem: str, style: Style) -> str:
    """Write a reply as it is printed: 'Turning left, at your service.'"""
    ending = f', {style.ending}' if style.ending else ''
    return f'{stem[0].upper()}{stem[1:]}{ending}.'


def spoken(text: str) -> list[str]:
    """Return the words of a text as grammars and comparisons want them."""
    return re.findall(r"[a-z']+", text.lower())


def _intent(name: str, raw: dict[str, Any]) -> Intent:
    after = raw.get('after', ())
    return Intent(
        name=name,
        reply=raw['reply'],
        says=tuple(raw['says']),
        after=(after,) if isinstance(after, str) else tuple(after),
        offer='offer' in raw,
    )
