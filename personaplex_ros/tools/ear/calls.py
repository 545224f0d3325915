# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Whether a search heard the robot called, and what it was told."""

from collections.abc import Sequence
from typing import Any

from personaplex_ros.tools.ear.other_words import is_talk
from personaplex_ros.tools.ear.sphinx import Span
from personaplex_ros.tools.ear.sphinx import spans_of

SHORTEST_PHONE = 8.5
"""In frames of 10 ms, on average of a wake word. A search finds `robot` in `run` and in half a
`robert`: of 19 sentences without it, taken for commands, 15 had it shorter than this (development
voices). In 168 commands no `robot` was shorter than 45 frames, 0.45 s, also with no pause behind.
"""


class Calls:
    """Takes a command only behind a wake word in its length."""

    def __init__(self, wake_word: str, phones: str) -> None:
        """phones: how the wake word is pronounced, in the phones of the dictionary."""
        self._wake_word = wake_word
        self._shortest = SHORTEST_PHONE * len(phones.split())

    def command(self, found: Any, near: Sequence[Span]) -> str:
        """Return what a decoder found, if it is a command with the call in these places."""
        words = found.hyp()
        if words is None or is_talk(words.hypstr.split()):
            return ''
        calls = (c for c in spans_of(found, self._wake_word) if len(c) >= self._shortest)
        return words.hypstr if any(c.overlaps(n) for c in calls for n in near) else ''
