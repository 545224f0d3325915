# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Silence after an interrupt, for backends that cannot be interrupted themselves."""

from dataclasses import dataclass
from dataclasses import field

import numpy as np

from personaplex_ros.audio.format import FRAME_MS
from personaplex_ros.audio.level import SpeakingDetector
from personaplex_ros.audio.level import SpeakingSettings


@dataclass(frozen=True)
class MutingSettings:
    """How long an interrupt lasts and what ends it sooner; our engine's values."""

    hold_ms: float = 1_500.0
    """The agent is heard again after this."""

    user: SpeakingSettings = field(default_factory=lambda: SpeakingSettings(-40.0, -40.0, 3))
    """The user's speech that ends it, once it begins anew."""


class Muting:
    """Counts frames: the user's by hears(), the agent's by mutes_next()."""

    def __init__(self, settings: MutingSettings | None = None) -> None:
        """Begin unmuted."""
        settings = settings or MutingSettings()
        self._hold_frames = max(1, round(settings.hold_ms / FRAME_MS))
        self._user = SpeakingDetector(settings.user)
        self._frames_left = 0

    @property
    def active(self) -> bool:
        """Whether the agent's next frame will be muted."""
        return self._frames_left > 0

    def begin(self) -> None:
        """Mute from the agent's next frame on, for hold_ms."""
        self._frames_left = self._hold_frames

    def end(self) -> None:
        """Mute no more."""
        self._frames_left = 0

    def hears(self, pcm: np.ndarray) -> bool:
        """Take every frame of the user, int16 [1920]; return whether it ends the silence."""
        spoke = self._user.speaking
        began = self._user.update(pcm) and not spoke
        if not (began and self.active):
            return False
        self.end()
        return True

    def mutes_next(self) -> bool:
        """Take the agent's next frame; return whether it is muted."""
        if not self.active:
            return False
        self._frames_left -= 1
        return True
