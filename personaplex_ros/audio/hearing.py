# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The microphone's half of every block: from the device to clean sound with its time."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from personaplex_ros.audio.echo.path import EchoPath
from personaplex_ros.audio.echo.remote_reference import RemoteReference
from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.intake import convert
from personaplex_ros.audio.microphone_health import MicrophoneHealth
from personaplex_ros.audio.resample import Resampler


class HearingListener(Protocol):
    """Hears of every block, on the device's thread: must never wait."""

    def on_clean(self, samples: np.ndarray, captured_ns: int) -> None:
        """The microphone gave int16 [480]."""


class HearingPath:
    """What is done with every block of a microphone."""

    def __init__(
        self, rate_hz: int, echo: EchoPath, listener: HearingListener, health: MicrophoneHealth
    ) -> None:
        """echo: at 24 kHz."""
        self._echo = echo
        self._listener = listener
        self._health = health
        self._from_device = Resampler(rate_hz, SAMPLE_RATE_HZ)

    def hear(self, captured: np.ndarray, captured_ns: int) -> None:
        """Take int16 [n] at the device's rate, and when its first sample was in the air."""
        begins_s = captured_ns * 1e-9 - self._from_device.delay_ms / 1000
        samples = convert(self._from_device, captured)
        self._health.note(samples)
        for block, block_s in self._echo.captured(samples, begins_s):
            self._listener.on_clean(block, round(block_s * 1e9))


class RemoteHearingPath:
    """The exchange of a stream that only hears: its loudspeaker is on another node."""

    def __init__(
        self,
        hearing: HearingPath,
        echo: EchoPath,
        reference: RemoteReference,
        on_double_talk: Callable[[bool], None],
    ) -> None:
        """on_double_talk: takes, for every block, whether both speak; must never wait."""
        self._on_double_talk = on_double_talk
        self._hearing = hearing
        self._echo = echo
        self._reference = reference

    def __call__(self, captured: np.ndarray, captured_ns: int, audible_ns: int) -> np.ndarray:
        """See Exchange."""
        self._reference.feed(self._echo)
        self._hearing.hear(captured, captured_ns)
        self._on_double_talk(self._echo.both_speak)
        return np.zeros(len(captured), np.int16)
