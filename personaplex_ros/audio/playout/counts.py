# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Every sample that came to the player accounted for."""

from dataclasses import dataclass


@dataclass
class PlayoutCounts:
    """received = played + dropped + voided + waiting, in samples at 24 kHz."""

    received: int = 0
    played: int = 0
    dropped: int = 0
    """Cut out to stay live."""
    voided: int = 0
    """Of an epoch that an interrupt ended or a sender that is gone, or what came late or twice."""
    waiting: int = 0
    """Still to be played."""
    concealed: int = 0
    """Made here for chunks that never came."""
    stretched: int = 0
    """Taken more (or less) than played, against drift."""

    lost_chunks: int = 0
    """Gaps in seq: chunks that never came, or that nobody pulled in time."""
    cuts: int = 0
    underruns: int = 0
    """Times that sound ended because nothing more was there."""
