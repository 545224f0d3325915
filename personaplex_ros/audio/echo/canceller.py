# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What every way to be rid of the echo looks like from outside."""

from typing import Protocol

import numpy as np

from personaplex_ros.audio.echo.report import EchoReport


class EchoCanceller(Protocol):
    """Takes the robot's own voice out of the microphone, 20 ms at a time; not thread-safe."""

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

    def process(
        self, microphone: np.ndarray, reference: np.ndarray, shut: bool = False
    ) -> np.ndarray:
        """Return the microphone without the echo.

        microphone, reference: int16 [rate / 50], the same 20 ms, kept as they are; the reference
        is what the loudspeaker plays, and its echo must not be in the microphone before it.
        shut: that is not known; nobody may be heard. Returns int16 [rate / 50].
        """

    def reset(self) -> None:
        """Forget what was learnt, as after another device was opened."""
