# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the agent has just said, so that its echo is not taken for the user."""

from collections import deque
from collections.abc import Callable

from personaplex_ros.tools.english import Words
from personaplex_ros.tools.scanner import plain_words
from personaplex_ros.tools.scanner import Scanner
from personaplex_ros.tools.steps import Hands

MAX_WORDS = 400
MAX_SAYINGS = 20
SAYING_LASTS_S = 20.0


class EchoMemory:
    """The agent's last words, and the sayings that we gave it."""

    def __init__(self) -> None:
        self._scanner = Scanner()
        self._words: deque[tuple[str, float]] = deque(maxlen=MAX_WORDS)
        self._sayings: deque[tuple[Words, float]] = deque(maxlen=MAX_SAYINGS)
        self._said_at_s = 0.0

    def agent_said(self, text: str, now_s: float) -> None:
        """Take a piece of the agent's text."""
        self._said_at_s = now_s
        for token in self._scanner.feed(text):
            if isinstance(token, str):
                self._words.append((token, now_s))

    def agent_paused(self, now_s: float) -> None:
        """Take the word that is open as whole."""
        self._words.extend((t, now_s) for t in self._scanner.flush() if isinstance(t, str))

    def gave_to_say(self, text: str, now_s: float) -> None:
        """Note what the robot will say because we said so."""
        self._sayings.append((tuple(plain_words(text)), now_s))

    def is_echo(self, words: Words, since_s: float) -> bool:
        """Whether the agent has said these words since then, one after the other.

        A word that may still grow counts: nothing ends the last one of an utterance without a
        mark, and it was heard all the same.
        """
        all_said = (*self._words, (self._scanner.open_word, self._said_at_s))
        return contains(tuple(word for word, at_s in all_said if at_s >= since_s), words)

    def is_ours(self, words: Words, now_s: float) -> bool:
        """Whether an agent's sentence is one that we gave it."""
        return any(
            contains(saying, words)
            for saying, at_s in self._sayings
            if now_s - at_s <= SAYING_LASTS_S
        )


class Mouth:
    """Hands that note what they let the robot say."""

    def __init__(self, hands: Hands, echo: EchoMemory, clock: Callable[[], float]) -> None:
        self._hands = hands
        self._echo = echo
        self._clock = clock
        self.send = hands.send
        self.cancel = hands.cancel
        self.is_true = hands.is_true

    def say(self, text: str) -> bool | None:
        """Let the robot speak; as Hands.say."""
        self._echo.gave_to_say(text, self._clock())
        return self._hands.say(text)


def contains(where: Words, what: Words) -> bool:
    """Whether some words stand in others, one after the other."""
    size = len(what)
    return any(where[at : at + size] == what for at in range(len(where) - size + 1))
