# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Words and marks from text that arrives in pieces cut anywhere."""

from dataclasses import dataclass
import unicodedata

MAX_WORD_CHARS = 48
"""Longer runs are no word of any phrase; they become UNKNOWN."""

UNKNOWN = '\N{REPLACEMENT CHARACTER}'
APOSTROPHES = "'’ʼ‘`´"
QUOTES = '"“”„«»'
ENDS = '.!?…'
DASHES = '-‐‑'
_SYMBOLS = {'%': 'percent', '°': 'degrees'}


@dataclass(frozen=True)
class Mark:
    """Punctuation: ',' for any pause, '"' for any quotation mark, else itself."""

    text: str


Token = str | Mark
"""A word in lower case, or a mark."""


class Scanner:
    """Cut a stream of characters into tokens; what may still grow waits."""

    def __init__(self) -> None:
        self._word = ''
        self._after_space = True

    @property
    def is_open(self) -> bool:
        """Whether a word has begun that may still grow."""
        return bool(self._word)

    @property
    def open_word(self) -> str:
        """The word that may still grow, as it would be taken now; '' without one."""
        return self._parts()[0]

    def feed(self, text: str) -> list[Token]:
        """Take any piece of text; return the tokens that are whole now."""
        out: list[Token] = []
        for char in unicodedata.normalize('NFKC', text):
            self._take(char, out)
        return out

    def flush(self) -> list[Token]:
        """Return what was still waiting: the stream has paused or ended."""
        out: list[Token] = []
        self._close(out)
        self._after_space = True
        return out

    def _take(self, char: str, out: list[Token]) -> None:
        if char.isalnum() or (self._word and unicodedata.combining(char)):
            if len(self._word) <= MAX_WORD_CHARS:  # one more tells that it is too long
                self._word += char
        elif char in APOSTROPHES:
            self._apostrophe(out)
        elif self._word and (char in DASHES or (char in '.,' and self._word[-1].isdigit())):
            self._word += '-' if char in DASHES else char  # well-being, twenty-five, 0.5
        elif unicodedata.category(char) == 'Cf':
            return  # zero-width joiners and the like are no boundary
        else:
            self._close(out)
            self._mark(char, out)
        self._after_space = char.isspace()

    def _apostrophe(self, out: list[Token]) -> None:
        if self._word:
            self._word += "'"
        else:
            out.append(Mark('"'))  # nothing before it: it opens a quotation

    def _mark(self, char: str, out: list[Token]) -> None:
        if char in _SYMBOLS:
            out.append(_SYMBOLS[char])
        elif char in QUOTES:
            out.append(Mark('"'))
        elif char in ENDS:
            out.append(Mark('.' if char == '…' else char))
        elif not char.isspace():
            out.append(Mark(',' if char in ',;—–' else char))

    def _close(self, out: list[Token]) -> None:
        word, rest = self._parts()
        self._word = ''
        if not word:
            return
        out.append(word)
        if '.' in rest:
            out.append(Mark('.'))
        elif ',' in rest or '-' in rest:
            out.append(Mark(','))

    def _parts(self) -> tuple[str, str]:
        """Return the open word in lower case, and the marks at its end."""
        bare = self._word.rstrip("-'.,")
        rest = self._word[len(bare) :]
        return (bare.casefold() if len(bare) <= MAX_WORD_CHARS else UNKNOWN), rest


def plain_words(text: str) -> list[str]:
    """Return the words of a text, without its marks."""
    scanner = Scanner()
    tokens = [*scanner.feed(text), *scanner.flush()]
    return [token for token in tokens if isinstance(token, str)]
