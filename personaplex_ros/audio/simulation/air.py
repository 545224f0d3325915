# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a simulated loudspeaker plays, for a simulated microphone in another process."""

from pathlib import Path

import numpy as np

LENGTH_S = 4


class Air:
    """A ring of int16 in a file, placed by the monotonic clock; one plays, one hears."""

    def __init__(self, path: str, rate_hz: int) -> None:
        """path: the same for both; made where it is not there. Raises OSError."""
        self._rate_hz = rate_hz
        self._length = LENGTH_S * rate_hz
        with Path(path).open('ab') as file:
            file.truncate(2 * self._length)
        self._ring = np.memmap(path, np.int16, 'r+', shape=(self._length,))

    def play(self, samples: np.ndarray, audible_ns: int) -> None:
        """Put int16 [n] where it can be heard from then on."""
        self._ring[self._places(audible_ns, len(samples))] = samples

    def hear(self, count: int, since_ns: int) -> np.ndarray:
        """Return int16 [count] that was audible from then on, and leave silence behind."""
        places = self._places(since_ns, count)
        heard = np.array(self._ring[places])
        self._ring[places] = 0
        return heard

    def _places(self, begin_ns: int, count: int) -> np.ndarray:
        return (begin_ns * self._rate_hz // 1_000_000_000 + np.arange(count)) % self._length
