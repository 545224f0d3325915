# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""When a block was in the air: the device's own times, without the jitter of who reports them."""

from collections import deque
from math import pi
from math import sqrt

BANDWIDTH_HZ = 0.2
"""Of the loop: a block's jitter is averaged over some seconds, drift is still followed."""

JUMP_S = 0.1
"""A block so far from its expected time comes after a gap: begin anew."""

OFFSET_BLOCKS = 100
"""Two seconds to find the least delayed callback, which tells how the two clocks lie."""

SET_BLOCKS = 5
"""No callback is so late so often: the other clock was set back, as NTP does with the one by which
PortAudio tells ALSA's times."""

SURE_AFTER_S = 10.0
"""Before, the measured rate says nothing; then it is right to some 100 ppm, and gets better."""


class BlockClock:
    """Second-order delay-locked loop over block times.

    F. Adriaensen, Using a DLL to filter time (Linux Audio Conference 2005).
    """

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._origin_ns = 0
        self._samples = 0
        self._expected_s = 0.0
        self._period = 0.0  # seconds per sample
        self._begun = False

    @property
    def measured_rate_hz(self) -> float:
        """Samples per second of the system's clock since the last jump; 0.0 while not known."""
        if not self._begun or self._expected_s < SURE_AFTER_S:
            return 0.0
        return self._samples / self._expected_s

    def update(self, seen_ns: int, samples: int) -> int:
        """Take when a block of `samples` seems to begin; return when it does begin."""
        seen_s = (seen_ns - self._origin_ns) * 1e-9
        error_s = seen_s - self._expected_s
        if not self._begun or abs(error_s) > JUMP_S:
            self._begin(seen_ns, samples)
            return seen_ns
        begins_ns = self._origin_ns + round(self._expected_s * 1e9)
        omega = 2 * pi * BANDWIDTH_HZ * samples / self._rate_hz
        self._expected_s += sqrt(2) * omega * error_s + self._period * samples
        self._period += omega * omega * error_s / samples
        self._samples += samples
        return begins_ns

    def _begin(self, seen_ns: int, samples: int) -> None:
        self._begun = True
        self._origin_ns = seen_ns
        self._period = 1 / self._rate_hz
        self._expected_s = self._period * samples
        self._samples = samples


class ClockOffset:
    """From another clock to ours, when both are read one after the other with jitter between."""

    def __init__(self) -> None:
        self._offsets: deque[float] = deque(maxlen=OFFSET_BLOCKS)

    def update(self, other_s: float, ours_s: float) -> float:
        """Take both clocks' time, ours read last; return what to add to the other's times."""
        self._offsets.append(ours_s - other_s)
        latest = list(self._offsets)[-SET_BLOCKS:]
        if min(latest) > min(self._offsets) + JUMP_S:
            self._offsets = deque(latest, OFFSET_BLOCKS)
        return min(self._offsets)
