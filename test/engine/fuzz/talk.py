# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the fuzz knows of a receiver: it takes one message, and then its promises are checked."""

from typing import Protocol

from .script import Message

MAX_SENTENCE_CHARS = 500
"""An error's text is for a person and a log line, however long the message was."""


class Broken(AssertionError):
    """A promise of the receiver that does not hold."""


class Talk(Protocol):
    """One conversation with a receiver under test; the only thing that knows how it is built."""

    over: bool
    """The receiver has ended the conversation, as it may."""

    async def take(self, message: Message) -> None:
        """Give it a message; whatever comes out of here is a crash."""

    async def check(self) -> None:
        """Raise Broken for a promise that does not hold between two messages."""

    async def end(self) -> None:
        """End the conversation and check what must hold then."""

    def close(self) -> None:
        """Leave nothing behind, whatever happened."""


def promise(holds: bool, *what: object) -> None:
    """Raise Broken unless it holds."""
    if not holds:
        raise Broken(' '.join(map(str, what)))


def check_sentence(text: str) -> None:
    """A sentence for a log: short, one line, no control characters, and it can travel."""
    promise(len(text) <= MAX_SENTENCE_CHARS, len(text), 'characters of error')
    promise(text.isprintable() and text != '', 'an error of control characters:', repr(text))
    text.encode()
