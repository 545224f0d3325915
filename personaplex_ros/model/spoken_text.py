# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Written text as it is spoken: numbers, units, times and abbreviations as words, in English."""

from collections.abc import Callable
from dataclasses import dataclass
import functools
import logging
import re

from personaplex_ros.model.word_alignment import opcodes

_log = logging.getLogger(__name__)

MAX_SPLIT_WORDS = 12
"""Changed words in a row that are told apart; each one costs two readings of what is left."""

MAX_CUTS = 100
"""Places in a text where changed words may be told apart: 20 ms of readings, on the model's thread
between two frames."""

_ADDRESS = re.compile(r'\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b(?:https?://|www\.)\S*\w', re.IGNORECASE)
_ADDRESS_MARKS = {'@': 'at', '.': 'dot', '/': 'slash', '-': 'dash', '_': 'underscore'}

_CODE = re.compile(
    r'(?<![\w.,$€£-])'
    r'(?:[+0]\d(?:[ -]?\d){5,}|(?!\d+000\b)\d{7,}|\d{3,}(?:-\d{3,})+)'
    r'(?![\w-]|[.,]\d)'
)
"""Telephone and order numbers: after + or 0, with hyphens, or seven digits that count nothing."""

_MIXED = re.compile(r'(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])')
_QUOTES = re.compile(r'[()\[\]{}<>"“”„«»*#~^\\]+')
_SEPARATORS = re.compile(r'[/|_]+')
_DIGITS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']
_WEEKDAYS = {
    'Mon.': 'Monday',
    'Tue.': 'Tuesday',
    'Wed.': 'Wednesday',
    'Thu.': 'Thursday',
    'Fri.': 'Friday',
    'Sat.': 'Saturday',
    'Sun.': 'Sunday',
}
_UNITS = {
    'mph': ('mile per hour', 'miles per hour'),
    'fps': ('frame per second', 'frames per second'),
    'deg': ('degree', 'degrees'),
}


@dataclass(frozen=True)
class Reading:
    """A piece of the text as it was written, and the words that are said for it."""

    written: str
    """One word, or several that are read together: '12.5 km'."""

    spoken: tuple[str, ...]


@functools.lru_cache(maxsize=8)  # a text is checked before it is said
def read_aloud(text: str) -> tuple[Reading, ...]:
    """Return how a text is read; the written parts joined by spaces are the text again.

    A text that the library cannot read is said as it stands, its digits one by one: better a
    clumsy word than a robot that keeps silent.
    """
    written = text.split()
    return tuple(_merge_silent(_align(written, _as_words(' '.join(written)))))


def _as_words(text: str) -> list[str]:
    normalize = _normalizer()
    text = re.sub(r'\d', lambda digit: str(int(digit[0])), text)  # of any script
    try:
        said = normalize(_ADDRESS.sub(_spell_address, _CODE.sub(_spell_code, text)))
        if re.search(r'\d', said):
            said = normalize(_MIXED.sub(' ', said))
    except Exception as error:  # whatever a rule stumbles over, the robot has to speak
        _log.warning('read as it stands, %s: %r', type(error).__name__, text[:80])
        said = text
    said = re.sub(r'\d', lambda digit: f' {_DIGITS[int(digit[0])]} ', said)
    return _SEPARATORS.sub(' ', _QUOTES.sub('', said)).split()


def _spell_code(code: re.Match[str]) -> str:
    """'12-34' -> 'one two, three four': a pause where the groups were."""
    groups = re.findall(r'\d+', code[0])
    plus = 'plus ' if code[0].startswith('+') else ''
    return plus + ', '.join(' '.join(_DIGITS[int(digit)] for digit in group) for group in groups)


def _spell_address(address: re.Match[str]) -> str:
    """'info@example.com' -> 'info at example dot com'."""
    said = re.sub(r'^https?://', '', address[0], flags=re.IGNORECASE)
    for mark, word in _ADDRESS_MARKS.items():
        said = said.replace(mark, f' {word} ')
    return ' '.join(said.split())


def _align(written: list[str], spoken: list[str]) -> list[Reading]:
    """Say which written words became which spoken ones."""
    readings: list[Reading] = []
    cuts = 0
    for tag, w0, w1, s0, s1 in opcodes(written, spoken):
        if tag == 'equal':
            readings += [Reading(word, (word,)) for word in written[w0:w1]]
        elif w1 - w0 <= MAX_SPLIT_WORDS and cuts + w1 - w0 <= MAX_CUTS:
            readings += _split(written[w0:w1], spoken[s0:s1], written[w1 : w1 + 1])
            cuts += max(0, w1 - w0 - 1)
        else:
            readings.append(Reading(' '.join(written[w0:w1]), tuple(spoken[s0:s1])))
    return readings


def _split(written: list[str], spoken: list[str], after: list[str]) -> list[Reading]:
    """Cut where both halves are read alone as they are read together: '3 kg' and '5 kg'.

    after: the word that follows; 'Dr.' is read by what comes after it.
    """
    readings = []
    start = said = 0
    for end in range(1, len(written)):
        head = _as_words(' '.join(written[start:end]))
        if head != spoken[said : said + len(head)]:
            continue
        if head + _as_words(' '.join(written[end:] + after)) == spoken[said:] + after:
            readings.append(Reading(' '.join(written[start:end]), tuple(head)))
            start, said = end, said + len(head)
    readings.append(Reading(' '.join(written[start:]), tuple(spoken[said:])))
    return readings


def _merge_silent(readings: list[Reading]) -> list[Reading]:
    """Give a lone dash, or a word that was only added, to the reading beside it."""
    merged: list[Reading] = []
    for reading in readings:
        spoken = tuple(word for word in reading.spoken if any(map(str.isalnum, word)))
        alone = not spoken or not reading.written
        if merged and (alone or not merged[-1].spoken):
            before = merged.pop()
            written = f'{before.written} {reading.written}'.strip()
            merged.append(Reading(written, before.spoken + spoken))
        else:
            merged.append(Reading(reading.written, spoken))
    return merged


@functools.cache
def _normalizer() -> Callable[[str], str]:
    """Load the library at the first text that needs it (40 ms); without it text stays as it is."""
    try:
        import normt2s
    except ImportError as error:
        _log.warning('numbers are read digit by digit: %s; pip install normt2s', error)
        return str
    normalizer = normt2s.Normalizer('en', latex='keep')
    for short, word in _WEEKDAYS.items():
        normalizer.add_abbreviation(short, word)
    for symbol, names in _UNITS.items():
        normalizer.add_unit(symbol, *names)
    rules = normt2s.RuleSet(
        [
            normt2s.Rule('no. {number}', 'number {number}'),
            normt2s.Rule('{number} V', '{number} volt', case_sensitive=True, plural='volts'),
        ]
    )
    return functools.partial(normalizer.normalize, rules=rules)
