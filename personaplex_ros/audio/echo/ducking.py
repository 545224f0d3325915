# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Both speak: notice it, and let the robot speak quieter, so that the visitor gets through."""

from collections import deque

NOTICED = (3, 6)
"""A voice in so many of so many steps of 10 ms is a visitor and no click."""

LASTING = (15, 20)
"""So long is no burst of echo: a canceller that does not know the reverberation yet leaves such
for up to 100 ms, at the ends of words (docs/audio.md)."""

HOLD_STEPS = 30
"""300 ms: pauses between words do not end the double talk."""

ATTACK_DB = 1.0
RELEASE_DB = 0.1
"""Change of the loudspeaker's gain per 10 ms: down within 60 ms, up again within a second."""


class DoubleTalk:
    """A voice that is left in the output while the robot speaks."""

    def __init__(self, needed: tuple[int, int] = NOTICED) -> None:
        """needed: steps with a voice, of so many."""
        self._needed, window = needed
        self._voiced: deque[bool] = deque(maxlen=window)
        self._hold = 0

    def update(self, robot_speaks: bool, voice: bool) -> bool:
        """Return whether both speak in this step."""
        self._voiced.append(voice)
        if sum(self._voiced) >= self._needed:
            self._hold = HOLD_STEPS
        self._hold -= self._hold > 0
        return robot_speaks and self._hold > 0


class Ducking:
    """The gain of the loudspeaker, moved step by step."""

    def __init__(self, duck_db: float) -> None:
        """duck_db: how far down, >= 0."""
        self._floor_db = -duck_db
        self.gain_db = 0.0

    def update(self, double_talk: bool) -> None:
        """Move on by 10 ms."""
        step = -ATTACK_DB if double_talk else RELEASE_DB
        self.gain_db = min(0.0, max(self._floor_db, self.gain_db + step))

    @property
    def gain(self) -> float:
        """The same as a factor."""
        return 10 ** (self.gain_db / 20)
