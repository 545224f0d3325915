# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Pieces of text are readable one by one."""

import io

import pytest
import sentencepiece

from personaplex_ros.model.config import ControlIds
from personaplex_ros.model.prompt import wrap_system
from personaplex_ros.model.text import PieceDecoder

CONTROL = ControlIds(pad=3, end_pad=0, bos=1, eos=2)


@pytest.fixture(scope='module')
def tokenizer():
    """With bytes for what its small alphabet lacks, as PersonaPlex's has."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(['go to the room', 'the room is free'] * 4),
        model_writer=model,
        model_type='bpe',
        vocab_size=300,
        byte_fallback=True,
        unk_id=0,
        pad_id=3,
        minloglevel=2,
    )
    return sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())


@pytest.fixture
def decoder(tokenizer):
    return PieceDecoder(tokenizer, CONTROL)


def test_a_word_begins_with_a_space(tokenizer, decoder):
    ids = tokenizer.encode('the room')
    assert ''.join(decoder.piece(one) for one in ids) == ' the room'


@pytest.mark.parametrize('control', [0, 1, 2, 3])
def test_a_control_id_gives_no_text(decoder, control):
    assert decoder.piece(control) == ''


@pytest.mark.parametrize('text', ['naïve', '日本', 'ok 👋 you', 'a\nb'])
def test_bytes_come_out_as_whole_characters(tokenizer, decoder, text):
    pieces = []
    for one in tokenizer.encode(text):
        pieces.extend((decoder.piece(one), decoder.piece(3)))  # padding may fall between bytes
    joined = ''.join(pieces)
    assert joined == ' ' + tokenizer.decode(tokenizer.encode(text))
    assert '�' not in joined and '<0x' not in joined


def test_a_broken_character_is_marked_and_the_next_word_is_whole(tokenizer, decoder):
    half = tokenizer.piece_to_id('<0xE2>')
    assert decoder.piece(half) == ''
    assert decoder.piece(tokenizer.piece_to_id('▁the')) == '� the'


def test_reset_drops_an_unfinished_character(tokenizer, decoder):
    decoder.piece(tokenizer.piece_to_id('<0xE2>'))
    decoder.reset()
    assert decoder.piece(tokenizer.piece_to_id('▁the')) == ' the'


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('  You are Ada. ', '<system> You are Ada. <system>'),
        ('<system> You are Ada. <system>', '<system> You are Ada. <system>'),
        ('', ''),
        ('  ', ''),
    ],
)
def test_system_tags_stand_on_both_ends_once(text, expected):
    assert wrap_system(text, '<system>') == expected
