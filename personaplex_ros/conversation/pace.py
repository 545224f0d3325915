# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""How much an engine may owe: frames on their way hide its network, and only delay a slow one."""

from collections import deque
from statistics import fmean

from personaplex_ros.audio.format import FRAME_MS
from personaplex_ros.conversation.passage import Passage

SURE_FRAMES = 3
"""Steps in a row that took longer than a frame lasts: no hiccup."""

INTERVALS = 12
SLOW_MEAN = 1.03
"""Of a frame's length: mean of about a second of answers that came one upon the other, less the
longest, which may be a stall. For engines that do not tell how long a step took."""

RECOVERED_MS = 60.0
"""An answer at most so much later than the quickest one shows an engine that is idle again."""

MAX_STAY_FRAMES = 200
FORGIVEN_FRAMES = 300
"""An engine that is slow again and again is tried less and less often, until it was well."""


class Pace:
    """Judges an engine by its answers; one per connection."""

    def __init__(self) -> None:
        self._intervals: deque[float] = deque(maxlen=INTERVALS)
        self._last_answer_s = 0.0
        self._quickest_ms = float('inf')
        self._slow_steps = 0
        self._good = 0
        self._stay = SURE_FRAMES
        self.is_slow = False
        """It is slower than real time: what waits in front of it makes its answers later."""

    def answered(self, passage: Passage, model_ms: float) -> None:
        """Take an answer; model_ms: what the step took, 0.0 where the engine does not tell."""
        took_ms = 1000 * (passage.answered_s - passage.sent_s)
        was_busy = passage.sent_s < self._last_answer_s
        interval_ms = 1000 * (passage.answered_s - self._last_answer_s)
        self._last_answer_s = passage.answered_s
        self._quickest_ms = min(self._quickest_ms, took_ms)
        self._slow_steps = self._slow_steps + 1 if model_ms > FRAME_MS else 0
        if self.is_slow:
            is_good = model_ms <= FRAME_MS and took_ms <= self._quickest_ms + RECOVERED_MS
        else:
            if not was_busy:
                self._intervals.clear()  # it had nothing left to do
            else:
                self._intervals.append(interval_ms)
            is_good = not self._falls_behind()
        self._good = self._good + 1 if is_good else 0
        self._decide()

    def _falls_behind(self) -> bool:
        return self._slow_steps >= SURE_FRAMES or (
            len(self._intervals) == INTERVALS
            and fmean(sorted(self._intervals)[:-1]) > SLOW_MEAN * FRAME_MS
        )

    def _decide(self) -> None:
        if self.is_slow and self._good >= self._stay:
            self.is_slow = False
            self._intervals.clear()
        elif not self.is_slow and self._good == 0:
            self.is_slow = True
            self._stay = min(2 * self._stay, MAX_STAY_FRAMES)
        elif not self.is_slow and self._good >= FORGIVEN_FRAMES:
            self._stay = SURE_FRAMES
