# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Streaming convolution with a long impulse response, exact and without delay."""

import numpy as np

MAX_BLOCK = 4_096


class Convolver:
    """Overlap-add in the frequency domain; blocks may have any length."""

    def __init__(self, response: np.ndarray) -> None:
        """Take the impulse response, float [taps]."""
        self._response = response
        self._tail: np.ndarray = np.zeros(len(response) - 1, np.float32)
        self._spectra: dict[int, np.ndarray] = {}  # by transform length: a handful of powers of 2

    def process(self, samples: np.ndarray) -> np.ndarray:
        """Return float32 [n] for float32 [n], n >= 0."""
        blocks = [
            self._block(samples[start : start + MAX_BLOCK])
            for start in range(0, len(samples), MAX_BLOCK)
        ]
        return np.concatenate(blocks) if blocks else samples

    def _block(self, samples: np.ndarray) -> np.ndarray:
        whole = len(samples) + len(self._tail)
        size = 1 << (whole - 1).bit_length()
        if size not in self._spectra:
            self._spectra[size] = np.fft.rfft(self._response, size)
        spectrum = np.fft.rfft(samples, size) * self._spectra[size]
        out = np.fft.irfft(spectrum, size)[:whole].astype(np.float32)
        out[: len(self._tail)] += self._tail
        self._tail = out[len(samples) :]
        return out[: len(samples)]
