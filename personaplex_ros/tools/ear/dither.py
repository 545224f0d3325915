# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Faint white noise, always the same: a recogniser of speech cannot do with digital silence."""

import numpy as np

_LOOP = 16_000
_FULL_SCALE = 32_768.0


class Dither:
    """Noise that goes on from block to block."""

    def __init__(self, dbfs: float) -> None:
        """dbfs: its level, RMS."""
        level = _FULL_SCALE * 10 ** (dbfs / 20)
        noise = np.random.default_rng(0).normal(0.0, level, _LOOP)
        self._noise = noise.astype(np.float32)
        self._at = 0

    def under(self, block: np.ndarray) -> bytes:
        """Return a block, int16 or float32 [n] in steps of int16, with noise, as int16."""
        begin = self._at
        self._at = (begin + len(block)) % (len(self._noise) - len(block))
        noisy = block + self._noise[begin : begin + len(block)]
        return np.clip(np.rint(noisy), -32_768, 32_767).astype(np.int16).tobytes()
