# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Voices and prompts that no engine is bothered with."""

import pytest

from personaplex_ros.wire.limits import check_context
from personaplex_ros.wire.limits import check_hold_ms
from personaplex_ros.wire.limits import check_say_text
from personaplex_ros.wire.limits import check_text_prompt
from personaplex_ros.wire.limits import check_voice_name
from personaplex_ros.wire.limits import LimitError
from personaplex_ros.wire.limits import MAX_CONTEXT_CHARS
from personaplex_ros.wire.limits import MAX_CONTEXT_FACTS
from personaplex_ros.wire.limits import MAX_FACT_CHARS
from personaplex_ros.wire.limits import MAX_HOLD_TEXT_MS
from personaplex_ros.wire.limits import MAX_SAY_CHARS
from personaplex_ros.wire.limits import MAX_TEXT_PROMPT_CHARS


@pytest.mark.parametrize('name', ['NATF2', 'a', '9', 'my-voice_2', 'A' * 64])
@pytest.mark.parametrize('suffix', ['', '.pt', '.wav', '.safetensors'])
def test_a_voice_is_known_by_its_bare_name(name, suffix):
    assert check_voice_name(name + suffix) == name


@pytest.mark.parametrize(
    'name',
    [
        '', '.', '..', '.pt', '../x', '../x.pt', '/etc/passwd', 'a/b', 'a\\b', '..\\x.wav',
        'NATF2\x00', 'NATF2\x00.pt', 'NATF2\n', ' NATF2', 'NATF2 ', '-rf', '_x', 'a.b', 'a.pt.pt',
        'a.PT', 'Zoë', '٣', '~root', '$HOME', '%2e%2e%2fx', 'A' * 65, 'A' * 100_000,
    ],
)  # fmt: skip
def test_what_could_be_a_path_is_no_voice(name):
    with pytest.raises(LimitError, match='is no voice name; expected letters, digits') as error:
        check_voice_name(name)
    assert len(str(error.value)) < 500


@pytest.mark.parametrize('text', ['', 'You are a teacher.', 'Zoë 你好\n', 'x' * 4000])
def test_a_prompt_up_to_the_limit_is_taken_as_it_is(text):
    assert check_text_prompt(text) == text


def test_one_character_more_is_refused_with_both_numbers():
    assert MAX_TEXT_PROMPT_CHARS == 4000
    with pytest.raises(LimitError, match='has 4001 characters; at most 4000 fit: shorten it'):
        check_text_prompt('x' * 4001)


def test_100_kb_of_prompt_are_refused_without_being_repeated():
    with pytest.raises(LimitError) as error:
        check_text_prompt('x' * 100_000)
    assert len(str(error.value)) < 200


def test_a_nul_in_a_prompt_is_refused():
    with pytest.raises(LimitError, match='NUL character; remove it'):
        check_text_prompt('You are\x00 a teacher')


def test_half_a_character_in_a_prompt_is_refused():
    with pytest.raises(LimitError, match='half a character'):
        check_text_prompt('be \ud800 kind')


@pytest.mark.parametrize('text', ['Stop.', 'Grüß dich, Zoë! 你好', 'x' * MAX_SAY_CHARS])
def test_a_text_to_say_loses_the_space_around_it_and_nothing_else(text):
    assert check_say_text(f' \n{text}\t ') == text


@pytest.mark.parametrize(
    ('text', 'why'),
    [
        ('', 'is empty; give at least one word'),
        (' \n\t ', 'is empty; give at least one word'),
        ('x' * 1_001, 'has 1001 characters; at most 1000 fit: say it in parts'),
        ('x' * 100_000, 'has 100000 characters'),
        ('a\x00b', 'the text to say holds a NUL character; remove it'),
        ('be \ud800 kind', 'the text to say holds half a character'),
    ],
    ids=lambda value: str(value.encode('utf-8', 'replace'))[:20],
)
def test_a_text_nobody_can_say_is_refused_with_the_reason(text, why):
    with pytest.raises(LimitError, match=why) as error:
        check_say_text(text)
    assert len(str(error.value)) < 200


@pytest.mark.parametrize('max_ms', [1, MAX_HOLD_TEXT_MS])
def test_a_hold_within_the_limit_is_taken_as_it_is(max_ms):
    assert check_hold_ms(max_ms) == max_ms


@pytest.mark.parametrize('max_ms', [-1, 0, MAX_HOLD_TEXT_MS + 1])
def test_a_hold_of_no_time_or_without_end_is_refused(max_ms):
    with pytest.raises(LimitError, match=f'for {max_ms} ms; expected 1 to {MAX_HOLD_TEXT_MS}'):
        check_hold_ms(max_ms)


def test_facts_are_the_lines_with_words_in_them():
    assert check_context(' It rains. \n\n\tZoë 你好\r\n \n') == ('It rains.', 'Zoë 你好')
    assert check_context('') == ()


def test_as_much_as_fits_is_taken():
    fact = 'x' * MAX_FACT_CHARS
    assert len(check_context('\n'.join([fact] * (MAX_CONTEXT_CHARS // MAX_FACT_CHARS)))) == 5
    assert len(check_context('\n'.join(['y'] * MAX_CONTEXT_FACTS))) == MAX_CONTEXT_FACTS


@pytest.mark.parametrize(
    ('text', 'told'),
    [
        ('\n'.join('abcdefghijklm'), 'has 13 facts; at most 12 fit'),
        ('x' * 401, 'has 401 characters in one fact; at most 400 fit'),
        ('\n'.join(['x' * 399] * 6), 'has 2394 characters; at most 2000 fit'),
        ('x\n' * 500_000, 'has 500000 facts'),
        ('nul \0 byte', 'NUL character'),
        ('half \ud83d', 'half a character'),
    ],
)
def test_a_context_beyond_a_limit_is_refused_with_both_numbers(text, told):
    with pytest.raises(LimitError, match=told) as error:
        check_context(text)
    assert len(str(error.value)) < 200
