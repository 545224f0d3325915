# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What is to be measured, and on what."""

from dataclasses import dataclass

RANDOM_7B = 'random-7b'
RANDOM_SMALL = 'random-small'
RANDOM_MODELS = (RANDOM_7B, RANDOM_SMALL)
"""Models without files; NVIDIA's loop is run beside them in the same run."""


@dataclass(frozen=True)
class Plan:
    """One run of the bench."""

    model: str = 'nano'
    device: str = 'auto'
    threads: int = 1
    frames: int = 400
    """Back to back; at real-time pace a quarter of them."""

    fill_window: bool = False
    """Talk first until nine tenths of the attention window are taken."""

    @property
    def paced_frames(self) -> int:
        """Frames at one in 80 ms."""
        return max(1, self.frames // 4)
