# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What people say that is no command: a search that knows commands alone hears one in anything."""

from collections.abc import Iterable
from collections.abc import Iterator

_COMMON = (
    'a all and are as at be been both but by day did do does drove for from good goes had has '
    'have he her his home house how i if in is it know like little man my name new not of old one '
    'or our out people said sat she so some somebody stands switched thank that the their then '
    'there they think this time to today turned turns very walked was water we went were what '
    'when where who why will with woman would yesterday you your'
)
COMMON = tuple(_COMMON.split())
"""Frequent English words, and forms of verbs that tell rather than order."""

LIKE_ROBOT = ('nobody', 'rob', 'robbed', 'robbery', 'robert', 'robots', 'robust', 'row')
"""What the usual wake word is mistaken for."""

NEGATIONS = ('never', 'nothing', 'nowhere', 'without')

MARK = '_'
"""Ends the names of these words in the grammar: `the_` is talk, `the` is part of a command."""

MORE = 1e-14
"""Probability that talk goes on behind each of its words; the smaller, the more commands are kept
and the more talk is taken for one. Without these words 89 of 90 commands were right and 41 of 64
sentences that are made to be mistaken acted (tuning voices, PocketSphinx 5.1.1); of half of each,
40 and 0 at 1e-4, 42 and 1 at 1e-8, 42 and 3 at 1e-14, 43 and 14 at 1e-40."""


def other_words() -> list[str]:
    """Return all of them, without the mark."""
    return sorted({*COMMON, *LIKE_ROBOT, *NEGATIONS})


def marked(words: Iterable[str]) -> Iterator[str]:
    """Yield the names that they have in the grammar."""
    return (f'{word}{MARK}' for word in words)


def is_talk(words: Iterable[str]) -> bool:
    """Whether the search has found other words than a command's."""
    return any(word.endswith(MARK) for word in words)


def rules(wake_word: str, known: Iterable[str]) -> list[str]:
    """Return the lines of JSGF for the rule <other>: talk, also to the robot."""
    spoken = [word for word in known if word != wake_word]
    return [
        f'<other> = [{wake_word}] <word> <more>;',
        f'<more> = /1/ <NULL> | /{MORE:.20f}/ <word> <more>;',
        f'<word> = {" | ".join(marked(spoken))};',
    ]
