# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The model's clock: every other rate and chunk size is re-blocked to it."""

SAMPLE_RATE_HZ = 24_000
"""Mimi's sample rate (moshi 0.2.13, models/loaders.py, SAMPLE_RATE)."""

FRAME_RATE_HZ = 12.5
"""Mimi's frame rate (moshi 0.2.13, models/loaders.py, FRAME_RATE)."""

SAMPLES_PER_FRAME = 1_920
"""24 000 Hz / 12.5 Hz."""

FRAME_MS = 80.0
"""One frame: the model listens and speaks this much at once."""

FRAME_S = FRAME_MS / 1000
"""The same in seconds."""


class AudioFormatError(ValueError):
    """Audio that cannot be used; the message says what was expected."""
