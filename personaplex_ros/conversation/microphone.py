# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a microphone gives, by the clock: whether it is there, and what comes too late from it."""

from personaplex_ros.audio.format import FRAME_S

MISSING_AFTER_S = 0.2
"""Most give a chunk every 10 to 80 ms; after this long one is taken for switched off. One that
gives longer chunks is granted the length of two."""

BURST_S = 2.0
"""What a network held back comes at once; later frames go by the microphone's clock again."""


class Microphone:
    """Times are seconds of one monotonic clock, and never go back."""

    def __init__(self, listen_on_s: float) -> None:
        """listen_on_s: how long after its last sound an answer to it may begin."""
        self._listen_on_s = listen_on_s
        self.begin(0.0)

    def begin(self, now_s: float) -> None:
        """Begin anew: nothing has come from it yet."""
        self._latest_s = now_s
        self._frames = 0  # of its latest chunk; 0 where none has come
        self._filled_s = now_s - BURST_S
        self._until_s = now_s
        self._surplus = 0

    def heard(self, now_s: float, frames: int) -> None:
        """Note frames that came at once, one at least."""
        self._latest_s = now_s
        self._frames = frames

    def filled(self, now_s: float) -> None:
        """Note a frame of silence that stood for the 80 ms before now."""
        self._filled_s = self._until_s = now_s
        self._surplus += 1

    def is_there(self, now_s: float) -> bool:
        """Whether it gives something."""
        return now_s - self._latest_s < max(MISSING_AFTER_S, 2 * self._frames * FRAME_S)

    def wants_answer(self, now_s: float) -> bool:
        """Whether it gave something a moment ago, which may still be answered."""
        return self._frames > 0 and now_s - self._latest_s < self._listen_on_s

    def is_late(self, now_s: float) -> bool:
        """Whether a frame that comes now is one too many; to be asked once for every frame.

        Silence stood for its time already, a frame for a frame. Taken on top of it, every gap
        would leave the agent's speech further ahead of its loudspeaker.
        """
        if now_s - self._filled_s >= BURST_S:
            self._surplus = 0
        if self._surplus and self._until_s > now_s + FRAME_S:  # a frame early is jitter
            self._surplus -= 1
            return True
        self._until_s = max(self._until_s + FRAME_S, now_s)
        return False
