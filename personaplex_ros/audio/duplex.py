# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What happens to every block of a device: rates, echo, playout; on the device's own thread."""

from typing import Protocol

import numpy as np

from personaplex_ros.audio.echo.path import EchoPath
from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.intake import to_int16
from personaplex_ros.audio.microphone_health import MicrophoneHealth
from personaplex_ros.audio.playout.pieces import Origin
from personaplex_ros.audio.playout.player import Player
from personaplex_ros.audio.playout.settings import SAMPLES_PER_BLOCK
from personaplex_ros.audio.resample import Resampler

NS_PER_SAMPLE = 1e9 / SAMPLE_RATE_HZ

_AUDIBLE_TO_NOBODY = np.random.default_rng(0).integers(-1, 2, SAMPLES_PER_BLOCK, np.int16)
"""The reference of silence, one step of 65 536: with zeros the filters of AEC3 decay into denormal
numbers, and a block takes 1.2 ms instead of 0.1 (pywebrtc-audio 0.2.0, x86-64)."""


class PathListener(Protocol):
    """Hears of every block, on the device's thread: must never wait."""

    def on_clean(self, samples: np.ndarray, captured_ns: int) -> None:
        """The microphone gave int16 [240]."""

    def on_played(self, origin: Origin, offset: int, audible_ns: int) -> None:
        """This sample of this chunk will be heard then."""


class DuplexPath:
    """The exchange of one open stream."""

    def __init__(
        self,
        rate_hz: int,
        player: Player,
        echo: EchoPath,
        listener: PathListener,
        health: MicrophoneHealth,
    ) -> None:
        """echo: at 24 kHz."""
        self._player = player
        self._echo = echo
        self._listener = listener
        self._health = health
        self._ns_per_device_sample = 1e9 / rate_hz
        self._to_device = Resampler(SAMPLE_RATE_HZ, rate_hz)
        self._from_device = Resampler(rate_hz, SAMPLE_RATE_HZ)
        self._ready: np.ndarray = np.empty(0, np.int16)  # for the loudspeaker, at its rate
        self._gain = 1.0

    def __call__(self, captured: np.ndarray, captured_ns: int, audible_ns: int) -> np.ndarray:
        """See Exchange."""
        played = self._play(len(captured), audible_ns)
        self._hear(captured, captured_ns)
        return played

    def _play(self, count: int, audible_ns: int) -> np.ndarray:
        delay_ns = self._to_device.delay_ms * 1e6
        while len(self._ready) < count:
            ahead_ns = len(self._ready) * self._ns_per_device_sample
            begins_ns = audible_ns + round(ahead_ns + delay_ns)
            block = self._player.pull(SAMPLES_PER_BLOCK)
            for start in block.starts:
                at_ns = begins_ns + round(start.at * NS_PER_SAMPLE)
                self._listener.on_played(start.origin, start.offset, at_ns)
            samples = self._ducked(block.samples)
            self._echo.played(samples if samples.any() else _AUDIBLE_TO_NOBODY, begins_ns * 1e-9)
            resampled = to_int16(self._to_device.process(samples.astype(np.float32)))
            self._ready = np.concatenate((self._ready, resampled))
        played, self._ready = self._ready[:count], self._ready[count:]
        return played

    def _ducked(self, samples: np.ndarray) -> np.ndarray:
        """Speak more quietly under a visitor; the gain moves within one block."""
        before, self._gain = self._gain, self._echo.loudspeaker_gain
        if before == self._gain == 1.0:
            return samples
        return to_int16(samples * np.linspace(before, self._gain, len(samples)))

    def _hear(self, captured: np.ndarray, captured_ns: int) -> None:
        begins_s = captured_ns * 1e-9 - self._from_device.delay_ms / 1000
        samples = to_int16(self._from_device.process(captured.astype(np.float32)))
        self._health.note(samples)
        for block, block_s in self._echo.captured(samples, begins_s):
            self._listener.on_clean(block, round(block_s * 1e9))
