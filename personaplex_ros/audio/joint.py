# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Where one sound breaks off and another begins, the step between them decays: nothing clicks."""

import numpy as np

FADE_S = 0.005
"""Two sounds that did not belong together become one within this time."""


class Joint:
    """Adds what is left of the step to the sound that follows, however small its pieces are."""

    def __init__(self, rate_hz: int) -> None:
        """A step decays within FADE_S at this rate."""
        samples = round(FADE_S * rate_hz)
        self._ramp = 1 - (np.arange(samples, dtype=np.float32) + 1) / (samples + 1)
        self._rest: np.ndarray = np.empty(0, np.float32)

    def start(self, step: int) -> None:
        """Begin anew: the next sample would be `step` lower than the one before."""
        self._rest = step * self._ramp

    def add(self, samples: np.ndarray) -> np.ndarray:
        """Return int16 [n] for int16 [n]."""
        count = min(len(self._rest), len(samples))
        if count == 0:
            return samples
        joined = samples.copy()
        joined[:count] = np.clip(np.rint(samples[:count] + self._rest[:count]), -32768, 32767)
        self._rest = self._rest[count:]
        return joined
