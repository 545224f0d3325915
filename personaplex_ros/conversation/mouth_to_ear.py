# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Mouth to ear: how long from the visitor's sound to the first sound that can answer it."""

from collections import deque
import threading

from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.conversation.ledger import Spread
from personaplex_ros.conversation.ledger import Window
from personaplex_ros.conversation.passage import Passage

MAX_SAID = 64
"""Answers that no player told of yet: five seconds, far beyond any ceiling."""

RECENT = 12
"""About one second: what is judged."""


class MouthToEar:
    """Joins what was said with what the player tells of it. Called from two threads.

    All in milliseconds. total = to_engine + in_engine + to_ear, frame by frame; total counts
    from the frame's first sample, so 80 ms of it are the frame itself.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._said: deque[tuple[int, int, Passage]] = deque(maxlen=MAX_SAID)
        self._recent: deque[float] = deque(maxlen=RECENT)
        self.total = Window()
        self.to_engine = Window()
        """From the air to the engine: the frame's own 80 ms, the microphone, what waited."""
        self.in_engine = Window()
        self.to_ear = Window()
        """From the engine's answer to the loudspeaker."""

    @property
    def now_ms(self) -> float:
        """Median of the last second or so; 0.0 before anything was heard."""
        with self._lock:
            return Spread.of(self._recent).p50

    def said(self, first_seq: int, last_seq: int, passage: Passage) -> None:
        """Note that an answer went out as these chunks."""
        with self._lock:
            self._said.append((first_seq, last_seq, passage))

    def heard(self, seq: int, offset: int, chunk_samples: int, audible_s: float) -> None:
        """Note when sample `offset` of a chunk is heard; the first word of each frame counts."""
        with self._lock:
            while self._said and self._said[0][1] < seq:
                self._said.popleft()
            if not self._said or self._said[0][0] > seq:
                return
            first_seq, _, passage = self._said.popleft()
            into_frame = (seq - first_seq) * chunk_samples + offset
            self._note(passage, audible_s - into_frame / SAMPLE_RATE_HZ)

    def _note(self, passage: Passage, audible_s: float) -> None:
        total_ms = 1000 * (audible_s - passage.captured_s)
        self._recent.append(total_ms)
        self.total.add(total_ms)
        self.to_engine.add(1000 * (passage.sent_s - passage.captured_s))
        self.in_engine.add(1000 * (passage.answered_s - passage.sent_s))
        self.to_ear.add(1000 * (audible_s - passage.answered_s))
