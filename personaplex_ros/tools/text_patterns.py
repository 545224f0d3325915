# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Patterns of texts that a model fills in: none may take so long that a stop has to wait for it.

Python's re tries every way to fit a text, holds all threads up meanwhile and cannot be ended:
`^([a-z]+ ?)+$` takes hours for forty letters and a mark. So what costs time is bounded here.
"""

from collections.abc import Iterator
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

MAX_WAYS = 10**8
"""A second or two, where a pattern is as slow as it can be."""

_REPEATS = '*+{'


def longest_text(schema: Mapping[str, Any]) -> int:
    """Return how many characters a value of a string parameter can have."""
    if 'maxLength' in schema:
        return int(schema['maxLength'])
    return max(
        (len(value) for value in schema.get('enum', ()) if isinstance(value, str)), default=0
    )


def slow_pattern(schema: Mapping[str, Any]) -> str:
    """Return why the pattern of a string parameter could take for ever, or ''."""
    pattern = schema.get('pattern', '')
    tokens = list(_tokens(pattern))
    repeated = [before for before, token in pairwise(tokens) if token in _REPEATS]
    if ')' in repeated:
        return 'the pattern repeats a group, which can take for ever: repeat a set, as in [a-z ]+'
    starts = 0 if pattern.startswith('^') else 1
    if longest_text(schema) ** (len(repeated) + starts) > MAX_WAYS:
        return 'the pattern can take too long: begin it with ^, repeat less, or lower maxLength'
    return ''


def _tokens(pattern: str) -> Iterator[str]:
    """Yield the characters of a pattern; an escaped one and a set are one token each."""
    at = 0
    while at < len(pattern):
        end = at + 1
        if pattern[at] == '\\':
            end = at + 2
        elif pattern[at] == '[':
            end = _after_set(pattern, at)
        yield pattern[at:end]
        at = end


def _after_set(pattern: str, at: int) -> int:
    """Return where a set ends that begins at a place; `]` may be its first character."""
    at += 2 if pattern.startswith('[^', at) else 1
    at += 1 if pattern.startswith(']', at) else 0
    while at < len(pattern) and pattern[at] != ']':
        at += 2 if pattern[at] == '\\' else 1
    return at + 1
