# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Words from pieces: the agent's utterances as they grow and end."""

from dataclasses import dataclass
from dataclasses import replace


@dataclass(frozen=True)
class Utterance:
    """What was said in one breath. Times are seconds of the caller's clock."""

    number: int
    text: str
    start_s: float
    end_s: float
    is_final: bool = False
    interrupted: bool = False


class TranscriptBuilder:
    """Group the agent's pieces into utterances; pause_frames frames without one end it.

    An interrupted text holds what was heard and no more, as far as the player tells.
    """

    def __init__(self, pause_frames: int = 12, max_chars: int = 2_000) -> None:
        self._pause_frames = pause_frames
        self._max_chars = max_chars
        self._quiet_frames = 0
        self._count = 0
        self._open: Utterance | None = None
        self._pieces: list[tuple[int, int]] = []  # mark, and how long the text was before it

    def frame(self, piece: str, now_s: float, mark: int = 0) -> list[Utterance]:
        """Take one frame and its piece ('' for none); return what is to be published.

        mark: number of the frame's sound, never falling.
        """
        if piece:
            self._quiet_frames = 0
            return self._grow(piece, now_s, mark)
        self._quiet_frames += 1
        return self.finish() if self._quiet_frames >= self._pause_frames else []

    def finish(self, interrupted: bool = False, heard: int | None = None) -> list[Utterance]:
        """End the open utterance, if there is one.

        heard: the last mark that was really heard; pieces beyond it go. None: all were.
        """
        if self._open is None:
            return []
        unheard = [length for mark, length in self._pieces if heard is not None and mark > heard]
        text = self._open.text[: min(unheard, default=None)]
        final = replace(self._open, text=text, is_final=True, interrupted=interrupted)
        self._open = None
        return [final]

    def _grow(self, piece: str, now_s: float, mark: int) -> list[Utterance]:
        out = []
        if self._open is not None and len(self._open.text) + len(piece) > self._max_chars:
            out += self.finish()
        if self._open is None:
            self._count += 1
            self._pieces = [(mark, 0)]
            self._open = Utterance(self._count, piece.lstrip(), now_s, now_s)
        else:
            self._pieces.append((mark, len(self._open.text)))
            self._open = replace(self._open, text=self._open.text + piece, end_s=now_s)
        return [*out, self._open]
