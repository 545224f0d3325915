# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""All phrases of a speaker in one trie over words, and the walk through it, a word at a time."""

from collections.abc import Iterator
from typing import Any
from typing import NamedTuple

from personaplex_ros.tools.catalogue import Catalogue
from personaplex_ros.tools.catalogue import Tool
from personaplex_ros.tools.numbers import MAX_WORDS
from personaplex_ros.tools.numbers import may_continue
from personaplex_ros.tools.numbers import parse_number
from personaplex_ros.tools.pattern import Expansion
from personaplex_ros.tools.scanner import plain_words

MAX_THREADS = 4_000
"""Readings followed at once; a sentence that opens more has no match at all."""

MAX_MATCHES = 256


class Match(NamedTuple):
    """A phrase found in words[start:end] of a sentence."""

    tool: str
    start: int
    end: int
    arguments: tuple[tuple[str, Any], ...]
    """As said; the gate checks them."""


class _Node:
    """Where a phrase stands after some of its parts."""

    __slots__ = ('ends', 'numbers', 'slots', 'values', 'words')

    def __init__(self) -> None:
        self.words: dict[str, _Node] = {}
        self.ends: list[str] = []
        self.slots: dict[tuple[str, str], _Node] = {}  # (tool, parameter) -> after its value
        self.values: dict[str, list[_Value]] = {}  # by first word
        self.numbers: list[tuple[str, _Node]] = []


class _Value(NamedTuple):
    """One way to say a value: what follows its first word, and where it leads."""

    rest: tuple[str, ...]
    parameter: str
    value: Any
    after: _Node


_Captures = tuple[tuple[str, Any], ...]


class _Thread(NamedTuple):
    """One reading under way; `rest` are words of a value still to come."""

    node: _Node
    start: int
    captures: _Captures
    rest: tuple[str, ...] = ()
    number: tuple[str, ...] = ()
    parameter: str = ''


class PhraseTrie:
    """The phrases that one speaker may use."""

    def __init__(self, catalogue: Catalogue, speaker: str) -> None:
        self._root = _Node()
        for tool in catalogue.tools.values():
            for expansion in tool.phrases.get(speaker, ()):
                self._add(tool, expansion)

    def walk(self) -> 'Walk':
        """Begin a sentence."""
        return Walk(self._root)

    def _add(self, tool: Tool, expansion: Expansion) -> None:
        node = self._root
        for part in expansion:
            if isinstance(part, str):
                node = node.words.setdefault(part, _Node())
            else:
                node = _slot(node, tool, part.name)  # type: ignore[union-attr]
        if tool.name not in node.ends:
            node.ends.append(tool.name)


def _slot(node: _Node, tool: Tool, parameter: str) -> _Node:
    key = (tool.name, parameter)
    if key in node.slots:
        return node.slots[key]
    after = node.slots[key] = _Node()
    for value, words in ways_to_say(tool, parameter):
        node.values.setdefault(words[0], []).append(_Value(words[1:], parameter, value, after))
    if is_number_slot(tool, parameter):
        node.numbers.append((parameter, after))
    return after


def is_number_slot(tool: Tool, parameter: str) -> bool:
    """Whether a parameter is said as any number of its range."""
    schema = tool.parameters[parameter]
    return schema['type'] in ('integer', 'number') and 'enum' not in schema


def ways_to_say(tool: Tool, parameter: str) -> Iterator[tuple[Any, tuple[str, ...]]]:
    """Yield (value, words) for every name a value has."""
    for value in tool.parameters[parameter].get('enum', ()):
        words = tuple(plain_words(str(value).replace('_', ' ')))
        if words:
            yield value, words
    for value, sayings in tool.words.get(parameter, {}).items():
        for saying in sayings:
            yield value, tuple(plain_words(saying))


class Walk:
    """The readings of one sentence so far."""

    def __init__(self, root: _Node) -> None:
        self._root = root
        self._threads: list[_Thread] = []
        self._count = 0
        self.matches: list[Match] = []
        self.overflowed = False

    def word(self, word: str) -> None:
        """Take the next word of the sentence."""
        threads, self._threads = self._threads, []
        for thread in threads:
            self._advance(thread, word)
        self._advance(_Thread(self._root, self._count, ()), word)
        self._count += 1
        if len(self._threads) > MAX_THREADS or len(self.matches) > MAX_MATCHES:
            self.overflowed = True
            self._threads.clear()
            self.matches.clear()

    def pause(self) -> None:
        """Take a comma: `fifty, five` is not 55."""
        self._threads = [thread for thread in self._threads if not thread.number]

    def _advance(self, thread: _Thread, word: str) -> None:
        if thread.rest:
            if thread.rest[0] == word:
                self._value(thread.node, thread.start, thread.captures, thread.rest[1:])
            return
        if thread.number:
            self._number(thread, word)
            return
        node, start, captures = thread.node, thread.start, thread.captures
        after = node.words.get(word)
        if after is not None:
            self._arrive(after, start, captures)
        for value in node.values.get(word, ()):
            self._value(
                value.after, start, (*captures, (value.parameter, value.value)), value.rest
            )
        if node.numbers and may_continue(word):
            for parameter, behind in node.numbers:
                empty = _Thread(behind, start, captures, parameter=parameter)
                self._number(empty, word)

    def _value(self, node: _Node, start: int, captures: _Captures, rest: tuple[str, ...]) -> None:
        if rest:
            self._threads.append(_Thread(node, start, captures, rest))
        else:
            self._arrive(node, start, captures)

    def _number(self, thread: _Thread, word: str) -> None:
        words = (*thread.number, word)
        if len(words) > MAX_WORDS or not may_continue(word):
            return
        self._threads.append(
            _Thread(thread.node, thread.start, thread.captures, (), words, thread.parameter)
        )
        value = parse_number(words)
        if value is not None:
            self._arrive(thread.node, thread.start, (*thread.captures, (thread.parameter, value)))

    def _arrive(self, node: _Node, start: int, captures: _Captures) -> None:
        for tool in node.ends if len(self.matches) <= MAX_MATCHES else ():
            self.matches.append(Match(tool, start, self._count + 1, captures))
        if node.words or node.values or node.numbers:
            self._threads.append(_Thread(node, start, captures))
