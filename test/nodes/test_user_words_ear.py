# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The thread that listens for commands: a mistake in one chunk does not make it deaf."""

from graph import wait_until
import numpy as np

from personaplex_ros.nodes.user_words_ear import Chunk
from personaplex_ros.nodes.user_words_ear import Ear
from personaplex_ros.tools.ear.spotter import RATE_HZ


class LoudSpotter:
    """Hears a command in every loud chunk and stumbles over full scale."""

    def __init__(self) -> None:
        self.log: list[str] = []

    def feed(self, samples: np.ndarray) -> list[str]:
        """Take int16 [n]."""
        loudest = int(np.abs(samples.astype(np.int32)).max())
        if loudest > 32_000:
            self.log.append('raised')
            raise LookupError('too loud')
        self.log.append('heard')
        return ['stop that'] if loudest > 10_000 else []

    def forget(self) -> None:
        """Drop the utterance."""
        self.log.append('forgot')


def chunk(value: int) -> Chunk:
    return Chunk(np.full(320, value, np.int16), RATE_HZ, 1, is_after_gap=False)


def test_what_a_chunk_raises_is_told_the_utterance_forgotten_and_the_next_heard():
    spotter, words, errors = LoudSpotter(), [], []
    ear = Ear(spotter, words.append, errors.append)  # type: ignore[arg-type]
    ear.push(chunk(0))
    ear.push(chunk(32_767))
    wait_until(lambda: errors, 'the error')
    assert 'LookupError: too loud' in ear.problem
    ear.push(chunk(20_000))
    wait_until(lambda: words, 'the command')
    assert ear.problem == ''
    ear.stop()
    assert spotter.log == ['heard', 'raised', 'forgot', 'heard']
    assert [type(error) for error in errors] == [LookupError]


def test_an_error_of_whoever_takes_the_commands_does_not_end_the_ear_either():
    errors, words = [], []

    def take(said: str) -> None:
        words.append(said)
        if len(words) == 1:
            raise ConnectionError('nobody there')

    ear = Ear(LoudSpotter(), take, errors.append)  # type: ignore[arg-type]
    for _ in range(2):
        ear.push(chunk(20_000))
    wait_until(lambda: len(words) == 2, 'the second command')
    ear.stop()
    assert [type(error) for error in errors] == [ConnectionError]
