# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Settings know what they take, and say why they do not."""

from dataclasses import fields

import pytest

from personaplex_ros.conversation.settings import check
from personaplex_ros.conversation.settings import ConversationSettings

NUMBERS = [f.name for f in fields(ConversationSettings) if f.metadata['minimum'] is not None]


@pytest.mark.parametrize('field', fields(ConversationSettings), ids=lambda field: field.name)
def test_every_setting_is_explained_and_takes_its_own_default(field):
    assert len(field.metadata['doc']) > 10
    assert check(ConversationSettings, field.name, field.default) == ''


@pytest.mark.parametrize('name', NUMBERS)
def test_a_number_is_taken_at_both_ends_of_its_range_and_refused_beyond(name):
    meta = next(f.metadata for f in fields(ConversationSettings) if f.name == name)
    low, high = meta['minimum'], meta['maximum']
    assert check(ConversationSettings, name, low) == ''
    assert check(ConversationSettings, name, high) == ''
    for beyond in (low - 1, high + 1):
        assert check(ConversationSettings, name, beyond).startswith(
            f'{name} is {beyond}; expected {low} to {high}'
        )


@pytest.mark.parametrize('value', [float('nan'), float('inf'), float('-inf')])
def test_what_is_no_number_is_refused(value):
    assert 'expected a finite number' in check(ConversationSettings, 'backoff_max_s', value)


@pytest.mark.parametrize('chunk_ms', [5, 8, 10, 16, 20, 40, 80])
def test_chunks_that_cut_a_frame_evenly_are_taken(chunk_ms):
    assert check(ConversationSettings, 'chunk_ms', chunk_ms) == ''


@pytest.mark.parametrize('chunk_ms', [6, 15, 30, 50, 79])
def test_chunks_that_do_not_are_refused(chunk_ms):
    why = check(ConversationSettings, 'chunk_ms', chunk_ms)
    assert why == f'chunk_ms is {chunk_ms}; expected a divisor of 80'


@pytest.mark.parametrize('url', ['ftp://host', '', 'ws://', 'ws://host:99999', 'ws://[::1'])
def test_an_address_no_engine_can_have_is_refused(url):
    assert 'engine_url' in check(ConversationSettings, 'engine_url', url)


GOOD_TOPICS = [
    '',
    'user_words',
    '/words',
    '~/words',
    '~',
    '{node}/words',
    '/humans/voices/*/speech',
    'a*, *b ,',
    'words_2/x',
]


@pytest.mark.parametrize('topics', GOOD_TOPICS)
def test_names_of_topics_are_taken(topics):
    assert check(ConversationSettings, 'user_words', topics) == ''


@pytest.mark.parametrize(
    'topics', ['my words', 'words/', '//words', '2words', 'a-b', '~words', 'a,b c', 'h?', '{me}/x']
)
def test_what_no_topic_can_be_called_is_refused(topics):
    assert 'expected names of topics' in check(ConversationSettings, 'user_words', topics)
