# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""How much louder a voice must be made for the ear: its scores depend on the level."""

from collections.abc import Sequence
import math

import numpy as np

SPEECH_DBFS = -20.0
"""What every voice is brought to; the cepstral mean and the wake word's threshold belong to it."""

LOUD_BLOCKS = 5
"""The loudest blocks of an onset are speech, the others may be the silence before it. With 30 ms
blocks their level is that of the sentence to within 3 dB (ten synthetic voices)."""

MOST_DB = 20.0
LEAST_DB = -12.0
"""A voice farther away than that is noise by then."""

CLEARLY_DB = 5.0
"""A smaller difference is the guess's own, and one that the cepstral mean follows."""

_FULL_SCALE = 32_768.0
_NOTHING = 1e-12


class VoiceLevel:
    """The gain of one microphone's voices, kept until a voice is clearly louder or lower."""

    def __init__(self) -> None:
        self._gain_db = 0.0

    def gain_for(self, onset: Sequence[np.ndarray]) -> np.float32:
        """Return the factor for an utterance that begins with these blocks of int16 samples."""
        power = sorted(float(np.mean(np.square(block, dtype=np.float64))) for block in onset)
        loud = float(np.mean(power[-LOUD_BLOCKS:])) / _FULL_SCALE**2
        wanted_db = SPEECH_DBFS - 10 * math.log10(max(loud, _NOTHING))
        if abs(wanted_db - self._gain_db) > CLEARLY_DB:
            self._gain_db = min(max(wanted_db, LEAST_DB), MOST_DB)
        return np.float32(10 ** (self._gain_db / 20))
