# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Who takes the robot's own voice out of the microphone, and how carefully."""

from dataclasses import dataclass
from enum import Enum

BLOCKS_PER_S = 50
"""The path around a canceller works on 20 ms: half the wake-ups and calls of 10 ms."""

STEPS_PER_BLOCK = 2
STEPS_PER_S = STEPS_PER_BLOCK * BLOCKS_PER_S
"""AEC3 itself works on 10 ms, and so does what judges its output."""

FULL_SCALE = 32768.0
"""Of int16."""


class EchoMode(str, Enum):
    """Where the echo is cancelled."""

    WEBRTC = 'webrtc'
    """Here, by WebRTC's AEC3."""

    HARDWARE = 'hardware'
    """In the sound card (XVF3800 and its kind); nothing is left to do here."""

    SYSTEM = 'system'
    """In the sound server (PipeWire's or PulseAudio's echo-cancel source)."""

    HALF_DUPLEX = 'half_duplex'
    """Nowhere: the microphone is shut while the robot speaks."""

    OFF = 'off'
    """Nowhere, and the microphone stays open: for headphones."""


class EchoSettingsError(ValueError):
    """Settings that would let the robot hear itself, or that make no sense."""


@dataclass(frozen=True)
class EchoSettings:
    """How the echo is kept away from the model."""

    mode: EchoMode = EchoMode.WEBRTC
    """webrtc, hardware, system, half_duplex or off."""

    allow_open_loudspeaker: bool = False
    """Says that `off` is meant: the loudspeaker cannot reach the microphone."""

    warm_up_s: float = 3.0
    """Speech of the robot within which the canceller should converge; until then only a voice that
    lasts is let in while it speaks. livekit-agents guards as long (agents, pull request 4813)."""

    converged_erle_db: float = 10.0
    """Echo return loss enhancement from which on the canceller is trusted."""

    lost_erle_db: float = 6.0
    """Below it for lost_s of the robot's speech, the microphone is shut while the robot speaks."""

    lost_s: float = 2.0
    """Speech of the robot that is needed to lose trust in the canceller."""

    duck_db: float = 12.0
    """How much quieter the robot speaks while a visitor speaks too; 0 for not at all."""

    hold_back_ms: float = 80.0
    """Longest time that microphone sound waits for its reference (split microphone, slow bus)."""

    lead_ms: float = 10.0
    """How much earlier than the echo the reference is given, against errors of the stamps."""

    def __post_init__(self) -> None:
        """Refuse what would let the robot hear itself unasked."""
        object.__setattr__(self, 'mode', EchoMode(self.mode))
        if self.mode is EchoMode.OFF and not self.allow_open_loudspeaker:
            raise EchoSettingsError(
                'echo mode off lets the robot hear itself; set allow_open_loudspeaker where the '
                'loudspeaker cannot reach the microphone (headphones), else take webrtc'
            )
