# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a microphone gives too late: for that time the engine has heard silence already."""

from personaplex_ros.audio.format import FRAME_S

BURST_S = 2.0
"""What a network held back comes at once; later frames go by the microphone's clock again."""


class Filling:
    """Up to when the engine has heard something. Times are seconds of one monotonic clock.

    Without it, every gap in a microphone's stream would leave the agent's speech further ahead of
    its loudspeaker: silence first, and then what the silence stood for.
    """

    def __init__(self) -> None:
        self._filled_s = -BURST_S
        self._until_s = 0.0

    def filled(self, now_s: float) -> None:
        """Note a frame of silence that stood for the 80 ms before now."""
        self._filled_s = self._until_s = now_s

    def is_late(self, now_s: float) -> bool:
        """Whether a frame that comes now is one too many; to be asked once for every frame."""
        if now_s - self._filled_s >= BURST_S:
            return False
        if self._until_s > now_s + FRAME_S:  # a frame early is a microphone's jitter
            return True
        self._until_s = max(self._until_s + FRAME_S, now_s)
        return False
