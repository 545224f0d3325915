# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The playout buffer: takes chunks from any thread, gives the loudspeaker block after block."""

from collections import deque
from dataclasses import dataclass
from dataclasses import field

import numpy as np

from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.joint import Joint
from personaplex_ros.audio.playout.conceal import conceal
from personaplex_ros.audio.playout.counts import PlayoutCounts
from personaplex_ros.audio.playout.drift import DriftControl
from personaplex_ros.audio.playout.drift import stretch
from personaplex_ros.audio.playout.order import PlayOrder
from personaplex_ros.audio.playout.pieces import fade_in
from personaplex_ros.audio.playout.pieces import FADE_SAMPLES
from personaplex_ros.audio.playout.pieces import Line
from personaplex_ros.audio.playout.pieces import Origin
from personaplex_ros.audio.playout.pieces import Piece
from personaplex_ros.audio.playout.pieces import Start
from personaplex_ros.audio.playout.settings import PlayoutSettings
from personaplex_ros.audio.playout.settings import SAMPLES_PER_BLOCK
from personaplex_ros.audio.playout.settings import to_ms
from personaplex_ros.audio.playout.settings import to_samples

MAX_INBOX = 25
"""Chunks that nobody pulls (an unplugged loudspeaker): half a second, then the oldest go."""

RESTART_MS = 160.0
"""After two frames without sound it begins anew, with the target kept ready in front."""

QUIET_RMS = 65.0
"""-54 dBFS: below it nobody misses anything, nor notices when it lasts a little longer."""

SLACK_MS = 10.0
"""A margin this far off its target is worth mending as soon as it is quiet."""


@dataclass(frozen=True)
class Chunk:
    """One chunk of audio/out: int16 [n], 24 kHz mono."""

    samples: np.ndarray
    origin: Origin


@dataclass(frozen=True)
class Block:
    """What is played next: int16 [n], and the chunks that begin or go on in it."""

    samples: np.ndarray
    starts: list[Start] = field(default_factory=list)


class Player:
    """push() may be called by one thread, pull() by another; neither ever waits.

    Everything but push() belongs to the thread that pulls, the device's own; others may read.
    """

    def __init__(self, settings: PlayoutSettings) -> None:
        self._target = to_samples(settings.target_ms)
        self._ceiling = to_samples(settings.ceiling_ms)
        self._inbox: deque[Chunk] = deque(maxlen=MAX_INBOX)
        self._line = Line()
        self._drift = DriftControl(self._target, self._ceiling)
        self._order = PlayOrder()
        self._dry = to_samples(RESTART_MS)  # samples since there was sound
        self._joint = Joint(SAMPLE_RATE_HZ)
        self._breaks = False  # what is pulled next does not follow what was played
        self._end = 0  # the latest sample that was played
        self._risen = FADE_SAMPLES  # how far the latest chunks have risen from silence
        self.counts = PlayoutCounts()
        self.waiting_ms = 0.0
        """Sound in front of the loudspeaker after the last pull."""

    @property
    def margin_ms(self) -> float | None:
        """Least sound there was in the last second; None before two frames were played."""
        margin = self._drift.margin
        return None if margin is None else to_ms(margin)

    @property
    def drift_ppm(self) -> float:
        """By how much it plays faster than its clock, to hold the margin."""
        return self._drift.ppm

    def push(self, chunk: Chunk) -> None:
        """Take a chunk that has arrived."""
        self._inbox.append(chunk)

    def pull(self, count: int) -> Block:
        """Return the next block, int16 [count]: sound, or silence where none is there."""
        comes = bool(self._inbox)
        while self._inbox:
            self._accept(self._inbox.popleft())
        before = self._line.samples
        self._stay_live()
        if comes:  # in what was there before, no quiet stretch was found
            self._hold_margin()
        self._drift.note(before, max(0, self._line.samples - count))
        step = self._drift.step(count)
        samples, speech, starts = self._line.take(count + step)
        self.counts.played += speech
        if self._breaks:
            self._joint.start(self._end)
            self._breaks = False
        if len(samples) == count + step:
            samples = self._joint.add(stretch(samples, count))
            self.counts.stretched += step
            self._dry = 0
        else:
            samples = self._run_dry(samples, count)
        self._end = int(samples[-1])
        self.counts.waiting = self._line.speech
        self.waiting_ms = to_ms(self._line.samples)
        return Block(samples, starts)

    def _accept(self, chunk: Chunk) -> None:
        """Put a chunk in its place, or drop it where it has none."""
        self.counts.received += len(chunk.samples)
        turn = self._order.take(chunk.origin)
        if not turn.is_played:
            self.counts.voided += len(chunk.samples)
            return
        self.counts.lost_chunks += turn.lost
        if turn.voids:
            self._void()
        elif turn.lost:
            self._fill_gap(turn.lost * len(chunk.samples))
        self._append(Piece(chunk.samples, chunk.origin))

    def _append(self, piece: Piece) -> None:
        if self._line.samples == 0 and self._dry:
            self._risen = 0
            if self._dry >= to_samples(RESTART_MS):
                self._drift.reset()
                self._line.append(Piece(np.zeros(self._target, np.int16), None))
                self._dry = 0
        if self._risen < FADE_SAMPLES:
            piece.samples = fade_in(piece.samples, self._risen)
            self._risen = min(FADE_SAMPLES, self._risen + len(piece.samples))
        self._line.append(piece)

    def _void(self) -> None:
        """Fall silent within 5 ms."""
        self.counts.voided += self._line.clear()
        self._breaks = True
        self._risen = 0
        self._drift.reset()

    def _fill_gap(self, missing: int) -> None:
        """Conceal chunks that never came, as far as they would be played at all."""
        missing = min(max(missing, FADE_SAMPLES), self._ceiling)
        self._risen = 0
        if self._line.samples:
            self._line.append(Piece(conceal(self._line.tail(missing), missing), None))
            self.counts.concealed += missing
        else:
            self._breaks = True

    def _stay_live(self) -> None:
        """At the ceiling drop what is too much, at once."""
        surplus = self._line.samples - self._ceiling
        if surplus <= 0:
            return
        begin, _ = self._line.quietest(surplus)
        self._cut(begin, surplus)
        if surplus > self._target:
            self._drift.reset()  # not uneven frames but a burst: it tells nothing for later

    def _hold_margin(self) -> None:
        """Where it is quiet, skip what is above the target and fill up what is below it."""
        margin = self._drift.margin
        if margin is None or self._dry or not self._line.samples:
            return
        surplus = margin - self._drift.target
        slack = to_samples(SLACK_MS)
        if surplus >= slack and self._line.samples >= surplus + FADE_SAMPLES:
            begin, rms = self._line.quietest(surplus)
            if rms < QUIET_RMS:
                self._cut(begin, surplus)
        elif -surplus >= slack and _rms(self._line.tail(SAMPLES_PER_BLOCK)) < QUIET_RMS:
            room = min(-surplus, self._ceiling - self._line.samples)
            self._line.append(Piece(np.zeros(room, np.int16), None))
            self._drift.shifted(room)

    def _cut(self, begin: int, count: int) -> None:
        self.counts.dropped += self._line.cut(begin, count)
        self.counts.cuts += 1
        self._drift.shifted(-count)

    def _run_dry(self, samples: np.ndarray, count: int) -> np.ndarray:
        """Return int16 [count] whose sound ends softly where there is not enough of it."""
        samples = self._joint.add(samples[:count])
        if len(samples) or self._dry == 0:
            self._joint.start(int(samples[-1]) if len(samples) else self._end)
        self.counts.underruns += self._dry == 0
        missing = count - len(samples)
        self._dry += missing
        return np.concatenate((samples, self._joint.add(np.zeros(missing, np.int16))))


def _rms(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
