# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""One speaker's words as they arrive: sentences, and the commands in them."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
import math

from personaplex_ros.tools import english
from personaplex_ros.tools.arguments import ArgumentError
from personaplex_ros.tools.arguments import checked_arguments
from personaplex_ros.tools.catalogue import Catalogue
from personaplex_ros.tools.english import Words
from personaplex_ros.tools.phrase_trie import Match
from personaplex_ros.tools.phrase_trie import PhraseTrie
from personaplex_ros.tools.phrase_trie import Walk
from personaplex_ros.tools.reading import Frame
from personaplex_ros.tools.reading import Reading
from personaplex_ros.tools.reading import Sentence
from personaplex_ros.tools.scanner import ENDS
from personaplex_ros.tools.scanner import Mark
from personaplex_ros.tools.scanner import Scanner
from personaplex_ros.tools.scanner import Token
from personaplex_ros.tools.unless import forbids

MAX_SENTENCE_WORDS = 120
"""A longer sentence is no command; its words are not kept."""

SENTENCES_BESIDE = 3
"""Sentences heard at once with a command that may still take it back."""

UTTERANCE_GAP_S = 2.0
"""A silence after which the next word begins a new utterance, if nobody said so before."""


@dataclass(frozen=True)
class Heard:
    """A sentence and what it amounts to."""

    words: Words
    is_plain: bool
    """Neither a question nor a quotation."""

    matches: tuple[Match, ...] = ()
    """Commands."""

    refused: tuple[Match, ...] = ()
    """Phrases that were said and are no commands."""

    reason: str = ''
    """Why they are none."""


@dataclass
class _Draft:
    """A sentence under way."""

    walk: Walk
    is_quoted: bool
    words: list[str] = field(default_factory=list)
    odd_mark: str = ''

    def ended(self, mark: str) -> Sentence:
        """Return it as it stands."""
        return Sentence(
            tuple(self.words),
            mark == '?',
            self.is_quoted,
            self.odd_mark or ('over-long' if self.walk.overflowed else ''),
        )


class Grammar:
    """What is listened for, for one speaker; shared by all who speak so."""

    def __init__(self, catalogue: Catalogue, speaker: str) -> None:
        self.trie = PhraseTrie(catalogue, speaker)
        self.frame = Frame(speaker, catalogue.address)
        self.pause_s = catalogue.listening.pause_s
        self._tools = catalogue.tools

    def read(self, sentence: Sentence, matches: list[Match]) -> Reading:
        """Read a sentence, the tools' own guards included."""
        reading = self.frame.read(sentence, matches)
        for match in reading.matches:
            guard = forbids(self._tools[match.tool], sentence.words)
            if guard:
                return Reading(reason=f'guard: {guard!r} is said')
        return reading

    def meaning(self, match: Match) -> str:
        """Return the arguments of a match in a form that can be compared."""
        arguments: Mapping[str, object] = dict(match.arguments)
        try:
            arguments = checked_arguments(self._tools[match.tool], arguments)
        except ArgumentError:
            pass  # the gate says so; here they are only told apart
        return repr(sorted(arguments.items()))


class Listener:
    """The utterances of one voice."""

    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar
        self._scanner = Scanner()
        self._block: list[tuple[Sentence, list[Match]]] = []
        self._last_word_s = -math.inf
        self._is_cut = False
        self._said: set[tuple[str, str]] = set()
        self._quote_is_open = False
        self._words_before: Words = ()
        self._draft = self._new_draft()

    def feed(self, text: str, now_s: float) -> list[Heard]:
        """Take a piece of text, cut anywhere; return the sentences that ended with it."""
        self._is_cut = self._is_cut and self.is_under_way(now_s)
        self._last_word_s = now_s
        if self._is_cut:
            return []
        return self._take(self._scanner.feed(text))

    def tick(self, now_s: float) -> list[Heard]:
        """Let a silence end the sentence, and a longer one the utterance."""
        quiet_s = now_s - self._last_word_s
        if quiet_s >= UTTERANCE_GAP_S:
            return self.end()
        return self._settle() if quiet_s >= self._grammar.pause_s else []

    def end(self) -> list[Heard]:
        """Say that the utterance is over."""
        heard = self._settle()
        self._new_utterance()
        return heard

    def drop(self) -> None:
        """Forget the sentence under way: its words were not heard by anyone."""
        self._scanner.flush()
        self._new_utterance()

    def cut(self, now_s: float) -> None:
        """Take note that words were missed: the rest of this utterance may mean the opposite."""
        self.drop()
        self._last_word_s = now_s
        self._is_cut = True

    @property
    def has_begun(self) -> bool:
        """Whether a sentence or a quotation is open."""
        return self._scanner.is_open or bool(self._draft.words) or self._quote_is_open

    def is_under_way(self, now_s: float) -> bool:
        """Whether there may be more to come of an utterance."""
        return now_s - self._last_word_s < UTTERANCE_GAP_S

    def _settle(self) -> list[Heard]:
        """End what is open, as a full stop would."""
        if not self._scanner.is_open and not self._draft.words:
            return []
        return self._take([*self._scanner.flush(), Mark('.')])

    def _take(self, tokens: list[Token]) -> list[Heard]:
        for token in tokens:
            if isinstance(token, str):
                self._word(token)
            else:
                self._mark(token.text)
        block, self._block = self._block, []
        return [self._heard(block, at) for at in range(len(block))]

    def _word(self, word: str) -> None:
        if word in english.HESITATIONS:
            return
        if len(self._draft.words) >= MAX_SENTENCE_WORDS:
            self._draft.odd_mark = 'over-long'
            return
        self._draft.words.append(word)
        self._draft.walk.word(word)

    def _mark(self, mark: str) -> None:
        draft = self._draft
        if mark in ENDS:
            self._end_sentence(mark)
        elif mark == '"':
            closes_the_last_sentence = self._quote_is_open and not draft.words
            draft.is_quoted = not closes_the_last_sentence
            self._quote_is_open = not self._quote_is_open
        elif mark == ',':
            draft.walk.pause()
        else:
            draft.odd_mark = draft.odd_mark or mark

    def _end_sentence(self, mark: str) -> None:
        if self._draft.words:
            self._block.append((self._draft.ended(mark), self._draft.walk.matches))
        elif mark == '?' and self._block:  # 'do it!?'
            sentence, matches = self._block[-1]
            self._block[-1] = (replace(sentence, is_question=True), matches)
        self._draft = self._new_draft()

    def _heard(self, block: list[tuple[Sentence, list[Match]]], at: int) -> Heard:
        sentence, matches = block[at]
        before, self._words_before = self._words_before, sentence.words
        is_plain = not (sentence.is_question or sentence.is_quoted)
        if not matches:
            return Heard(sentence.words, is_plain)
        later = [other.words for other, _ in block[at + 1 : at + 1 + SENTENCES_BESIDE]]
        later.append(tuple(self._draft.words))
        reading = self._beside(before, later) or self._grammar.read(sentence, matches)
        if reading.reason:
            return Heard(sentence.words, is_plain, (), _widest(matches), reading.reason)
        new = tuple(match for match in reading.matches if self._is_new(match))
        return Heard(sentence.words, is_plain, new)

    def _beside(self, before: Words, later: list[Words]) -> Reading | None:
        """Refuse what the sentences beside it report, quote or take back."""
        for words in (before, *later):
            sign = next((word for word in words if word in english.REPORTS), '')
            if sign:
                return Reading(reason=f'quotation: {sign!r} in the sentence beside it')
        for words in later:
            first = next((word for word in words if word not in english.TURNS), '')
            if first in english.NO_STARTS:
                return Reading(reason=f'taken back: {first!r} follows')
        return None

    def _is_new(self, match: Match) -> bool:
        """Whether this call was not yet asked for in this utterance, in whatever words."""
        key = (match.tool, self._grammar.meaning(match))
        if key in self._said:
            return False
        self._said.add(key)
        return True

    def _new_draft(self) -> _Draft:
        return _Draft(self._grammar.trie.walk(), self._quote_is_open)

    def _new_utterance(self) -> None:
        self._last_word_s = -math.inf
        self._is_cut = False
        self._said.clear()
        self._quote_is_open = False
        self._words_before = ()
        self._draft = self._new_draft()


def _widest(matches: list[Match]) -> tuple[Match, ...]:
    """Return one match per tool, the longest."""
    by_tool: dict[str, Match] = {}
    for match in sorted(matches, key=lambda match: match.end - match.start):
        by_tool[match.tool] = match
    return tuple(by_tool.values())
