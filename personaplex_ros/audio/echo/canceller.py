# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What every way to be rid of the echo looks like from outside."""

from typing import Protocol

import numpy as np

from personaplex_ros.audio.echo.report import EchoReport


class EchoCanceller(Protocol):
    """Takes the robot's own voice out of the microphone, 10 ms at a time; not thread-safe."""

    delay_ms: float
    """How much later the sound leaves than it came."""

    both_speak: bool
    """A visitor speaks while the robot speaks."""

    @property
    def loudspeaker_gain_db(self) -> float:
        """What the player should do to the loudspeaker now: ducking under a visitor."""

    @property
    def report(self) -> EchoReport:
        """How well it goes, as of the last block."""

    def process(self, microphone: np.ndarray, reference: np.ndarray) -> np.ndarray:
        """Return the microphone without the echo.

        microphone, reference: int16 [rate / 100], the same 10 ms; the reference is what the
        loudspeaker plays, and its echo must not be in the microphone before it.
        Returns int16 [rate / 100].
        """

    def reset(self) -> None:
        """Forget what was learnt, as after another device was opened."""
