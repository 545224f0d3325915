# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A spotter on a thread of its own: chunks go in and never wait, commands come out."""

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import replace
import threading
import time

import numpy as np

from personaplex_ros.audio.format import AudioFormatError
from personaplex_ros.audio.intake import MonoStream
from personaplex_ros.audio.live_queue import LiveQueue
from personaplex_ros.tools.ear.spotter import RATE_HZ
from personaplex_ros.tools.ear.spotter import Spotter

MAX_WAITING = 150
"""Three seconds of 20 ms chunks: the longest command is searched again in less. A machine that is
later than that hears nothing of use."""


@dataclass(frozen=True)
class Chunk:
    """Sound as it came."""

    samples: np.ndarray
    """int16 [n * channels], interleaved."""

    rate_hz: int
    channels: int
    is_after_gap: bool
    """Sound is missing before it: half a sentence may mean the opposite of the whole."""


class Ear:
    """Lives from activation to deactivation."""

    def __init__(
        self,
        spotter: Spotter,
        on_command: Callable[[str], None],
        on_error: Callable[[Exception], None],
    ) -> None:
        """on_command: called on the ear's thread with the words of a command.

        on_error: called there with what hearing a chunk has raised; it goes on with the next.
        """
        self._spotter = spotter
        self._on_command = on_command
        self._on_error = on_error
        self._stream = MonoStream(RATE_HZ)
        self._waiting: LiveQueue[Chunk] = LiveQueue(MAX_WAITING)
        self._wake = threading.Condition()
        self._ends = False
        self._has_failed = False
        self.dropped = 0
        """Chunks that were not heard because the machine was too slow."""
        self.heard_s = 0.0
        self.worked_s = 0.0
        """Time of this thread on a processor."""
        self.problem = ''
        """What is wrong with the chunks that come, or ''."""
        self._thread = threading.Thread(target=self._run, name='user words', daemon=True)
        self._thread.start()

    def push(self, chunk: Chunk) -> None:
        """Take a chunk. Never waits."""
        with self._wake:
            if len(self._waiting) >= MAX_WAITING:
                chunk = replace(chunk, is_after_gap=True)
            self.dropped += self._waiting.push(chunk)
            self._wake.notify()

    def use(self, spotter: Spotter) -> None:
        """Listen for other commands from the next chunk on."""
        self._spotter = spotter

    def stop(self) -> None:
        """End after the chunk under way."""
        with self._wake:
            self._ends = True
            self._wake.notify()
        self._thread.join()

    def _run(self) -> None:
        while (chunk := self._next()) is not None:
            began_s = time.thread_time()
            try:
                self._hear(chunk)
            except Exception as error:  # a mistake in one chunk must not make the robot deaf
                self._failed(error)
            self.worked_s += time.thread_time() - began_s

    def _next(self) -> Chunk | None:
        with self._wake:
            self._wake.wait_for(lambda: self._ends or len(self._waiting) > 0)
            return None if self._ends else self._waiting.pop()

    def _hear(self, chunk: Chunk) -> None:
        spotter = self._spotter
        if chunk.is_after_gap or self._has_failed:
            spotter.forget()
            self._has_failed = False
        try:
            mono = self._stream.push(chunk.samples, chunk.rate_hz, chunk.channels)
        except AudioFormatError as error:
            self.problem = str(error)
            return
        self.problem = ''
        self.heard_s += len(mono) / RATE_HZ
        for words in spotter.feed(mono):
            self._on_command(words)

    def _failed(self, error: Exception) -> None:
        """Begin anew with the next chunk: nobody knows what this one has left behind."""
        self._has_failed = True
        self._stream = MonoStream(RATE_HZ)
        self.problem = f'not heard, a mistake in this node: {type(error).__name__}: {error}'
        self._on_error(error)
