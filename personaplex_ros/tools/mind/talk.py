# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The conversation as the slow mind sees it: the last lines, and who said them."""

from collections import deque

MAX_LINES = 200
MAX_LINE_CHARS = 500
"""A longer line is cut: nobody says so much at one go."""

SPEAKERS = ('user', 'robot', 'tools')


class RollingTalk:
    """Bounded in lines and in characters; the oldest go first."""

    def __init__(self, max_chars: int) -> None:
        self._max_chars = max_chars
        self._lines: deque[str] = deque(maxlen=MAX_LINES)
        self._chars = 0

    def add(self, speaker: str, text: str) -> bool:
        """Take a line of one of SPEAKERS; return whether there were words in it.

        A text stays one line: what is said cannot look like the words of somebody else.
        """
        words = printable(text)[:MAX_LINE_CHARS]
        if not words:
            return False
        if len(self._lines) == MAX_LINES:
            self._drop()
        self._lines.append(f'{speaker}: {words}')
        self._chars += len(self._lines[-1])
        while self._chars > self._max_chars and len(self._lines) > 1:
            self._drop()
        return True

    def text(self) -> str:
        """Return the lines, the oldest first."""
        return '\n'.join(self._lines)

    def clear(self) -> None:
        """Forget everything."""
        self._lines.clear()
        self._chars = 0

    def _drop(self) -> None:
        self._chars -= len(self._lines.popleft())


def printable(text: str) -> str:
    """Return text on one line, without what cannot be printed."""
    return ''.join(c if c.isprintable() else ' ' for c in ' '.join(text.split())).strip()
