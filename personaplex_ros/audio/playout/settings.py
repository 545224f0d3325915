# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""How much sound may wait in front of the loudspeaker, and in which pieces it is handled."""

from dataclasses import dataclass

from personaplex_ros.audio.format import SAMPLE_RATE_HZ

BLOCK_MS = 10
"""The player gives sound in pieces of this length, however much a device asks for."""

SAMPLES_PER_BLOCK = SAMPLE_RATE_HZ * BLOCK_MS // 1000


def to_samples(ms: float) -> int:
    """Return a duration as samples at 24 kHz."""
    return round(ms * SAMPLE_RATE_HZ / 1000)


def to_ms(samples: float) -> float:
    """Return a number of samples at 24 kHz as a duration."""
    return samples * 1000 / SAMPLE_RATE_HZ


@dataclass(frozen=True)
class PlayoutSettings:
    """How much sound may wait in front of the loudspeaker."""

    target_ms: float = 40.0
    """Sound that is still there when the next frame comes, so that a late one is not heard."""

    ceiling_ms: float = 120.0
    """Beyond it sound is dropped, the quietest stretch first. Target and one frame fit exactly."""
