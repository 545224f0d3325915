# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Words come out whole, however their text was cut."""

import pytest

from personaplex_ros.tools.numbers import parse_number
from personaplex_ros.tools.scanner import Mark
from personaplex_ros.tools.scanner import MAX_WORD_CHARS
from personaplex_ros.tools.scanner import plain_words
from personaplex_ros.tools.scanner import Scanner
from personaplex_ros.tools.scanner import UNKNOWN

TEXT = 'Okay, I’m going to the kitchen. Set it to 0.5, or twenty-five percent!'


def scan(pieces):
    scanner = Scanner()
    return [token for piece in pieces for token in scanner.feed(piece)] + scanner.flush()


@pytest.mark.parametrize('size', [1, 2, 3, 5, 100])
def test_the_same_words_come_from_pieces_of_any_size(size):
    pieces = [TEXT[at : at + size] for at in range(0, len(TEXT), size)]
    assert scan(pieces) == scan([TEXT])


def test_a_word_waits_until_it_cannot_grow():
    scanner = Scanner()
    assert scanner.feed(' kit') == []
    assert scanner.feed('chen') == []
    assert scanner.feed('ette') == []
    assert scanner.feed(' is') == ['kitchenette']


def test_a_full_stop_ends_a_word_at_once():
    assert Scanner().feed('kitchen.') == ['kitchen', Mark('.')]


def test_a_point_within_a_number_is_no_full_stop():
    assert scan(['0', '.', '5 ']) == ['0.5']
    assert scan(['room 5.']) == ['room', '5', Mark('.')]


def test_apostrophes_are_one_letter_and_hyphens_join():
    assert plain_words("don’t DON'T non-stop") == ["don't", "don't", 'non-stop']


def test_quotation_marks_of_all_kinds_are_told():
    for quoted in ('"go"', '“go”', '«go»', "'go'"):
        assert Mark('"') in scan([quoted])


def test_percent_and_degrees_are_words():
    assert plain_words('50% 20°') == ['50', 'percent', '20', 'degrees']


def test_a_word_without_end_is_unknown_and_takes_no_memory():
    scanner = Scanner()
    for _ in range(10_000):
        scanner.feed('aaaa')
    assert scanner.feed(' ') == [UNKNOWN]
    assert plain_words('a' * MAX_WORD_CHARS) == ['a' * MAX_WORD_CHARS]


def test_letters_hidden_by_zero_width_characters_are_still_one_word():
    assert plain_words('st\u200bop') == ['stop']


@pytest.mark.parametrize(
    ('said', 'number'),
    [
        ('zero', 0),
        ('seven', 7),
        ('twenty-five', 25),
        ('twenty five', 25),
        ('a hundred', 100),
        ('one hundred and ten', 110),
        ('nine hundred ninety nine', 999),
        ('two thousand five hundred', 2500),
        ('minus five', -5),
        ('three point one four', 3.14),
        ('42', 42),
        ('0.25', 0.25),
    ],
)
def test_numbers_are_read_as_said(said, number):
    assert parse_number(said.split()) == number


@pytest.mark.parametrize(
    'said',
    ['', 'and', 'twenty twenty', 'five twenty', 'hundred', 'point', 'one point ten', 'a a', '1e9',
     'minus', 'minus minus one', 'one hundred and', 'twenty eleven', 'thousand', 'ten ten'],
)  # fmt: skip
def test_what_is_no_number_is_none(said):
    assert parse_number(said.split()) is None
