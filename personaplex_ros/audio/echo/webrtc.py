# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""WebRTC's AEC3, watched: where it fails, the microphone is shut while the robot speaks."""

from typing import Any

import numpy as np

from personaplex_ros.audio.echo.delay import EchoDelay
from personaplex_ros.audio.echo.delay import EchoSearch
from personaplex_ros.audio.echo.ducking import DoubleTalk
from personaplex_ros.audio.echo.ducking import Ducking
from personaplex_ros.audio.echo.ducking import LASTING
from personaplex_ros.audio.echo.guard import Guard
from personaplex_ros.audio.echo.half_duplex import Gate
from personaplex_ros.audio.echo.half_duplex import RobotSpeech
from personaplex_ros.audio.echo.meters import by_step
from personaplex_ros.audio.echo.meters import CLIPPED
from personaplex_ros.audio.echo.meters import ErleMeter
from personaplex_ros.audio.echo.meters import is_clipped
from personaplex_ros.audio.echo.meters import Share
from personaplex_ros.audio.echo.meters import step_powers
from personaplex_ros.audio.echo.noise import NoiseFloor
from personaplex_ros.audio.echo.report import EchoReport
from personaplex_ros.audio.echo.report import EchoState
from personaplex_ros.audio.echo.settings import EchoMode
from personaplex_ros.audio.echo.settings import EchoSettings
from personaplex_ros.audio.echo.settings import EchoSettingsError
from personaplex_ros.audio.echo.settings import FULL_SCALE
from personaplex_ros.audio.echo.settings import STEPS_PER_BLOCK
from personaplex_ros.audio.echo.settings import STEPS_PER_S

DELAY_MS = {16_000: 8.0, 24_000: 9.33, 32_000: 8.2, 48_000: 9.0}
"""AEC3's band splitting and framing, measured with pywebrtc-audio 0.2.0, by sample rate in Hz."""

VOICE_PROBABILITY = 0.5

LOUD = 10.0
"""A ratio of powers, over the noise: the detector of voices judges spectra at any level, and stays
on after a voice has ended."""

_NOISE = np.random.default_rng(0).integers(-1, 2, (2, 480), np.int16)
"""Digital silence, for reference and microphone, one step of 65 536: with zeros in either of them
the filters of AEC3 decay into denormal numbers, and a block takes up to ten times as long
(pywebrtc-audio 0.2.0, x86-64)."""


class WebrtcCanceller:
    """An EchoCanceller around pywebrtc-audio (AEC3; no noise suppression, no gain control).

    Raises ImportError where pywebrtc-audio is not installed, EchoSettingsError for another rate.
    """

    def __init__(self, rate_hz: int, settings: EchoSettings) -> None:
        if rate_hz not in DELAY_MS:
            raise EchoSettingsError(
                f'echo cancellation at {rate_hz} Hz; expected one of {list(DELAY_MS)}'
            )
        self.delay_ms = DELAY_MS[rate_hz]
        self._rate_hz = rate_hz
        self._settings = settings
        self.reset()

    def reset(self) -> None:
        """Forget what was learnt."""
        self._aec = _aec3(self._rate_hz)
        self._echo, self._leak = EchoDelay(), EchoDelay()
        self._search = EchoSearch(self._rate_hz, self._echo, self._leak)
        self._erle = ErleMeter()
        self._robot = RobotSpeech()
        self._guard = Guard(self._settings)
        self._gate = Gate()
        self._double_talk = DoubleTalk()
        self._lasting_talk = DoubleTalk(LASTING)
        self._noise = NoiseFloor()
        self._ducking = Ducking(self._settings.duck_db)
        self.both_speak = False
        self._clipping = Share()
        self._false_speech = Share(STEPS_PER_S)

    @property
    def loudspeaker_gain_db(self) -> float:
        """See EchoCanceller."""
        return self._ducking.gain_db

    @property
    def report(self) -> EchoReport:
        """How well it goes."""
        return EchoReport(
            mode=EchoMode.WEBRTC,
            state=self._guard.state,
            erle_db=self._erle.best_db,
            delay_ms=self._echo.delay_ms,
            clipping_share=self._clipping.value,
            false_speech_share=self._false_speech.value,
            double_talk=self.both_speak,
            loudspeaker_gain_db=self.loudspeaker_gain_db,
            fault=self._fault(),
        )

    def process(
        self, microphone: np.ndarray, reference: np.ndarray, shut: bool = False
    ) -> np.ndarray:
        """Return the microphone without the echo, int16 [rate / 50]; see EchoCanceller."""
        came, echo = step_powers(microphone), step_powers(reference)
        output, voices = self._cancel(by_step(microphone), came, by_step(reference), echo)
        left = step_powers(output)
        self._search.update(reference, microphone, output.reshape(-1))
        self._robot.delay_ms = self._echo.delay_ms
        # a single such sample would give its step this much power
        may_clip = max(came) * output.shape[1] >= (CLIPPED / FULL_SCALE) ** 2
        self._clipping.update(may_clip and is_clipped(microphone))
        return np.concatenate(
            [
                self._gate.process(samples, power, self._watch(*step) or shut)
                for samples, power, *step in zip(
                    output, left, came, left, echo, voices, strict=True
                )
            ]
        )

    def _cancel(
        self, near: np.ndarray, came: list[float], far: np.ndarray, echo: list[float]
    ) -> tuple[np.ndarray, list[bool]]:
        """Return what AEC3 leaves, and for each step whether it sounds like a voice.

        near, far: int16 [STEPS_PER_BLOCK, rate / 100], with the power of each step.
        """
        output, voices = np.empty_like(near), []
        for step in range(STEPS_PER_BLOCK):
            output[step] = self._aec.process(
                near[step] if came[step] else _NOISE[1, : near.shape[1]],
                far[step] if echo[step] else _NOISE[0, : far.shape[1]],
            )
            voices.append(self._aec.speech_probability > VOICE_PROBABILITY)
        return output, voices

    def _watch(self, came: float, left: float, echo: float, sounds_like_voice: bool) -> bool:
        """See who speaks in a step; return whether the microphone has to be shut.

        came, left, echo: powers of the microphone, the output and the reference.
        """
        robot_speaks = self._robot.update(echo)
        # a visitor in the output says nothing about the echo
        self._erle.update(came, left, robot_speaks and not self.both_speak)
        self._guard.update(robot_speaks, self._erle, self._echo, self._leak)
        self._noise.update(left)
        is_loud = left > LOUD * self._noise.power
        voice = is_loud and sounds_like_voice
        leaks = self._leak.found_s > 0
        noticed = self._double_talk.update(robot_speaks, voice and not leaks)
        lasts = self._lasting_talk.update(robot_speaks, is_loud and not leaks)
        converged = self._guard.state is EchoState.CONVERGED
        self.both_speak = noticed if converged else lasts and self._may_let_in
        self._ducking.update(self.both_speak)
        if robot_speaks:
            self._false_speech.update(converged and voice and leaks)
        return robot_speaks and not (self.both_speak or converged)

    @property
    def _may_let_in(self) -> bool:
        """Whether, warming up, the echo comes after its reference and is gone from the output."""
        is_in_time = self._echo.delay_ms is not None and self._echo.delay_ms > 0
        is_warming = self._guard.state is EchoState.WARMING
        return is_warming and is_in_time and self._leak.found_s == 0

    def _fault(self) -> str:
        delay_ms = self._echo.delay_ms
        if delay_ms is not None and delay_ms < 0:
            return f'the reference arrives {-delay_ms:.0f} ms after the echo'
        if self._guard.state is EchoState.NOT_CONVERGED:
            return 'the canceller has not converged: nobody is heard while the robot speaks'
        return ''


def _aec3(rate_hz: int) -> Any:
    # Imported here: half-duplex and the other modes need no wheel.
    import pywebrtc_audio

    # AudioProcessor, not EchoCanceller: it takes 24 kHz, and tells the probability of speech.
    return pywebrtc_audio.AudioProcessor(sample_rate=rate_hz, echo_cancellation=True)
