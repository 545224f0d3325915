# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The whole way from loudspeaker and microphone to clean sound, by stamps."""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from personaplex_ros.audio.echo.aligned_reference import AlignedReference
from personaplex_ros.audio.echo.canceller import EchoCanceller
from personaplex_ros.audio.echo.half_duplex import AUDIBLE_POWER
from personaplex_ros.audio.echo.half_duplex import TAIL_MS
from personaplex_ros.audio.echo.half_duplex import UNKNOWN_DELAY_MS
from personaplex_ros.audio.echo.make import make_canceller
from personaplex_ros.audio.echo.meters import Share
from personaplex_ros.audio.echo.patience import Patience
from personaplex_ros.audio.echo.report import EchoReport
from personaplex_ros.audio.echo.report import EchoState
from personaplex_ros.audio.echo.settings import BLOCKS_PER_S
from personaplex_ros.audio.echo.settings import EchoMode
from personaplex_ros.audio.echo.settings import EchoSettings
from personaplex_ros.audio.echo.settings import FULL_SCALE
from personaplex_ros.audio.echo.settings import STEPS_PER_BLOCK

MAX_EARLIER_MS = 400.0
"""A reference later than this is not made up for: its stamps are wrong altogether."""

BLOCKS_PER_LOOK = 5
"""The delay of the echo is measured twice a second."""

AUDIBLE_RMS = FULL_SCALE * AUDIBLE_POWER**0.5

MISSING_SHARE = 0.01
"""More missing reference than this is a fault worth telling."""


class EchoPath:
    """Give it what is played and what is captured, take the clean sound; not thread-safe.

    Reference and microphone are matched by the times of their samples, so it does not matter in
    which order they arrive. A reference that lies after its echo is noticed and moved forward.
    """

    def __init__(
        self,
        settings: EchoSettings,
        rate_hz: int,
        canceller: EchoCanceller | None = None,
        reference_is_remote: bool = False,
    ) -> None:
        """canceller: made from the settings where none is given.

        reference_is_remote: from another node; where it is missing, the microphone is shut.
        """
        self._settings = settings
        self._rate_hz = rate_hz
        self._block = rate_hz // BLOCKS_PER_S
        self._canceller = canceller or make_canceller(settings, rate_hz)
        self._is_remote = reference_is_remote
        self.reset()

    def reset(self) -> None:
        """Begin anew, as after another device was opened."""
        self._canceller.reset()
        self._reference = AlignedReference(self._rate_hz, self._is_remote)
        self._rest: np.ndarray = np.empty(0, np.int16)
        self._held: deque[tuple[np.ndarray, float]] = deque()
        mode = self._settings.mode
        self._cancels = mode is EchoMode.WEBRTC
        self._needs_reference = self._cancels or (self._is_remote and mode is EchoMode.HALF_DUPLEX)
        self._earlier_ms = self._settings.lead_ms if self._cancels else 0.0
        self._blocks = 0
        self._late_ms = 0.0
        self._is_unknown = self._cancels  # how late the echo is: stamps may be wrong at first
        self._missing = Share()
        self._patience = Patience(self._settings.hold_back_ms, self._is_remote)

    @property
    def report(self) -> EchoReport:
        """How well it goes; delay_ms is that of the echo itself."""
        report = self._canceller.report
        delay_ms = None if report.delay_ms is None else report.delay_ms - self._earlier_ms
        return replace(
            report,
            delay_ms=delay_ms,
            missing_reference_share=self._missing.value,
            held_back_ms=len(self._held) * 1000 / BLOCKS_PER_S,
            fault=self._fault() or report.fault,
        )

    @property
    def loudspeaker_gain(self) -> float:
        """Factor for what is played from now on; a player moves to it within its next block."""
        return 10 ** (self._canceller.loudspeaker_gain_db / 20)

    @property
    def both_speak(self) -> bool:
        """Whether a visitor speaks while the robot does."""
        return self._canceller.both_speak

    def expect_reference(self, is_expected: bool) -> None:
        """Say whether any node plays; where none does, there is nothing to wait for."""
        self._reference.is_expected = is_expected

    def lost(self, samples: int) -> None:
        """So many samples of what is played never came, after those that did."""
        self._reference.lose(samples)

    def played(self, samples: np.ndarray, stamp_s: float) -> None:
        """Take what the loudspeaker plays, gain included.

        samples: int16 [n], mono, at this path's rate; stamp_s: when the first is audible.
        Raises AudioFormatError for a stamp that is no time.
        """
        self._reference.write(samples, stamp_s)
        self._patience.comes()

    def captured(self, samples: np.ndarray, stamp_s: float) -> Iterator[tuple[np.ndarray, float]]:
        """Yield clean blocks, int16 [rate / 50], each with the time of its first sample.

        samples: int16 [n], mono, kept as they are; stamp_s: when the first was in the air. A block
        whose reference is not there yet waits for it, hold_back_ms at most, and comes with a later
        call.
        """
        stream, begins_s = samples, stamp_s
        if len(self._rest):
            stream = np.concatenate((self._rest, samples))
            begins_s -= len(self._rest) / self._rate_hz
        whole = len(stream) - len(stream) % self._block
        for begin in range(0, whole, self._block):
            block_s = begins_s + begin / self._rate_hz
            self._held.append((stream[begin : begin + self._block], block_s))
        self._rest = stream[whole:]
        while self._held and self._is_due(*self._held[0]):
            yield self._clean(*self._held.popleft())

    def _is_due(self, block: np.ndarray, stamp_s: float) -> bool:
        if not self._needs_reference:
            return True
        waited_ms = (len(self._held) - 1) * 1000 / BLOCKS_PER_S
        return waited_ms >= self._patience.wait_ms or not self._reference.awaits(
            stamp_s + self._earlier_ms / 1000, len(block)
        )

    def _clean(self, block: np.ndarray, stamp_s: float) -> tuple[np.ndarray, float]:
        heard_s = stamp_s + self._earlier_ms / 1000
        is_missing = self._needs_reference and not self._reference.has(heard_s, len(block))
        self._blocks += 1
        self._missing.update(is_missing)
        self._patience.waited(len(self._held) * 1000 / BLOCKS_PER_S, is_missing)
        output = self._canceller.process(
            block,
            self._reference.read(heard_s, len(block)),
            shut=(is_missing and (self._patience.is_away or self._may_be_heard))
            or (self._is_unknown and self._may_be_heard),
        )
        self._make_up_for_lateness()
        return output, stamp_s - self._canceller.delay_ms / 1000

    @property
    def _may_be_heard(self) -> bool:
        """Whether the robot can still be heard at the microphone, of what is known."""
        samples = round((UNKNOWN_DELAY_MS + TAIL_MS) * self._rate_hz / 1000)
        recent = self._reference.latest(samples)
        if max(int(recent.max()), -int(recent.min())) < AUDIBLE_RMS:
            return False
        steps = recent.reshape(-1, self._block // STEPS_PER_BLOCK)
        power = np.mean(np.square(steps, dtype=np.float32), axis=1) / FULL_SCALE**2
        return bool(power.max() >= AUDIBLE_POWER)

    def _make_up_for_lateness(self) -> None:
        if not self._cancels or self._blocks % BLOCKS_PER_LOOK:
            return
        report = self._canceller.report
        self._is_unknown = report.delay_ms is None and report.state is EchoState.WARMING
        delay_ms, lead_ms = report.delay_ms, self._settings.lead_ms
        if delay_ms is None or delay_ms >= lead_ms / 2:
            return
        earlier_ms = self._earlier_ms + 2 * lead_ms - delay_ms
        if earlier_ms <= MAX_EARLIER_MS:
            self._late_ms = self._earlier_ms - delay_ms
            self._earlier_ms = earlier_ms
            self._canceller.reset()
            self._is_unknown = True

    def _fault(self) -> str:
        if self._patience.is_away:
            return 'no reference comes in time from the loudspeaker: nobody is heard until it does'
        if self._late_ms > self._settings.lead_ms:
            return (
                f'the reference arrives {self._late_ms:.0f} ms after the echo; '
                f'it is looked for {self._earlier_ms:.0f} ms earlier to make up for that'
            )
        if self._patience.is_late:
            return (
                f'the reference comes later than hold_back_ms, {self._settings.hold_back_ms:.0f}: '
                f'the microphone waits {self._patience.wait_ms:.0f} ms for it at most'
            )
        if self._missing.value > MISSING_SHARE:
            return (
                f'{self._missing.value:.0%} of the reference is lost or comes too late to be '
                f'used; raise hold_back_ms above {self._settings.hold_back_ms:.0f} if it is late'
            )
        return ''
