# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Trains nano's SentencePiece model: small, and the same bytes every time."""

import io

import sentencepiece

from personaplex_ros.model.nano import corpus
from personaplex_ros.model.nano import recipe


def train_tokenizer() -> bytes:
    """Return a SentencePiece model file of recipe.TEXT_CARD pieces."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(corpus.SENTENCES),
        model_writer=model,
        model_type='bpe',
        vocab_size=recipe.TEXT_CARD,
        normalization_rule_name='identity',
        required_chars=corpus.CHARACTERS,
        user_defined_symbols=[recipe.SYSTEM_TAG],
        unk_id=recipe.END_PAD,
        bos_id=recipe.BOS,
        eos_id=recipe.EOS,
        pad_id=recipe.PAD,
        shuffle_input_sentence=False,
        num_threads=1,
        minloglevel=2,
    )
    return model.getvalue()
