# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Whether the agent is in the middle of speaking, told from its answers alone."""

import numpy as np

from personaplex_ros.audio.level import SpeakingDetector

MAX_WORDLESS_FRAMES = 125
"""10 s: a sound that no word comes with for so long is a hum or an echo, and may never end."""


class AgentSpeech:
    """It has begun with a word or a sound, and ends with a pause in both."""

    def __init__(self, pause_frames: int) -> None:
        """pause_frames: without a word, as many end an utterance."""
        self._pause_frames = pause_frames
        self._detector = SpeakingDetector()
        self.end()

    def end(self) -> None:
        """Begin anew: whatever it was saying will not go on."""
        self._wordless_frames = self._pause_frames
        self._detector.silence()

    def answered(self, piece: str, pcm: np.ndarray) -> None:
        """Take one frame: its piece of text ('' for none) and its sound, int16 [1920]."""
        self._wordless_frames = 0 if piece else self._wordless_frames + 1
        self._detector.update(pcm)

    @property
    def is_open(self) -> bool:
        """Whether something of it is still to come: a sound, or the end of its utterance."""
        sounds = self._detector.speaking and self._wordless_frames < MAX_WORDLESS_FRAMES
        return sounds or self._wordless_frames < self._pause_frames
