# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Both sides of a stream, sample by sample, with the device's own times."""

from collections.abc import Callable
from dataclasses import dataclass
import threading

import numpy as np
from numpy.typing import ArrayLike

from personaplex_ros.audio.devices.base import Device
from personaplex_ros.audio.devices.base import DeviceError
from personaplex_ros.audio.devices.base import StreamCounts
from personaplex_ros.audio.devices.base import StreamInfo
from personaplex_ros.audio.doctor.score import Score
from personaplex_ros.audio.doctor.score import SETTLING_S

STALLED_S = 4.0
"""A stream without a block for so long will not give one any more."""


class StreamEndedError(DeviceError):
    """A device that was opened and ended by itself; it may well work the next time."""


@dataclass(frozen=True)
class Recording:
    """All that went through a stream; the same block of both sides begins at the same sample."""

    info: StreamInfo
    score: Score
    played: np.ndarray
    """int16 [n]."""
    captured: np.ndarray
    """int16 [n]."""
    begins: np.ndarray
    """int64 [blocks], the first sample of each block."""
    captured_ns: np.ndarray
    """int64 [blocks], when the first sample of each block was in the air."""
    audible_ns: np.ndarray
    """int64 [blocks], when the first sample of each block was heard."""
    lost_blocks: int
    """Times that sound was lost in either direction, after the stream had settled."""

    def captured_s(self, samples: ArrayLike) -> np.ndarray:
        """Return when these positions, [k] or one, of the microphone's sound were in the air."""
        return self._seconds(samples, self.captured_ns)

    def audible_s(self, samples: ArrayLike) -> np.ndarray:
        """Return when these positions, [k] or one, of the played sound were heard."""
        return self._seconds(samples, self.audible_ns)

    def _seconds(self, samples: ArrayLike, stamps_ns: np.ndarray) -> np.ndarray:
        """Seconds since the first block was captured: floats keep no nanoseconds of an epoch."""
        block = np.searchsorted(self.begins, samples, side='right') - 1
        into_block = np.subtract(samples, self.begins[block])
        since_ns = stamps_ns[block] - self.captured_ns[0]
        return since_ns * 1e-9 + into_block / self.info.rate_hz


class Tape:
    """An Exchange that plays a score once and keeps what the microphone hears."""

    def __init__(self, info: StreamInfo, score: Score, counts: StreamCounts) -> None:
        self._info = info
        self._score = score
        self._counts = counts
        self._settled = round(SETTLING_S * info.rate_hz)
        self._lost_before: int | None = None
        self._length = 0
        self._captured: list[np.ndarray] = []
        self._stamps: list[tuple[int, int, int]] = []
        self.full = threading.Event()

    def __call__(self, captured: np.ndarray, captured_ns: int, audible_ns: int) -> np.ndarray:
        """See Exchange."""
        played = np.zeros(len(captured), np.int16)
        if self._length >= len(self._score.samples):
            self.full.set()
            return played
        if self._lost_before is None and self._length >= self._settled:
            self._lost_before = self._lost
        part = self._score.samples[self._length : self._length + len(captured)]
        played[: len(part)] = part
        self._captured.append(captured.copy())
        self._stamps.append((self._length, captured_ns, audible_ns))
        self._length += len(captured)
        return played

    @property
    def recording(self) -> Recording:
        """What is on the tape; only once it is full."""
        captured = np.concatenate(self._captured)
        played = np.zeros(len(captured), np.int16)
        played[: len(self._score.samples)] = self._score.samples
        begins, captured_ns, audible_ns = np.array(self._stamps, np.int64).T
        lost = self._lost - (self._lost_before or 0)
        return Recording(
            self._info, self._score, played, captured, begins, captured_ns, audible_ns, lost
        )

    @property
    def _lost(self) -> int:
        return self._counts.overflows + self._counts.underflows


def record(device: Device, score_for: Callable[[int], Score]) -> Recording:
    """Open a device, play and record, close it again.

    score_for: gives the score for a sample rate in Hz. Raises DeviceError where the device cannot
    be opened or stalls, StreamEndedError where it ends.
    """
    tapes: list[Tape] = []

    def exchange_for(info: StreamInfo) -> Tape:
        tapes.append(Tape(info, score_for(info.rate_hz), device.counts))
        return tapes[0]

    try:
        device.open(exchange_for)
        _wait(device, tapes[0].full)
    finally:
        device.close()
    return tapes[0].recording


def _wait(device: Device, full: threading.Event) -> None:
    seen = -1
    while not full.wait(STALLED_S):
        if device.lost:
            raise StreamEndedError(device.lost)
        if device.counts.blocks == seen:
            raise DeviceError(f'the stream was opened, but no sound came for {STALLED_S:g} s')
        seen = device.counts.blocks
