# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Whole numbers in the words that they are said with; numbers.py reads them back."""

from collections.abc import Iterator

_ONES = (
    *('zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'),
    *('eleven', 'twelve', 'thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen'),
    'nineteen',
)
_TENS = ('twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety')

LARGEST = 999_999
"""The largest number that is spelled."""


def ways_to_spell(number: int) -> Iterator[str]:
    """Yield `a hundred and ten`, `one hundred ten`, ... for 110; nothing beyond LARGEST."""
    if abs(number) > LARGEST:
        return
    if number < 0:
        yield from (f'minus {way}' for way in ways_to_spell(-number))
        return
    thousands, rest = divmod(number, 1_000)
    if not thousands:
        yield from _below_thousand(rest)
        return
    for head in _below_thousand(thousands):
        if not rest:
            yield f'{head} thousand'
        for tail in _below_thousand(rest) if rest else ():
            yield f'{head} thousand {tail}'


def _below_thousand(number: int) -> Iterator[str]:
    hundreds, rest = divmod(number, 100)
    if not hundreds:
        yield _below_hundred(rest)
        return
    heads = [f'{_ONES[hundreds]} hundred', *(['a hundred'] if hundreds == 1 else [])]
    tail = _below_hundred(rest)
    for head in heads:
        yield from (f'{head} {tail}', f'{head} and {tail}') if rest else (head,)


def _below_hundred(number: int) -> str:
    if number < len(_ONES):
        return _ONES[number]
    tens, ones = divmod(number, 10)
    return _TENS[tens - 2] + (f' {_ONES[ones]}' if ones else '')
