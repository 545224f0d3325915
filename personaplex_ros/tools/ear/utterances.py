# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Where somebody speaks: a stream of blocks in, utterances with some sound around them out."""

from collections import deque
from collections.abc import Callable

import numpy as np

BEFORE_BLOCKS = 17
"""Sound kept in front of the onset. The keyword search misses words that begin at once."""

WINDOW_BLOCKS = 10
ONSET_BLOCKS = 5
"""So many blocks with voice among the last ones begin an utterance."""

END_BLOCKS = 15
"""So many blocks in a row without voice end it."""


class Utterances:
    """Cut a stream; what is in front of an utterance waits until there is one.

    is_voice: tells of a block whether somebody speaks in it.
    """

    def __init__(self, is_voice: Callable[[np.ndarray], bool]) -> None:
        self._is_voice = is_voice
        self._before: deque[np.ndarray] = deque(maxlen=BEFORE_BLOCKS)
        self._voiced: deque[bool] = deque(maxlen=WINDOW_BLOCKS)
        self._quiet = 0
        self.is_open = False
        """Whether an utterance runs; where it was open before a block and is not after it, it
        ended with that block."""

    def push(self, block: np.ndarray) -> list[np.ndarray]:
        """Take a block; return the blocks of an utterance that are new with it."""
        voiced = self._is_voice(block)
        if self.is_open:
            self._quiet = 0 if voiced else self._quiet + 1
            if self._quiet >= END_BLOCKS:
                self.is_open = False
                self._voiced.clear()
            return [block]
        self._before.append(block)
        self._voiced.append(voiced)
        if sum(self._voiced) < ONSET_BLOCKS:
            return []
        self.is_open, self._quiet = True, 0
        begun = list(self._before)
        self._before.clear()
        return begun
