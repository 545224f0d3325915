# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The phrase language: words, (this|that), [maybe], {slot}, and * in guards."""

from collections.abc import Iterator
from dataclasses import dataclass
import re

from personaplex_ros.tools.scanner import plain_words

MAX_EXPANSIONS = 500
MAX_DEPTH = 8
_TOKEN = re.compile(r'\s+|[()\[\]|*]|\{[^{}]*\}|[^\s()\[\]|{}*]+|.')


class PatternError(ValueError):
    """A phrase that cannot be read; the text says why."""


@dataclass(frozen=True)
class Slot:
    """A place for the value of a parameter."""

    name: str


@dataclass(frozen=True)
class Gap:
    """Any run of words, also none (guards only)."""


Expansion = tuple[str | Slot | Gap, ...]
"""One way to say a phrase, without choices."""


def expand(phrase: str, gaps: bool = False) -> tuple[Expansion, ...]:
    """Return every way to say a phrase.

    gaps: whether * may be used. Raises PatternError, also for over MAX_EXPANSIONS ways.
    """
    tokens = [token for token in _TOKEN.findall(phrase) if not token.isspace()]
    parser = _Parser(tokens, gaps)
    ways = list(dict.fromkeys(parser.choice(0)))
    parser.expect_end()
    if any(not way for way in ways):
        raise PatternError('the whole phrase may be left out: something must be required')
    return tuple(ways)


def literal(phrase: str) -> tuple[str, ...]:
    """Return the words of a phrase that has neither choices nor slots; raises PatternError."""
    ways = expand(phrase)
    words = tuple(part for part in ways[0] if isinstance(part, str))
    if len(ways) != 1 or words != ways[0]:
        raise PatternError('only plain words can stand here')
    return words


class _Parser:
    def __init__(self, tokens: list[str], gaps: bool) -> None:
        self._tokens = tokens
        self._at = 0
        self._gaps = gaps

    def choice(self, depth: int) -> list[Expansion]:
        if depth > MAX_DEPTH:
            raise PatternError(f'brackets nested deeper than {MAX_DEPTH}')
        ways = self._sequence(depth)
        while self._peek() == '|':
            self._at += 1
            ways = self._bounded([*ways, *self._sequence(depth)])
        return ways

    def expect_end(self) -> None:
        if self._at < len(self._tokens):
            raise PatternError(f'{self._tokens[self._at]!r} closes nothing')

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ''

    def _sequence(self, depth: int) -> list[Expansion]:
        ways: list[Expansion] = [()]
        while self._peek() and self._peek() not in '|)]':
            part = self._part(depth)
            ways = self._bounded([way + more for way in ways for more in part])
        return ways

    def _part(self, depth: int) -> list[Expansion]:
        token = self._peek()
        self._at += 1
        if token in ('(', '['):
            ways = self.choice(depth + 1)
            close = ')' if token == '(' else ']'
            if self._peek() != close:
                raise PatternError(f'{token!r} is not closed with {close!r}')
            self._at += 1
            return ways if token == '(' else [*ways, ()]
        return [tuple(self._atoms(token))]

    def _atoms(self, token: str) -> Iterator[str | Slot | Gap]:
        if token == '*':
            if not self._gaps:
                raise PatternError('* can stand in `unless` alone')
            yield Gap()
        elif token.startswith('{') and token.endswith('}'):
            yield Slot(token[1:-1].strip())
        else:
            words = plain_words(token)
            if not words:
                raise PatternError(f'{token!r} is neither a word nor a slot {{name}}')
            yield from words

    @staticmethod
    def _bounded(ways: list[Expansion]) -> list[Expansion]:
        if len(ways) > MAX_EXPANSIONS:
            raise PatternError(f'over {MAX_EXPANSIONS} ways to say it; use several phrases')
        return ways
