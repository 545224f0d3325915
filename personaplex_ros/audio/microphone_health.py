# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Whether a microphone lives: its level, its clipping, and silence that no room has."""

import numpy as np

from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.level import rms_dbfs

DEAD_STEP = 2
"""A living microphone's noise moves by more than this many of 65 536 steps."""

CLIPPED = 32_700

SMOOTHING_S = 1.0
"""How far level and clipping look back."""


MEASURED_SAMPLES = SAMPLE_RATE_HZ // 10
"""Looked at together: whoever reads it does so once a second."""


class MicrophoneHealth:
    """Fed by the device's thread, read by others."""

    def __init__(self) -> None:
        self._waiting: list[np.ndarray] = []
        self._samples = 0
        self.level_dbfs = -120.0
        """That of the last 0.1 s."""
        self.clipped_share = 0.0
        """Samples at full scale, of the last second or so."""
        self.dead_s = 0.0
        """For how long there has been nothing at all, not even noise."""

    def note(self, samples: np.ndarray) -> None:
        """Take int16 [n], 24 kHz, before any processing; kept as it is."""
        self._waiting.append(samples)
        self._samples += len(samples)
        if self._samples >= MEASURED_SAMPLES:
            self._measure(np.concatenate(self._waiting))
            self._waiting, self._samples = [], 0

    def _measure(self, samples: np.ndarray) -> None:
        seconds = len(samples) / SAMPLE_RATE_HZ
        low, high = int(samples.min()), int(samples.max())
        self.dead_s = self.dead_s + seconds if high - low <= DEAD_STEP else 0.0
        self.level_dbfs = rms_dbfs(samples)
        share = 0.0
        if high >= CLIPPED or low <= -CLIPPED:
            share = float(np.mean(np.abs(samples.astype(np.int32)) >= CLIPPED))
        weight = min(1.0, seconds / SMOOTHING_S)
        self.clipped_share += weight * (share - self.clipped_share)
