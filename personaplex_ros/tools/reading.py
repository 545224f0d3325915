# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a sentence with a phrase in it amounts to: commands, or other talk and why."""

from collections.abc import Sequence
from dataclasses import dataclass

from personaplex_ros.tools import english
from personaplex_ros.tools.english import Words
from personaplex_ros.tools.phrase_trie import Match

MAX_READINGS = 32
"""Readings kept per place in the sentence; more than one best at the end is ambiguous."""


@dataclass(frozen=True)
class Sentence:
    """A sentence that has ended, hesitations left out."""

    words: Words
    is_question: bool
    is_quoted: bool
    """There is a quotation mark in it, or one open before it."""

    odd_mark: str
    """A mark that plain commands do not have, or ''."""


@dataclass(frozen=True)
class Reading:
    """Commands in the order they were said, or why there are none."""

    matches: tuple[Match, ...] = ()
    reason: str = ''


class Frame:
    """What may stand around a command of one speaker."""

    def __init__(self, speaker: str, address: Sequence[Words]) -> None:
        self._is_user = speaker == 'user'
        leads = english.USER_LEADS if self._is_user else english.AGENT_LEADS
        tails = english.USER_TAILS if self._is_user else english.AGENT_TAILS
        names = address if self._is_user else ()
        self._leads = _by_first_word([*leads, *names])
        self._tails = _by_first_word([*tails, *names])
        self._joints = _by_first_word(english.JOINTS)
        self._requests = set(english.REQUESTS if self._is_user else ())
        self._request_tails = set(english.REQUEST_TAILS if self._is_user else ())

    def read(self, sentence: Sentence, matches: Sequence[Match]) -> Reading:
        """Read a sentence that holds at least one match."""
        if sentence.is_quoted:
            return Reading(reason='quotation: there are quotation marks')
        if sentence.odd_mark:
            return Reading(reason=f'no plain command: {sentence.odd_mark!r} in the sentence')
        found = _Tiling(self, sentence, matches).best()
        if not found:
            return Reading(reason=why_not(sentence, matches))
        if len({path.matches for path in found}) > 1:
            said = ' or '.join(sorted({match.tool for p in found for match in p.matches}))
            return Reading(reason=f'ambiguous: it can be read as {said} in more than one way')
        if sentence.is_question and not all(path.is_request for path in found):
            return Reading(reason='question: it asks, and is no request')
        return Reading(found[0].matches)


@dataclass(frozen=True)
class _Path:
    """A reading up to a place: commands, words they cover, and whether it is a request."""

    matches: tuple[Match, ...] = ()
    covered: int = 0
    is_request: bool = False


class _Tiling:
    """Cover the whole sentence with commands and their companions, left to right."""

    def __init__(self, frame: Frame, sentence: Sentence, matches: Sequence[Match]) -> None:
        self._frame = frame
        self._words = sentence.words
        size = len(self._words) + 1
        self._before: list[dict[_Path, None]] = [{} for _ in range(size)]
        self._after: list[dict[_Path, None]] = [{} for _ in range(size)]
        self._starts: dict[int, list[Match]] = {}
        for match in matches:
            self._starts.setdefault(match.start, []).append(match)

    def best(self) -> list[_Path]:
        """Return the complete readings with the most words in commands."""
        self._before[0][_Path()] = None
        for at in range(len(self._words)):
            for path in self._after[at]:
                self._leave(at, path)
            for path in self._before[at]:
                self._enter(at, path)
        whole = list(self._after[-1])
        most = max((path.covered for path in whole), default=0)
        return [path for path in whole if path.covered == most]

    def _enter(self, at: int, path: _Path) -> None:
        """Before a command: companions, or the command itself."""
        for lead in _found(self._frame._leads, self._words, at):
            is_request = path.is_request or lead in self._frame._requests
            self._put(self._before, at + len(lead), path.matches, path.covered, is_request)
        for match in self._starts.get(at, ()):
            covered = path.covered + match.end - match.start
            matches = (*path.matches, match)
            self._put(self._after, match.end, matches, covered, path.is_request)

    def _leave(self, at: int, path: _Path) -> None:
        """After a command: companions, or the next command."""
        for tail in _found(self._frame._tails, self._words, at):
            is_request = path.is_request or tail in self._frame._request_tails
            self._put(self._after, at + len(tail), path.matches, path.covered, is_request)
        for joint in _found(self._frame._joints, self._words, at):
            self._put(self._before, at + len(joint), path.matches, path.covered, path.is_request)
        for match in self._starts.get(at, ()):  # 'stop stop': the same again needs no joint
            last = path.matches[-1]
            if (match.tool, match.arguments) == (last.tool, last.arguments):
                self._put(self._after, match.end, path.matches, path.covered, path.is_request)

    def _put(
        self,
        table: list[dict[_Path, None]],
        at: int,
        matches: tuple[Match, ...],
        covered: int,
        is_request: bool,
    ) -> None:
        if len(table[at]) < MAX_READINGS:
            table[at][_Path(matches, covered, is_request)] = None


def why_not(sentence: Sentence, matches: Sequence[Match]) -> str:
    """Say what kind of talk a sentence is in which a phrase is no command."""
    covered = {at for match in matches for at in range(match.start, match.end)}
    others = [word for at, word in enumerate(sentence.words) if at not in covered]
    for kind, signs in english.SIGNS:
        sign = next((word for word in others if word in signs), '')
        if sign:
            return f'{kind}: {sign!r} in the sentence'
    if sentence.is_question:
        return 'question: it asks, and is no request'
    beside = ' '.join(others)[:80]
    return f'no plain command: {beside!r} beside it' if beside else 'no plain command'


def is_made_of(
    words: Sequence[str], phrases: Sequence[Words], companions: Sequence[Words] = ()
) -> bool:
    """Whether a sentence is nothing but phrases, at least one of them, and companions."""
    reachable = {(0, False)}
    for at in range(len(words)):
        for has_phrase in (False, True):
            if (at, has_phrase) in reachable:
                for part in (*phrases, *companions):
                    if tuple(words[at : at + len(part)]) == part:
                        reachable.add((at + len(part), has_phrase or part in phrases))
    return (len(words), True) in reachable


def _by_first_word(phrases: Sequence[Words]) -> dict[str, list[Words]]:
    out: dict[str, list[Words]] = {}
    for phrase in phrases:
        out.setdefault(phrase[0], []).append(phrase)
    return out


def _found(index: dict[str, list[Words]], words: Words, at: int) -> list[Words]:
    return [p for p in index.get(words[at], ()) if words[at : at + len(p)] == p]
