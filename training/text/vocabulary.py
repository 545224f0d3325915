# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""nano's SentencePiece model: every word of the domain in few pieces, every letter covered."""

from collections.abc import Iterable
import io
from pathlib import Path

import sentencepiece

from training import recipe
from training.settings import seeded
from training.text import everyday
from training.text.domain import load_domain
from training.text.script import draw_persona

PROMPTS = 2_000


def train_vocabulary() -> bytes:
    """Return the model file of the domain's words and prompts."""
    domain, rng = load_domain(), seeded('vocabulary')
    prompts = [draw_persona(domain, rng).prompt for _ in range(PROMPTS)]
    return vocabulary_of([*domain.replies() * 8, *prompts, *everyday.SENTENCES])


def vocabulary_of(sentences: Iterable[str]) -> bytes:
    """Return a model file with ids 0 to 3 as PersonaPlex has them; the same bytes every time.

    Bpe, since unigram splits words of so small a text.
    """
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences),
        model_writer=model,
        model_type='bpe',
        vocab_size=recipe.TEXT_CARD,
        normalization_rule_name='identity',
        required_chars=everyday.CHARACTERS,
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


def write_vocabulary(path: Path) -> None:
    """Write the model file where it is not there yet."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(train_vocabulary())


def word_ids(tokenizer: sentencepiece.SentencePieceProcessor, text: str) -> list[list[int]]:
    """Return the ids of a text, word by word: what belongs together starts with a space."""
    words: list[list[int]] = []
    for token in tokenizer.encode(text):
        if tokenizer.id_to_piece(token).startswith('\u2581') or not words:
            words.append([])
        words[-1].append(token)
    return words
