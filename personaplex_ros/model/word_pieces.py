# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""One spoken word as text tokens, without any token that would mean something else."""

import unicodedata

from sentencepiece import SentencePieceProcessor

from personaplex_ros.model.config import ControlIds
from personaplex_ros.model.text import WORD_START


class WordPieces:
    """The `encode` of Speech."""

    def __init__(self, tokenizer: SentencePieceProcessor, control: ControlIds) -> None:
        """tokenizer: puts its word start before the first piece, as SentencePiece does alone."""
        self._tokenizer = tokenizer
        self._control = control.all()

    def __call__(self, word: str) -> list[int]:
        """Return the ids of a word; empty where the tokenizer has nothing for it.

        An unknown character has the id 0, which is a control token in this family; the accents
        that a small vocabulary lacks are left out instead: 'Zoë' is said as 'Zoe'.
        """
        ids = self._tokenizer.encode(word)
        if not self._control.isdisjoint(ids):
            ids = self._tokenizer.encode(_without_accents(word))
        known = [piece for piece in ids if piece not in self._control]
        text = ''.join(self._tokenizer.id_to_piece(piece) for piece in known)
        return known if text.strip(WORD_START) else []


def _without_accents(word: str) -> str:
    parts = unicodedata.normalize('NFKD', word)
    return ''.join(part for part in parts if not unicodedata.combining(part))
