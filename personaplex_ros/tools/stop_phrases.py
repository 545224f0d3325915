# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The emergency stop among a user's words: with hyphens or without, with an "uh" in between."""

from collections.abc import Iterable

from personaplex_ros.tools import english
from personaplex_ros.tools.echo import contains
from personaplex_ros.tools.english import Words
from personaplex_ros.tools.scanner import plain_words


class StopPhrases:
    """What presses the stop. It never changes, so that any thread may ask it."""

    def __init__(self, phrases: Iterable[Words]) -> None:
        self._phrases = tuple(map(_unjoined, phrases))

    def are_in(self, text: str) -> bool:
        """Whether one of them stands anywhere in the text; negation is not looked at."""
        words = _unjoined(plain_words(text))
        fluent = tuple(word for word in words if word not in english.HESITATIONS)
        return any(contains(words, one) or contains(fluent, one) for one in self._phrases)


def _unjoined(words: Iterable[str]) -> Words:
    """Return words with those joined by a hyphen apart: `emergency-stop` is a stop as well."""
    return tuple(part for word in words for part in word.split('-') if part)
