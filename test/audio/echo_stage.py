# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A robot and a visitor who speak in a simulated room, for the tests of echo cancellation."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from personaplex_ros.audio.devices.base import BLOCK_MS
from personaplex_ros.audio.echo.path import EchoPath
from personaplex_ros.audio.echo.report import EchoReport
from personaplex_ros.audio.intake import to_int16
from personaplex_ros.audio.resample import Resampler
from personaplex_ros.audio.simulation.room import Room
from personaplex_ros.audio.simulation.room import RoomSettings

RATE_HZ = 24_000
BLOCK = 480
STEP = 240
NOW_S = 1.7e9
SPEECH = Path(__file__).resolve().parents[2] / 'bench' / 'speech'


def speech(name: str, begin_s: float, seconds: float) -> np.ndarray:
    """Return int16 [n] of 'robot' or 'visitor'."""
    samples, rate_hz = soundfile.read(
        SPEECH / f'{name}.flac',
        dtype='float32',
        start=round(begin_s * 16_000),
        frames=round(seconds * 16_000),
    )
    return to_int16(Resampler(rate_hz, RATE_HZ).process(samples * np.float32(32768)))


def silence(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * RATE_HZ), np.int16)


@dataclass(frozen=True)
class Visit:
    """What the microphone and the model heard, int16 [n], and a report per 10 ms."""

    microphone: np.ndarray
    clean: np.ndarray
    near: np.ndarray
    reports: list[EchoReport]

    def level_db(self, track: str, begin_s: float, end_s: float) -> float:
        """Return the level of 'microphone', 'clean' or 'near', in dBFS."""
        part = getattr(self, track)[round(begin_s * RATE_HZ) : round(end_s * RATE_HZ)]
        return float(10 * np.log10(np.mean((part / 32768.0) ** 2) + 1e-12))


def visit(
    path: EchoPath,
    robot: np.ndarray,
    visitor: np.ndarray,
    room: RoomSettings,
    *,
    stamps_late_ms: float = 0.0,
    arrives_late_ms: float = 0.0,
) -> Visit:
    """Let both speak; the reference's stamps, or its arrival, may be late."""
    hall = Room(RATE_HZ, room)
    clean = np.zeros(len(robot), np.int16)
    microphone, near = np.zeros_like(clean), np.zeros_like(clean)
    waiting: list[tuple[np.ndarray, float]] = []
    reports = []
    for begin in range(0, len(robot), BLOCK):
        now, stamp_s = slice(begin, begin + BLOCK), NOW_S + begin / RATE_HZ
        waiting.append((robot[now], stamp_s + stamps_late_ms / 1000))
        if len(waiting) > arrives_late_ms / BLOCK_MS:
            path.played(*waiting.pop(0))
        near[now] = to_int16(hall.near(visitor[now]))
        microphone[now] = to_int16(hall.echo(robot[now]) + near[now])
        for block, block_s in path.captured(microphone[now], stamp_s):
            start = round((block_s - NOW_S) * RATE_HZ)
            if start >= 0:
                clean[start : start + BLOCK] = block[: len(clean) - start]
        reports += [path.report] * (BLOCK // STEP)
    return Visit(microphone, clean, near, reports)
