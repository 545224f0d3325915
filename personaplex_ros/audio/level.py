# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""How loud a frame is, and whether somebody speaks in it."""

from dataclasses import dataclass

import numpy as np

FLOOR_DBFS = -120.0


def rms_dbfs(samples: np.ndarray) -> float:
    """Return the level of int16 samples [n] in dB below full scale; silence gives FLOOR_DBFS."""
    if len(samples) == 0:
        return FLOOR_DBFS
    wide = samples.astype(np.float64)
    power = float(np.dot(wide, wide)) / len(wide) / 32768.0**2
    return max(FLOOR_DBFS, 10 * np.log10(power)) if power > 0 else FLOOR_DBFS


@dataclass(frozen=True)
class SpeakingSettings:
    """When output counts as speech."""

    on_dbfs: float = -45.0
    """Speech begins with a frame above this level."""

    off_dbfs: float = -50.0
    """Frames below this level are silent."""

    hang_frames: int = 4
    """Speech ends after this many silent frames in a row (80 ms each)."""


class SpeakingDetector:
    """Level with hysteresis and hang time, one decision a frame."""

    def __init__(self, settings: SpeakingSettings | None = None) -> None:
        self._settings = settings or SpeakingSettings()
        self._silent_frames = 0
        self.speaking = False

    def update(self, samples: np.ndarray) -> bool:
        """Take one frame, int16 [n]; return whether somebody speaks."""
        level = rms_dbfs(samples)
        if level >= self._settings.on_dbfs:
            self.speaking = True
            self._silent_frames = 0
        elif level < self._settings.off_dbfs:
            self._silent_frames += 1
            if self._silent_frames >= self._settings.hang_frames:
                self.speaking = False
        else:
            self._silent_frames = 0
        return self.speaking

    def silence(self) -> None:
        """End speech at once, as an interrupt does."""
        self.speaking = False
