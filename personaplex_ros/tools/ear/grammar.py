# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the ear listens for, from tools.yaml, in JSGF (W3C note `JSpeech Grammar Format`, 2000)."""

from collections.abc import Callable
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from math import floor

from personaplex_ros.tools.catalogue import Catalogue
from personaplex_ros.tools.catalogue import Tool
from personaplex_ros.tools.ear.other_words import other_words
from personaplex_ros.tools.ear.other_words import rules as rules_of_talk
from personaplex_ros.tools.ear.spelling import ways_to_spell
from personaplex_ros.tools.pattern import Expansion
from personaplex_ros.tools.pattern import Slot
from personaplex_ros.tools.phrase_trie import is_number_slot
from personaplex_ros.tools.phrase_trie import ways_to_say

MAX_NUMBERS = 1_001
"""A wider range is not listened for: too many numbers sound alike."""

ROUND = 5
OFTEN = 30
"""Multiples of ROUND are said more often than other numbers, for the search so many times. Without
it `ninety` is heard as `eighty eight`."""

BEFORE = ('please', 'can you', 'could you')
AFTER = ('please',)
"""Courtesy that may stand around a command; more of it costs accuracy."""

ANSWERS = ('yes please', 'go ahead', 'no')
"""To a question of the robot. A mere `yes` is too short to tell from other words."""

Knows = Callable[[str], bool]
"""Whether the ear has a pronunciation of a word."""


@dataclass(frozen=True)
class CommandGrammar:
    """A JSGF text, and what is in the file but not in it."""

    jsgf: str
    left_out: tuple[str, ...]
    """`tool: why`, one line each."""


class EarError(ValueError):
    """Nothing can be listened for; the text says why."""


def command_grammar(catalogue: Catalogue, wake_word: str, knows: Knows) -> CommandGrammar:
    """Return the grammar of what users may say, the wake word always first.

    wake_word: one word, of the file's `address`. Raises EarError.
    """
    if (wake_word,) not in catalogue.address:
        names = ', '.join(' '.join(name) for name in catalogue.address) or 'none'
        raise EarError(f'wake_word is {wake_word!r}; expected one of `address` ({names})')
    if not knows(wake_word):
        raise EarError(f'wake_word {wake_word!r} has no pronunciation in the dictionary')
    writer = _Writer(knows)
    for tool in catalogue.tools.values():
        writer.add_tool(tool)
    spoken = [*catalogue.estop_phrases, *catalogue.cancel_phrases]
    writer.add_plain([words for words in spoken if wake_word not in words])
    writer.add_plain([words[1:] for words in spoken if words[0] == wake_word and words[1:]])
    writer.add_plain([tuple(answer.split()) for answer in ANSWERS])
    return CommandGrammar(writer.text(wake_word), tuple(writer.left_out))


class _Writer:
    """Collects rules; words without a pronunciation take their way of saying it with them."""

    def __init__(self, knows: Knows) -> None:
        self._knows = knows
        self._commands: dict[str, None] = {}
        self._rules: dict[str, str] = {}
        self.left_out: list[str] = []

    def add_tool(self, tool: Tool) -> None:
        """Take the phrases of the user."""
        for expansion in tool.phrases.get('user', ()):
            try:
                self._commands[self._way(tool, expansion)] = None
            except _UnsayableError as error:
                line = f'{tool.name}: {error}'
                if line not in self.left_out:
                    self.left_out.append(line)

    def add_plain(self, phrases: Iterable[tuple[str, ...]]) -> None:
        """Take phrases without slots."""
        for words in phrases:
            if all(map(self._knows, words)):
                self._commands[' '.join(words)] = None

    def text(self, wake_word: str) -> str:
        """Return the JSGF text. Raises EarError."""
        if not self._commands:
            raise EarError('no command of the file can be listened for')
        rules = [f'<{name}> = {body};' for name, body in self._rules.items()]
        before, after = ' | '.join(BEFORE), ' | '.join(AFTER)
        return '\n'.join(
            [
                '#JSGF V1.0;',
                'grammar commands;',
                f'public <spoken> = {wake_word} [{before}] <command> [{after}] | <other>;',
                f'<command> = {" | ".join(self._commands)};',
                *rules_of_talk(wake_word, filter(self._knows, other_words())),
                *rules,
                '',
            ]
        )

    def _way(self, tool: Tool, expansion: Expansion) -> str:
        parts = []
        for part in expansion:
            if isinstance(part, Slot):
                parts.append(self._slot(tool, part.name))
            elif self._knows(str(part)):
                parts.append(str(part))
            else:
                raise _UnsayableError(f'{part!r} has no pronunciation in the dictionary')
        return ' '.join(parts)

    def _slot(self, tool: Tool, parameter: str) -> str:
        rule = f'{tool.name}_{parameter}'
        if rule not in self._rules:
            ways = [way for way in _names(tool, parameter) if self._is_known(way)]
            rare = [way for way in _other_numbers(tool, parameter) if self._is_known(way)]
            if not ways and not rare:
                raise _UnsayableError(f'no value of {parameter!r} can be listened for')
            weighted = [*(f'/{OFTEN}/ {way}' for way in ways), *(f'/1/ {way}' for way in rare)]
            self._rules[rule] = ' | '.join(dict.fromkeys(weighted if rare else ways))
        return f'<{rule}>'

    def _is_known(self, way: str) -> bool:
        return all(map(self._knows, way.split()))


class _UnsayableError(ValueError):
    """A way of saying it that the ear cannot have."""


def _names(tool: Tool, parameter: str) -> Iterable[str]:
    """Yield what values are called, and the numbers that are round."""
    yield from (' '.join(words) for _, words in ways_to_say(tool, parameter))
    for number in _numbers(tool, parameter):
        if number % ROUND == 0:
            yield from ways_to_spell(number)


def _other_numbers(tool: Tool, parameter: str) -> Iterable[str]:
    for number in _numbers(tool, parameter):
        if number % ROUND:
            yield from ways_to_spell(number)


def _numbers(tool: Tool, parameter: str) -> range:
    """Return the numbers to listen for; none where there are too many."""
    if not is_number_slot(tool, parameter):
        return range(0)
    schema = tool.parameters[parameter]
    low, high = ceil(schema['minimum']), floor(schema['maximum'])
    return range(low, high + 1) if high - low < MAX_NUMBERS else range(0)
