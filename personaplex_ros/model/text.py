# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Text tokens to text: SentencePiece pieces as a reader wants them, one at a time."""

import codecs

from sentencepiece import SentencePieceProcessor

from personaplex_ros.model.config import ControlIds

WORD_START = '\u2581'
"""SentencePiece's mark for the space before a word."""


class PieceDecoder:
    """Turns ids into pieces of text; bytes of one character wait until it is whole."""

    def __init__(self, tokenizer: SentencePieceProcessor, control_ids: ControlIds) -> None:
        """control_ids: ids that give no text, whatever the tokenizer calls them."""
        self._tokenizer = tokenizer
        self._silent = control_ids.all()
        self._utf8 = codecs.getincrementaldecoder('utf-8')('replace')

    def reset(self) -> None:
        """Drop what is unfinished."""
        self._utf8.reset()

    def piece(self, text_id: int) -> str:
        """Return the text that this id adds; '' for a control id or part of a character.

        A byte sequence that is no UTF-8 gives U+FFFD, as SentencePiece's own decode does.
        """
        if text_id in self._silent:
            return ''
        piece = self._tokenizer.id_to_piece(text_id)
        if self._tokenizer.is_byte(text_id):
            return self._utf8.decode(bytes((int(piece[1:-1], 16),)))
        unfinished = self._utf8.decode(b'', final=True)
        self._utf8.reset()
        return unfinished + piece.replace(WORD_START, ' ')
