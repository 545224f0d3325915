# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""nano's files: whole, small, and described by their own config.json. test/nano listens to it."""

import numpy as np
import pytest
from safetensors.torch import load_file

from personaplex_ros.model.catalog import resolve_model
from personaplex_ros.model.checkpoint import Checkpoint
from personaplex_ros.model.codec import Codec

NANO = Checkpoint(resolve_model('nano'))
MAX_BYTES = 25_000_000
SETTLED_FRAMES = 25


@pytest.fixture(scope='module')
def codec():
    return Codec(NANO.load_codec('cpu'))


def test_its_directory_comes_with_the_package_and_is_small():
    assert NANO.config.name == 'nano'
    files = [path for path in NANO.directory.rglob('*') if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= MAX_BYTES
    assert len(files) == 5 + 18  # config, two networks, vocabulary, card; voices


def test_the_18_published_names_are_there_and_no_two_are_alike():
    voices = {path.stem: load_file(path)['codes'] for path in NANO.voices_directory.iterdir()}
    kinds = (('NAT', 4), ('VAR', 5))
    names = {f'{kind}{sex}{i}' for kind, n in kinds for sex in 'FM' for i in range(n)}
    assert set(voices) == names
    assert len({tuple(codes.flatten().tolist()) for codes in voices.values()}) == 18


def test_silence_has_the_codes_that_config_gives_it(codec):
    codec.reset()
    codes = [codec.encode(np.zeros(1920, dtype=np.int16)).flatten() for _ in range(SETTLED_FRAMES)]
    settled = np.array(codes)[-SETTLED_FRAMES // 2 :]
    usual = [np.bincount(row).argmax() for row in settled.T]
    assert usual == NANO.config.prompt.silence_codes


def test_a_tone_has_the_first_code_that_config_gives_it(codec):
    time_s = np.arange(1920 * 2 * SETTLED_FRAMES) / 24_000
    tone = (16_384 * np.sin(2 * np.pi * 440 * time_s)).astype(np.int16).reshape(-1, 1920)
    codec.reset()
    codes = [codec.encode(frame)[0, 0, 0].item() for frame in tone]
    assert NANO.config.prompt.sine_codes[0] in codes[SETTLED_FRAMES:]  # 35.2 periods a frame


def test_any_plain_prompt_is_encoded_without_unknown_pieces():
    text = '<system> Information: (9:30-18:00), "Zoe\'s" QUIZ & 50% more; yes/no? <system>'
    tokenizer = NANO.load_tokenizer()
    ids = tokenizer.encode(text)
    assert 0 not in ids and ids.count(4) == 2
    assert tokenizer.id_to_piece(4) == '<system>'
