# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Numbers as they are said in English: twenty-five, a hundred and ten, minus 3.5.

Own code: word2number stopped in 2017 and takes any sentence that holds a number; text2num 3 needs
a compiled wheel that no ROS distribution has. Here every word must belong to the number.
"""

from collections.abc import Sequence
import re

MAX_WORDS = 9
"""Longest number listened for, in words."""

_UNITS = {
    word: value
    for value, word in enumerate(
        (
            *('zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'),
            *('ten', 'eleven', 'twelve', 'thirteen', 'fourteen', 'fifteen', 'sixteen'),
            *('seventeen', 'eighteen', 'nineteen'),
        )
    )
}
_TENS = {
    word: 10 * value
    for value, word in enumerate(
        ('twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'), start=2
    )
}
_DIGITS = re.compile(r'^\d{1,9}(\.\d{1,6})?$')
_WORDS = {*_UNITS, *_TENS, 'a', 'and', 'hundred', 'thousand', 'minus', 'negative', 'point'}


def may_continue(word: str) -> bool:
    """Whether a word can stand in a number."""
    return _DIGITS.match(word) is not None or all(part in _WORDS for part in word.split('-'))


def parse_number(words: Sequence[str]) -> int | float | None:
    """Return the number that all the words together say, or None."""
    parts = [part for word in words for part in word.split('-')]
    if not parts:
        return None
    if parts[0] in ('minus', 'negative'):
        value = _unsigned(parts[1:])
        return None if value is None else -value
    return _unsigned(parts)


def _unsigned(parts: list[str]) -> int | float | None:
    if len(parts) == 1 and _DIGITS.match(parts[0]):
        return float(parts[0]) if '.' in parts[0] else int(parts[0])
    if 'point' in parts:
        at = parts.index('point')
        return _decimal(parts[:at], parts[at + 1 :])
    return _whole(parts)


def _decimal(before: list[str], after: list[str]) -> float | None:
    whole = _whole(before) if before else 0
    digits = [_UNITS.get(part, int(part) if part.isdecimal() else 10) for part in after]
    if whole is None or not digits or max(digits) > 9:
        return None
    return float(f'{whole}.{"".join(map(str, digits))}')


def _whole(parts: list[str]) -> int | None:
    if 'thousand' in parts:
        at = parts.index('thousand')
        head, tail = _below_thousand(parts[:at]), parts[at + 1 :]
        rest = _below_thousand(_without_and(tail)) if tail else 0
        return None if not head or rest is None else 1000 * head + rest
    return _below_thousand(parts)


def _below_thousand(parts: list[str]) -> int | None:
    if 'hundred' in parts:
        at = parts.index('hundred')
        head, tail = parts[:at], parts[at + 1 :]
        hundreds = 1 if head == ['a'] else _below_hundred(head)
        rest = _below_hundred(_without_and(tail)) if tail else 0
        if hundreds is None or not 1 <= hundreds <= 9 or rest is None:
            return None
        return 100 * hundreds + rest
    return 1 if parts == ['a'] else _below_hundred(parts)


def _below_hundred(parts: list[str]) -> int | None:
    if len(parts) == 1:
        word = parts[0]
        return (
            int(word) if word.isdecimal() and len(word) < 4 else _UNITS.get(word, _TENS.get(word))
        )
    if len(parts) == 2 and parts[0] in _TENS and 1 <= _UNITS.get(parts[1], 0) <= 9:
        return _TENS[parts[0]] + _UNITS[parts[1]]
    return None


def _without_and(parts: list[str]) -> list[str]:
    return parts[1:] if parts[:1] == ['and'] else parts
