# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""From loudspeaker to microphone: a simulated room with a visitor in it, block by block."""

from dataclasses import dataclass

import numpy as np

from personaplex_ros.audio.intake import to_int16
from personaplex_ros.audio.simulation.convolver import Convolver
from personaplex_ros.audio.simulation.skewed_clock import SkewedClock

SPEECH_CORNER_HZ = 500.0
"""Above it the long-term spectrum of speech falls by about 6 dB an octave or more
(Byrne et al. 1994, An international comparison of long-term average speech spectra)."""

DIRECT_SHARE = 0.5
"""Part of the echo's energy that comes straight from the loudspeaker: it sits on the robot."""

FULL_SCALE = 32768.0


@dataclass(frozen=True)
class RoomSettings:
    """How the robot's own voice comes back to its microphone."""

    delay_ms: float = 60.0
    """From a sample given to the loudspeaker to its first arrival in the microphone's stream."""

    echo_db: float = 6.0
    """Level of the echo over a visitor who is as loud in the source signal."""

    rt60_s: float = 0.25
    """Time in which the reverberation falls by 60 dB."""

    drift_ppm: float = 0.0
    """How much faster the loudspeaker's clock runs than the microphone's."""

    soft_clip_dbfs: float | None = None
    """Level at which the loudspeaker saturates (tanh); None is one without distortion."""

    visitor_db: float = 0.0
    """Gain from the visitor's source signal to the microphone."""

    noise_dbfs: float = -60.0
    """Level of the room's noise in the microphone, white."""

    seed: int = 0
    """Of the reflections and of the noise."""


class Room:
    """Gives what the microphone records; every call continues where the last one ended."""

    def __init__(self, rate_hz: int, settings: RoomSettings | None = None) -> None:
        self._settings = settings or RoomSettings()
        self._noise = np.random.default_rng([self._settings.seed, 1])
        self._noise_rms = FULL_SCALE * 10 ** (self._settings.noise_dbfs / 20)
        self._visitor_gain = 10 ** (self._settings.visitor_db / 20)
        self._convolver = Convolver(impulse_response(rate_hz, self._settings))
        self._clock = SkewedClock(self._settings.drift_ppm, rate_hz)
        delay = round(self._settings.delay_ms * rate_hz / 1000) - self._clock.delay_samples
        if delay < 0:
            raise ValueError(
                f'a delay of {self._settings.delay_ms} ms; expected at least '
                f'{1000 * self._clock.delay_samples / rate_hz:.0f} ms'
            )
        self._in_the_air = np.zeros(delay, np.float32)

    def process(self, loudspeaker: np.ndarray, visitor: np.ndarray) -> np.ndarray:
        """Return the microphone's samples for this stretch of time.

        loudspeaker, visitor: int16 [n], n >= 0. Returns int16 [n].
        """
        return to_int16(self.echo(loudspeaker) + self.near(visitor))

    def echo(self, loudspeaker: np.ndarray) -> np.ndarray:
        """Return the echo alone, float32 [n] on the int16 scale."""
        sound = self._clock.process(self._distort(loudspeaker.astype(np.float32)))
        waiting = np.concatenate((self._in_the_air, self._convolver.process(sound)))
        self._in_the_air = waiting[len(loudspeaker) :]
        return waiting[: len(loudspeaker)]

    def near(self, visitor: np.ndarray) -> np.ndarray:
        """Return the visitor and the noise, float32 [n] on the int16 scale."""
        noise = self._noise.standard_normal(len(visitor), np.float32) * self._noise_rms
        return visitor * np.float32(self._visitor_gain) + noise

    def _distort(self, samples: np.ndarray) -> np.ndarray:
        if self._settings.soft_clip_dbfs is None:
            return samples
        ceiling = np.float32(FULL_SCALE * 10 ** (self._settings.soft_clip_dbfs / 20))
        return ceiling * np.tanh(samples / ceiling)


def impulse_response(rate_hz: int, settings: RoomSettings) -> np.ndarray:
    """Return the echo path after its delay: float32 [taps], direct sound and decaying noise.

    Scaled so that speech comes out settings.echo_db + settings.visitor_db louder than it went in.
    """
    taps = max(2, round(settings.rt60_s * rate_hz))
    time_s = np.arange(taps) / rate_hz
    tail = np.random.default_rng([settings.seed, 0]).standard_normal(taps)
    tail *= 10 ** (-3 * time_s / settings.rt60_s)
    tail[0] = 0.0
    tail *= np.sqrt((1 - DIRECT_SHARE) / np.sum(tail**2))
    tail[0] = np.sqrt(DIRECT_SHARE)
    gain = 10 ** ((settings.echo_db + settings.visitor_db) / 20) / _speech_gain(tail, rate_hz)
    return (gain * tail).astype(np.float32)


def _speech_gain(response: np.ndarray, rate_hz: int) -> float:
    """Return by how much a path changes the level of a speech-shaped signal."""
    power = np.abs(np.fft.rfft(response, 2 * len(response))) ** 2
    hz = np.linspace(0, rate_hz / 2, len(power))
    speech = 1 / (1 + (hz / SPEECH_CORNER_HZ) ** 2)
    return float(np.sqrt(np.sum(power * speech) / np.sum(speech)))
