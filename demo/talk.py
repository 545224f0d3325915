# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the visitor said and what the robot answered, side by side."""

from collections.abc import Iterator
from dataclasses import asdict
from dataclasses import dataclass
import re
from typing import Any

BEFORE_WORDS_S = 0.3
"""The robot may answer so long before a recogniser has told the visitor's sentence."""

DECISIVE_WORDS = 2
"""The first words of nano's replies tell what it understood; the rest may be cut off."""


@dataclass(frozen=True)
class Exchange:
    """One sentence of the visitor and all that the robot said until the next one."""

    t_s: float
    visitor: str
    robot: str
    wanted: str
    """The right answer; '' where there is none."""

    @property
    def understood(self) -> bool:
        """Whether the answer begins as the right one does."""
        first = _spoken(self.wanted)[:DECISIVE_WORDS]
        return bool(first) and _spoken(self.robot)[: len(first)] == first

    @property
    def word_for_word(self) -> bool:
        """Whether it is the right one."""
        return bool(self.wanted) and _spoken(self.robot) == _spoken(self.wanted)

    @property
    def as_far_as_it_goes(self) -> bool:
        """Whether it is the right one, or was cut off while it was."""
        said = _spoken(self.robot)
        return bool(said) and _spoken(self.wanted)[: len(said)] == said

    def as_json(self) -> dict[str, Any]:
        """Return what summary.json says of it."""
        return {**asdict(self), 'understood': self.understood} if self.wanted else asdict(self)


def exchanges(events: list[dict[str, Any]], replies: dict[str, str]) -> list[Exchange]:
    """Return the conversation; replies: the right answer to each sentence that has one."""
    heard = [event for event in events if event['event'] == 'heard']
    begins = [event['t_s'] - BEFORE_WORDS_S for event in heard]
    ends = [*begins, float('inf')][1:]
    return [
        Exchange(
            t_s=one['t_s'],
            visitor=one['text'],
            robot=' '.join(_pieces(events, begin, end).split()),
            wanted=replies.get(one['text'], ''),
        )
        for one, begin, end in zip(heard, begins, ends, strict=True)
    ]


def understanding(conversation: list[Exchange]) -> str:
    """Return one line for the table."""
    asked = [one for one in conversation if one.wanted]
    if not asked:
        return 'not known: the words of this recording have no given answers'
    understood = sum(one.understood for one in asked)
    exactly = sum(one.word_for_word for one in asked)
    return f'{understood} of {len(asked)} understood, {exactly} answered word for word'


def told(conversation: list[Exchange]) -> Iterator[str]:
    """Yield the conversation as lines for a terminal."""
    for one in conversation:
        yield f'  {one.t_s:5.1f} s  visitor: {one.visitor}'
        verdict = '' if one.as_far_as_it_goes or not one.wanted else f'   (right: {one.wanted})'
        yield f'           robot:   {one.robot or "(nothing)"}{verdict}'


def _pieces(events: list[dict[str, Any]], begin_s: float, end_s: float) -> str:
    tokens = (event for event in events if event['event'] == 'token')
    return ''.join(one['piece'] for one in tokens if begin_s <= one['t_s'] < end_s)


def _spoken(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())
