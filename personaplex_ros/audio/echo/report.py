# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""How well the echo is kept away, for /diagnostics and the doctor."""

from dataclasses import dataclass
from enum import Enum

from personaplex_ros.audio.echo.settings import EchoMode


class EchoState(str, Enum):
    """Whether the microphone may stay open while the robot speaks."""

    WARMING = 'warming'
    """The canceller has not heard enough of the robot yet; while it speaks, shut but for a voice
    that lasts."""

    CONVERGED = 'converged'
    """The echo is cancelled; open."""

    NOT_CONVERGED = 'not converged'
    """The echo is still there; shut while the robot speaks."""

    HALF_DUPLEX = 'half duplex'
    """Shut while the robot speaks, by setting."""

    OPEN = 'open'
    """Nothing is done here; open."""


@dataclass(frozen=True)
class EchoReport:
    """As of the last block; None is not known yet. Shares are of about the last 10 s."""

    mode: EchoMode
    state: EchoState

    erle_db: float | None = None
    """Echo return loss enhancement: microphone over output while the robot speaks alone."""

    delay_ms: float | None = None
    """Arrival of the echo after its reference, by correlation; negative: the reference is late."""

    clipping_share: float = 0.0
    """Share of microphone blocks with a sample at full scale."""

    false_speech_share: float = 0.0
    """Share of the robot's speech in which a voice is heard in an output that follows the echo."""

    double_talk: bool = False
    """A visitor speaks while the robot speaks."""

    loudspeaker_gain_db: float = 0.0
    """What the player should do to the loudspeaker now: ducking under a visitor."""

    missing_reference_share: float = 0.0
    """Share of blocks whose reference had not arrived in time."""

    held_back_ms: float = 0.0
    """How long the microphone waits for its reference now."""

    fault: str = ''
    """What is wrong, in one line; empty when nothing is."""

    @property
    def converged(self) -> bool:
        """The echo is cancelled here."""
        return self.state is EchoState.CONVERGED
