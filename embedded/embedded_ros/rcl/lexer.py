# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Splits a remap rule or a parameter assignment into the lexemes of rcl/lexer.c."""

from __future__ import annotations

import re

from embedded_ros.rcl.errors import InvalidRosArguments

# A token holds no two underscores in a row and begins with no digit (states S3, S9, S10).
_TOKEN = r'(?:[A-Za-z]|_(?!_)[A-Za-z0-9]?)(?:_?[A-Za-z0-9])*_?'
_LEXEMES = re.compile(
    '|'.join(
        (
            r'(?P<tilde_slash>~/)',
            r'(?P<url_service>rosservice://)',
            r'(?P<url_topic>rostopic://)',
            r'(?P<separator>:=)',
            r'(?P<colon>:)',
            r'(?P<node>__(?:node|name))',
            r'(?P<ns>__ns)',
            rf'(?P<token>{_TOKEN})',
            r'(?P<slash>/)',
            r'(?P<dot>\.)',
            r'(?P<wildcard>\*\*?)',
            r'(?P<backreference>\\[1-9])',
            r'(?P<none>.)',
        )
    ),
    re.DOTALL,
)


class Lexer:
    """Reads a text lexeme by lexeme, with a look at the one after next."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    @property
    def rest(self) -> str:
        """What has not been read yet."""
        return self.text[self.position :]

    def peek(self, ahead: int = 0) -> str:
        """Kind of the next lexeme (ahead=1: of the one after it); 'end' where there is none."""
        position = self.position
        for _ in range(ahead):
            match = _LEXEMES.match(self.text, position)
            position = match.end() if match else position
        match = _LEXEMES.match(self.text, position)
        return match.lastgroup if match else 'end'

    def accept(self, *kinds: str) -> str | None:
        """Read the next lexeme and return its text if it is of these kinds, else None."""
        match = _LEXEMES.match(self.text, self.position)
        if match is None or match.lastgroup not in kinds:
            return None
        self.position = match.end()
        return match.group()

    def expect(self, *kinds: str) -> str:
        """Read the next lexeme, which must be of these kinds, and return its text."""
        text = self.accept(*kinds)
        if text is None:
            raise InvalidRosArguments(
                f"expected {' or '.join(kinds)} at index {self.position} of '{self.text}', "
                f'found {self.peek()}'
            )
        return text

    def expect_end(self) -> None:
        """Refuse anything that is left."""
        if self.rest:
            raise InvalidRosArguments(f"unexpected '{self.rest}' at the end of '{self.text}'")
