# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Addresses of engines, as people write them."""

import pytest

from personaplex_ros.wire.address import engine_base_url


@pytest.mark.parametrize(
    ('url', 'base'),
    [
        ('ws://127.0.0.1:8998', 'http://127.0.0.1:8998'),
        ('wss://robot.example:443', 'https://robot.example:443'),
        ('http://10.0.0.7:8998', 'http://10.0.0.7:8998'),
        ('https://robot.example', 'https://robot.example'),
        ('127.0.0.1:8998', 'http://127.0.0.1:8998'),
        ('jetson.local:8998', 'http://jetson.local:8998'),
        ('jetson', 'http://jetson'),
        ('ws://[::1]:8998', 'http://[::1]:8998'),
        ('[fe80::1]:8998', 'http://[fe80::1]:8998'),
        ('WS://Host:1', 'http://host:1'),
        ('ws://host:8998/', 'http://host:8998'),
        ('ws://host:8998/api/chat?voice_prompt=x#y', 'http://host:8998'),
    ],
)
def test_an_address_becomes_the_engines_base(url, base):
    assert engine_base_url(url) == base


@pytest.mark.parametrize(
    'url', ['ws://me:secret@host:8998', 'https://me:secret@host:8998/api/chat', 'me:secret@host:1']
)
def test_a_password_never_stays_in_the_address(url):
    base = engine_base_url(url)
    assert 'secret' not in base
    assert 'me' not in base


@pytest.mark.parametrize(
    'url',
    [
        '', ' ', 'ws://', '://', 'ws:///api', 'ftp://host:1', 'file:///etc/passwd', 'ws://:8998',
        'ws://host:99999', 'ws://host:-1', 'ws://host:abc', 'ws://[::1', 'ws://?x=1',
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_by_its_setting(url):
    with pytest.raises(ValueError, match='engine_url'):
        engine_base_url(url)


@pytest.mark.parametrize(
    'url', ['ftp://me:secret@host:1', 'ws://me:secret@', 'ws://me:secret@host:99999']
)
def test_a_refusal_does_not_tell_the_password(url):
    with pytest.raises(ValueError) as error:
        engine_base_url(url)
    assert 'secret' not in str(error.value)
