# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""How much of a prefill is taken in at a time, between the frames of those who talk."""

from collections.abc import Callable
import time

PREFILL_SLICE_MS = 16.0
"""What a frame may have to wait for a prefill in its way: a fifth of its own time."""

FIRST_SLICE_POSITIONS = 32
MIN_SLICE_POSITIONS = 8
MIN_SLICE_POSITIONS_GPU = 64
"""A slice costs one pass over the weights however short it is; on a GPU that pass is all of it,
so that shorter slices would only make more of them."""


class PrefillSlices:
    """Learns how many positions take about PREFILL_SLICE_MS."""

    def __init__(self, device: str) -> None:
        """device: the model's, as torch names it."""
        self._least = MIN_SLICE_POSITIONS_GPU if device.startswith('cuda') else MIN_SLICE_POSITIONS
        self._positions = max(FIRST_SLICE_POSITIONS, self._least)

    def take_one(self, advance: Callable[[int], int]) -> float:
        """Go on with a prefill by one slice; returns the milliseconds that it took.

        advance: takes in at most so many positions and returns how many it were.
        """
        begun_s = time.perf_counter()
        taken_in = advance(self._positions)
        elapsed_ms = 1e3 * (time.perf_counter() - begun_s)
        if taken_in == self._positions:
            faster = PREFILL_SLICE_MS / max(elapsed_ms, 1.0)
            self._positions = max(self._least, int(self._positions * min(2.0, faster)))
        return elapsed_ms
