# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A word to say becomes pieces of the vocabulary and never a control token."""

import pytest
from sentencepiece import SentencePieceProcessor
from tiny_checkpoint import tiny_config
from tiny_checkpoint import VOCABULARY

from personaplex_ros.model.text import WORD_START
from personaplex_ros.model.word_pieces import WordPieces

CONTROL = tiny_config().control_ids


@pytest.fixture(scope='module')
def tokenizer() -> SentencePieceProcessor:
    return SentencePieceProcessor(model_proto=VOCABULARY)


@pytest.mark.parametrize('word', ['platform', 'nine.', "o'clock", 'twenty-five', 'B,', 'x' * 100])
def test_the_pieces_of_a_word_are_the_word_with_its_start(tokenizer, word):
    pieces = WordPieces(tokenizer, CONTROL)(word)
    assert ''.join(tokenizer.id_to_piece(piece) for piece in pieces) == WORD_START + word
    assert not CONTROL.all() & set(pieces)


def test_an_accent_the_vocabulary_lacks_is_left_out(tokenizer):
    pieces = WordPieces(tokenizer, CONTROL)
    assert tokenizer.unk_id() in tokenizer.encode('Zoë')
    assert pieces('Zoë') == pieces('Zoe')


@pytest.mark.parametrize('word', ['你好', '', '☺', '\u200b'])
def test_a_word_the_vocabulary_has_nothing_for_has_no_piece(tokenizer, word):
    assert WordPieces(tokenizer, CONTROL)(word) == []


@pytest.mark.parametrize('word', ['<pad>', '<s>', '</s>', '<unk>', 'a<pad>b'])
def test_a_caller_who_writes_a_control_token_does_not_get_one(tokenizer, word):
    assert not CONTROL.all() & set(WordPieces(tokenizer, CONTROL)(word))
