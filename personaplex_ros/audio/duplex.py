# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What happens to every block of a device that hears and plays: rates, echo, playout."""

from typing import Protocol

import numpy as np

from personaplex_ros.audio.echo.path import EchoPath
from personaplex_ros.audio.hearing import HearingListener
from personaplex_ros.audio.hearing import HearingPath
from personaplex_ros.audio.microphone_health import MicrophoneHealth
from personaplex_ros.audio.playout.player import Player
from personaplex_ros.audio.speaking import SpeakingListener
from personaplex_ros.audio.speaking import SpeakingPath


class PathListener(HearingListener, SpeakingListener, Protocol):
    """Hears of every block, on the device's thread: must never wait."""


class DuplexPath:
    """The exchange of one open stream; on the device's own thread."""

    def __init__(
        self,
        rate_hz: int,
        player: Player,
        echo: EchoPath,
        listener: PathListener,
        health: MicrophoneHealth,
    ) -> None:
        """echo: at 24 kHz."""
        self._speaking = SpeakingPath(rate_hz, player, echo, listener)
        self._hearing = HearingPath(rate_hz, echo, listener, health)

    def __call__(self, captured: np.ndarray, captured_ns: int, audible_ns: int) -> np.ndarray:
        """See Exchange."""
        played = self._speaking.play(len(captured), audible_ns)
        self._hearing.hear(captured, captured_ns)
        return played
