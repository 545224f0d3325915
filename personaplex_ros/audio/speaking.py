# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The loudspeaker's half of every block: from the player to the device, told as it is heard."""

from typing import Protocol

import numpy as np

from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.intake import convert
from personaplex_ros.audio.intake import to_int16
from personaplex_ros.audio.playout.pieces import Origin
from personaplex_ros.audio.playout.player import Player
from personaplex_ros.audio.playout.settings import SAMPLES_PER_BLOCK
from personaplex_ros.audio.resample import Resampler

NS_PER_SAMPLE = 1e9 / SAMPLE_RATE_HZ


class SpeakingListener(Protocol):
    """Hears of every block, on the device's thread: must never wait."""

    def on_due(self) -> None:
        """Sound is due: what has come for the player is to be pushed now."""

    def on_played(self, origin: Origin, offset: int, audible_ns: int) -> None:
        """This sample of this chunk will be heard then."""


class EchoSide(Protocol):
    """Where the loudspeaker's sound is known as echo: an EchoPath here, or a node elsewhere."""

    @property
    def loudspeaker_gain(self) -> float:
        """Factor for what is played from now on."""

    def played(self, samples: np.ndarray, stamp_s: float) -> None:
        """Take int16 [240] as it is played, gain included, and when its first sample is heard."""


class SpeakingPath:
    """The exchange of a stream that only plays."""

    def __init__(
        self, rate_hz: int, player: Player, echo: EchoSide, listener: SpeakingListener
    ) -> None:
        self._player = player
        self._echo = echo
        self._listener = listener
        self._ns_per_device_sample = 1e9 / rate_hz
        self._to_device = Resampler(SAMPLE_RATE_HZ, rate_hz)
        self._ready: np.ndarray = np.empty(0, np.int16)  # for the loudspeaker, at its rate
        self._gain = 0.0  # a device that is opened in the middle of a word fades in

    def __call__(self, captured: np.ndarray, captured_ns: int, audible_ns: int) -> np.ndarray:
        """See Exchange."""
        return self.play(len(captured), audible_ns)

    def play(self, count: int, audible_ns: int) -> np.ndarray:
        """Return int16 [count] at the device's rate, of which the first is heard then."""
        self._listener.on_due()
        delay_ns = self._to_device.delay_ms * 1e6
        while len(self._ready) < count:
            ahead_ns = len(self._ready) * self._ns_per_device_sample
            begins_ns = audible_ns + round(ahead_ns + delay_ns)
            block = self._player.pull(SAMPLES_PER_BLOCK)
            for start in block.starts:
                at_ns = begins_ns + round(start.at * NS_PER_SAMPLE)
                self._listener.on_played(start.origin, start.offset, at_ns)
            samples = self._ducked(block.samples)
            self._echo.played(samples, begins_ns * 1e-9)
            converted = convert(self._to_device, samples)
            ready = self._ready
            self._ready = np.concatenate((ready, converted)) if len(ready) else converted
        played, self._ready = self._ready[:count], self._ready[count:]
        return played

    def _ducked(self, samples: np.ndarray) -> np.ndarray:
        """Speak more quietly under a visitor; the gain moves within one block."""
        before, self._gain = self._gain, self._echo.loudspeaker_gain
        if before == self._gain == 1.0:
            return samples
        if before == self._gain:
            return to_int16(samples * np.float32(before))
        return to_int16(samples * np.linspace(before, self._gain, len(samples), dtype=np.float32))
