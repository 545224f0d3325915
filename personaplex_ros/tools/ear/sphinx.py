# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""PocketSphinx as the ear uses it: decoders, what they listen for, and where they heard a word."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from personaplex_ros.tools.ear.grammar import EarError
from personaplex_ros.tools.ear.other_words import marked
from personaplex_ros.tools.ear.other_words import other_words


@dataclass(frozen=True)
class Span:
    """Where a word lies in an utterance, in frames of 10 ms."""

    begin: int
    end: int
    """The last of them."""

    def __len__(self) -> int:
        return self.end - self.begin + 1

    def overlaps(self, other: 'Span') -> bool:
        """Whether both have a frame in common."""
        return self.begin <= other.end and other.begin <= self.end


def sphinx() -> Any:
    """Return the module. Raises EarError where it is not installed."""
    try:
        import pocketsphinx
    except ImportError as error:
        raise EarError(
            f'no ear: pocketsphinx cannot be imported ({error}); '
            'install it with `pip install pocketsphinx` (requirements/ear.txt)'
        ) from None
    return pocketsphinx


def decoder(**settings: float | str) -> Any:
    """Return a decoder with the acoustic model and the dictionary, which listens for nothing yet.

    It has no bestpath: that second search at the end holds the whole process up for over 100 ms.
    Raises EarError.
    """
    return sphinx().Decoder(loglevel='FATAL', lm=None, bestpath=False, **settings)


def learn_other_words(learner: Any) -> None:
    """Add the words of talk, under the names that they have in the grammar."""
    for word, name in zip(other_words(), marked(other_words()), strict=True):
        phones = learner.lookup_word(word)
        if phones is not None:
            learner.add_word(name, phones, True)


def listen_for(listener: Any, jsgf: str) -> None:
    """Search for what a grammar allows."""
    listener.add_jsgf_string('commands', jsgf)
    listener.activate_search('commands')


def spans_of(found: Any, word: str) -> Iterator[Span]:
    """Yield where a decoder heard a word; a second pronunciation is shown as word(2)."""
    for segment in found.seg() or ():
        if segment.word.partition('(')[0] == word:
            yield Span(segment.start_frame, segment.end_frame)
