# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""nano's untrained language model: random, but it pads most of the time as a talker does."""

from moshi.models import loaders
from moshi.models.lm import LMModel
import numpy as np
import sentencepiece
import torch

from personaplex_ros.model.nano import corpus
from personaplex_ros.model.nano import recipe
from personaplex_ros.model.nano.init import initialise

WORD_START = '\u2581'

CONSTANT = 4.0
"""What every text token adds to channel 0, so that a weight on it acts as the bias that the
architecture lacks."""

PAD_LOGIT, WORD_LOGIT, OTHER_LOGIT = 7.0, 0.0, -12.0
"""About one frame in five starts a word; pieces of words would not be readable."""


@torch.no_grad()
def make_lm(rng: np.random.Generator, tokenizer: bytes) -> LMModel:
    """Return a float32 model in eval mode."""
    lm = loaders.get_moshi_lm(None, recipe.LM, dtype=torch.float32)
    initialise(lm, rng)
    _make_words_rare(lm, sentencepiece.SentencePieceProcessor(model_proto=tokenizer))
    return lm


def _make_words_rare(lm: LMModel, tokenizer: sentencepiece.SentencePieceProcessor) -> None:
    """Give the text head a bias towards PAD, then whole words, by way of a constant channel."""
    lm.text_emb.weight[:, 0] = CONSTANT
    for embedding in lm.emb:
        embedding.weight[:, 0] = 0
    for layer in lm.transformer.layers:
        layer.self_attn.out_projs[0].weight[0] = 0
        layer.gating.linear_out.weight[0] = 0
    words = corpus.words()
    bias = torch.full((recipe.TEXT_CARD,), OTHER_LOGIT)
    bias[recipe.PAD] = PAD_LOGIT
    for token in range(recipe.TEXT_CARD):
        piece = tokenizer.id_to_piece(token)
        if piece.startswith(WORD_START) and piece.removeprefix(WORD_START) in words:
            bias[token] = WORD_LOGIT
    lm.text_linear.weight[:, 0] = bias / _constant_after_norm(lm)


def _constant_after_norm(lm: LMModel) -> torch.Tensor:
    """Return channel 0 after the last norm, averaged over random tokens."""
    rng = np.random.default_rng(recipe.SEED)
    text = rng.integers(recipe.TEXT_CARD, size=(1, 1, 100))
    audio = rng.integers(recipe.BINS, size=(1, 2 * recipe.CODEBOOKS, 100))
    hidden, _ = lm.forward_text(torch.from_numpy(np.concatenate([text, audio], axis=1)))
    return hidden[..., 0].mean()
