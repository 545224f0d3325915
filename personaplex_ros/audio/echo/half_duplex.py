# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The old way that always works: a microphone that is shut while the robot speaks."""

import math

import numpy as np

from personaplex_ros.audio.echo.meters import by_step
from personaplex_ros.audio.echo.meters import is_clipped
from personaplex_ros.audio.echo.meters import Share
from personaplex_ros.audio.echo.meters import step_powers
from personaplex_ros.audio.echo.noise import RoomNoise
from personaplex_ros.audio.echo.report import EchoReport
from personaplex_ros.audio.echo.report import EchoState
from personaplex_ros.audio.echo.settings import EchoMode
from personaplex_ros.audio.echo.settings import STEPS_PER_S
from personaplex_ros.audio.intake import to_int16

AUDIBLE_POWER = 10**-6.0
"""-60 dBFS: a reference below it makes no echo worth shutting the microphone for."""

TAIL_MS = 250.0
"""Of the room, after the last echo: RT60 of an office, and the transport around it."""

UNKNOWN_DELAY_MS = 400.0
"""Taken for the delay of the echo until it was measured: the longest we are built for."""

STEP_MS = 1000 / STEPS_PER_S


class RobotSpeech:
    """Whether the robot can be heard at the microphone now, from what the loudspeaker plays."""

    def __init__(self) -> None:
        self.delay_ms: float | None = None
        """Measured delay of the echo; None where it is not known."""
        self._silent_ms = math.inf

    def update(self, reference_power: float) -> bool:
        """Take the power of the next 10 ms that the loudspeaker plays."""
        self._silent_ms = 0.0 if reference_power >= AUDIBLE_POWER else self._silent_ms + STEP_MS
        delay_ms = UNKNOWN_DELAY_MS if self.delay_ms is None else max(0.0, self.delay_ms)
        return self._silent_ms <= delay_ms + TAIL_MS


class Gate:
    """Puts the room's noise in place of the microphone, within 10 ms and without a click."""

    def __init__(self) -> None:
        self._open = 1.0
        self._noise = RoomNoise()

    def process(self, samples: np.ndarray, step_power: float, shut: bool) -> np.ndarray:
        """Return 10 ms, int16 [n]: the samples, whose power is told, or noise like theirs."""
        if not shut:  # the robot's reverberation is no noise of the room
            self._noise.learn(samples, step_power)
        before, self._open = self._open, 0.0 if shut else 1.0
        if before == self._open == 1.0:
            return samples
        noise = self._noise.make(len(samples))
        if before == self._open:
            return to_int16(noise)
        openness = np.linspace(before, self._open, len(samples), dtype=np.float32)
        return to_int16(samples * openness + noise * (1 - openness))


class HalfDuplex:
    """An EchoCanceller that cancels nothing: nobody is heard while the robot speaks."""

    delay_ms = 0.0
    loudspeaker_gain_db = 0.0
    both_speak = False

    def __init__(self, mode: EchoMode = EchoMode.HALF_DUPLEX, fault: str = '') -> None:
        """mode: what was asked for; fault: why it cannot be had, for the report."""
        self._mode = mode
        self._fault = fault
        self.reset()

    def reset(self) -> None:
        """Forget the past."""
        self._robot = RobotSpeech()
        self._gate = Gate()
        self._clipping = Share()

    @property
    def report(self) -> EchoReport:
        """How it goes."""
        return EchoReport(
            mode=self._mode,
            state=EchoState.HALF_DUPLEX,
            clipping_share=self._clipping.value,
            fault=self._fault,
        )

    def process(
        self, microphone: np.ndarray, reference: np.ndarray, shut: bool = False
    ) -> np.ndarray:
        """Return the microphone, or the room's noise while the robot speaks; see EchoCanceller."""
        self._clipping.update(is_clipped(microphone))
        came, played = step_powers(microphone), step_powers(reference)
        steps = zip(by_step(microphone), came, played, strict=True)
        return np.concatenate(
            [
                self._gate.process(samples, power, self._robot.update(echo) or shut)
                for samples, power, echo in steps
            ]
        )
