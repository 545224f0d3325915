# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Sound that waits: a line of pieces that still know which chunk they came from."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from personaplex_ros.audio.joint import FADE_S
from personaplex_ros.audio.playout.settings import SAMPLES_PER_BLOCK
from personaplex_ros.audio.playout.settings import to_samples

FADE_SAMPLES = to_samples(1000 * FADE_S)
"""Two sounds that did not belong together are blended over this long, so that nothing clicks."""


@dataclass(frozen=True)
class Origin:
    """Which chunk of audio/out a sound belongs to."""

    epoch: int
    seq: int


@dataclass
class Piece:
    """A stretch of one chunk; origin None for silence and concealment made here."""

    samples: np.ndarray
    """int16 [n]."""
    origin: Origin | None
    offset: int = 0
    """Where in its chunk the stretch begins, in samples."""


@dataclass(frozen=True)
class Start:
    """A chunk of which the first sample is `at` samples into a pulled block."""

    origin: Origin
    at: int
    offset: int


class Line:
    """First in, first out; can lose a stretch in its middle without a click."""

    def __init__(self) -> None:
        self._pieces: deque[Piece] = deque()
        self.samples = 0

    @property
    def speech(self) -> int:
        """How many of the samples are of chunks."""
        return sum(len(piece.samples) for piece in self._pieces if piece.origin is not None)

    def append(self, piece: Piece) -> None:
        """Put a piece at the end."""
        self._pieces.append(piece)
        self.samples += len(piece.samples)

    def take(self, count: int) -> tuple[np.ndarray, int, list[Start]]:
        """Return up to `count` samples int16, how many of them are of chunks, what begins."""
        taken: list[np.ndarray] = []
        starts: list[Start] = []
        got = speech = 0
        while got < count and self._pieces:
            piece = self._pieces[0]
            part = piece.samples[: count - got]
            if piece.origin is not None:
                starts.append(Start(piece.origin, got, piece.offset))
                speech += len(part)
            taken.append(part)
            got += len(part)
            piece.samples = piece.samples[len(part) :]
            piece.offset += len(part)
            if len(piece.samples) == 0:
                self._pieces.popleft()
        self.samples -= got
        return (np.concatenate(taken) if taken else np.empty(0, np.int16)), speech, starts

    def clear(self) -> int:
        """Drop everything; return how many samples of chunks that were."""
        speech = self.speech
        self._pieces.clear()
        self.samples = 0
        return speech

    def tail(self, count: int) -> np.ndarray:
        """Return the latest samples, int16 [m], m <= count."""
        flat = self._flat()
        return flat[max(0, len(flat) - count) :]

    def quietest(self, count: int) -> tuple[int, float]:
        """Return where the quietest stretch of `count` samples begins, and its RMS.

        Looked for in steps of 10 ms. The end is kept, since the fade needs sound behind the cut.
        """
        flat = self._flat().astype(np.float64)
        last = max(0, len(flat) - count - FADE_SAMPLES)
        begins = np.append(np.arange(0, last, SAMPLES_PER_BLOCK), last)
        energy = np.concatenate(([0.0], np.cumsum(flat * flat)))
        ends = np.minimum(begins + count, len(flat))
        power = (energy[ends] - energy[begins]) / max(1, count)
        best = int(np.argmin(power))
        return int(begins[best]), float(np.sqrt(power[best]))

    def cut(self, begin: int, count: int) -> int:
        """Take out samples [begin, begin + count); return how many of them were of chunks.

        What comes before fades into what comes after, over 5 ms where that much is left.
        """
        flat = self._flat()
        end = min(begin + count, len(flat))
        fade = min(FADE_SAMPLES, len(flat) - end)
        joined = blend(flat[begin : begin + fade], flat[end : end + fade])
        kept = np.concatenate((flat[:begin], joined, flat[end + fade :]))
        return self._recut(kept, begin, end)

    def _recut(self, kept: np.ndarray, begin: int, end: int) -> int:
        """Share the kept samples among the pieces; return how many samples of chunks went."""
        old, self._pieces = self._pieces, deque()
        position = used = speech = 0
        for piece in old:
            length = len(piece.samples)
            low, high = max(begin, position), min(end, position + length)
            gone = max(0, high - low)
            if gone and piece.origin is not None:
                speech += gone
            if gone < length:
                skipped = gone if low == position and gone else 0
                samples = kept[used : used + length - gone]
                self._pieces.append(Piece(samples, piece.origin, piece.offset + skipped))
            position += length
            used += length - gone
        self.samples = len(kept)
        return speech

    def _flat(self) -> np.ndarray:
        if not self._pieces:
            return np.empty(0, np.int16)
        return np.concatenate([piece.samples for piece in self._pieces])


def blend(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return int16 [n] that begins as `before` and ends as `after`, both int16 [n]."""
    ramp = (np.arange(len(after)) + 0.5) / max(1, len(after))
    return np.rint(before * (1 - ramp) + after * ramp).astype(np.int16)


def fade_out(samples: np.ndarray) -> np.ndarray:
    """Return int16 [n] that ends in silence."""
    return blend(samples, np.zeros_like(samples))


def fade_in(samples: np.ndarray, risen: int) -> np.ndarray:
    """Return int16 [n] that goes on rising from silence, `risen` samples after it began to."""
    head = samples[: FADE_SAMPLES - risen]
    ramp = (np.arange(risen, risen + len(head)) + 0.5) / FADE_SAMPLES
    return np.concatenate((np.rint(head * ramp).astype(np.int16), samples[len(head) :]))
