# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""For machines that cancel the echo elsewhere, and for headphones: watches, changes nothing."""

import numpy as np

from personaplex_ros.audio.echo.delay import EchoDelay
from personaplex_ros.audio.echo.delay import EchoSearch
from personaplex_ros.audio.echo.meters import is_clipped
from personaplex_ros.audio.echo.meters import Share
from personaplex_ros.audio.echo.report import EchoReport
from personaplex_ros.audio.echo.report import EchoState
from personaplex_ros.audio.echo.settings import EchoMode

ADVICE = {
    EchoMode.HARDWARE: 'does playback go through the board that cancels the echo?',
    EchoMode.SYSTEM: 'does the node use the echo-cancel source and sink of the sound server?',
    EchoMode.OFF: 'the loudspeaker reaches the microphone; take webrtc',
}


class PassThrough:
    """An EchoCanceller that leaves the microphone as it is and tells whether echo is in it."""

    delay_ms = 0.0
    loudspeaker_gain_db = 0.0
    both_speak = False

    def __init__(self, mode: EchoMode, rate_hz: int) -> None:
        """mode: hardware, system or off."""
        self._mode = mode
        self._rate_hz = rate_hz
        self.reset()

    def reset(self) -> None:
        """Forget the past."""
        self._echo = EchoDelay()
        self._search = EchoSearch(self._rate_hz, self._echo)
        self._clipping = Share()

    @property
    def report(self) -> EchoReport:
        """How it goes."""
        return EchoReport(
            mode=self._mode,
            state=EchoState.OPEN,
            delay_ms=self._echo.delay_ms,
            clipping_share=self._clipping.value,
            fault=self._fault(),
        )

    def process(
        self, microphone: np.ndarray, reference: np.ndarray, shut: bool = False
    ) -> np.ndarray:
        """Return the microphone itself, open whatever happens; see EchoCanceller."""
        self._clipping.update(is_clipped(microphone))
        self._search.update(reference, microphone)
        return microphone

    def _fault(self) -> str:
        if not self._echo.is_certain:
            return ''
        return f'the robot hears itself in mode {self._mode.value}: {ADVICE[self._mode]}'
