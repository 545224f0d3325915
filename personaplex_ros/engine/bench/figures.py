# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Percentiles of frame times, and the frames that came too late."""

from collections.abc import Sequence

import numpy as np

from personaplex_ros.audio.format import FRAME_MS

PERCENTILES = {'p50': 50.0, 'p90': 90.0, 'p99': 99.0, 'p99_9': 99.9}


def summarise(milliseconds: Sequence[float]) -> dict[str, float]:
    """Return percentiles, longest, mean and count; milliseconds must not be empty."""
    values = np.asarray(milliseconds)
    summary = {
        name: round(float(np.percentile(values, percent)), 3)
        for name, percent in PERCENTILES.items()
    }
    return summary | {
        'max': round(float(values.max()), 3),
        'mean': round(float(values.mean()), 3),
        'count': len(values),
    }


def deadlines(frame_ms: Sequence[float]) -> dict[str, int]:
    """Return how many frames took longer than a frame lasts, and how many in a row."""
    streak = longest = 0
    for one in frame_ms:
        streak = streak + 1 if one > FRAME_MS else 0
        longest = max(longest, streak)
    return {'missed': int(sum(one > FRAME_MS for one in frame_ms)), 'longest_streak': longest}
