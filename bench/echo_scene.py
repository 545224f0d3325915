# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A minute in which the robot speaks, a visitor speaks, and both do: in a room, in closed loop."""

from dataclasses import dataclass
from pathlib import Path
import time

import numpy as np
import soundfile

from bench.echo_wires import OneNode
from bench.echo_wires import TwoNodes
from personaplex_ros.audio.echo.report import EchoReport
from personaplex_ros.audio.intake import to_int16
from personaplex_ros.audio.resample import Resampler
from personaplex_ros.audio.simulation.room import Room
from personaplex_ros.audio.simulation.room import RoomSettings

SPEECH = Path(__file__).parent / 'speech'
FULL_SCALE = 32768.0
LENGTH_S = 62.5

ROBOT_AT_S = (1.0, 36.0)
"""The robot's 26.7 s begin here."""

VISITOR_AT_S = ((29.0, 0.0, 6.0), (41.0, 6.5, 13.3), (52.0, 13.2, 17.2))
"""Begin in the scene, begin and end in the recording: alone, then twice over the robot."""

DENSE_S = 40.0
DENSE_ROBOT_S = ((0.0, 24.0), (28.0, 40.0))
DENSE_VISITOR_S = ((0.0, 10.0), (24.0, 40.0))
"""Both from the first sample on, then the robot alone, the visitor alone, both."""

PAUSE_DB = -25.0
"""Under the mean of speech; as far as ACTIVE_DB of the measures."""

PAUSE_BLOCKS = 5
"""50 ms of a pause stay at either end, so that words are not cut."""

EPOCH_S = 1.7e9
"""Stamps as large as a robot's clock gives them."""


@dataclass(frozen=True)
class Script:
    """Who says what, int16 [n] each at rate_hz."""

    rate_hz: int
    robot: np.ndarray
    visitor: np.ndarray


@dataclass(frozen=True)
class Take:
    """What came of it; sound on the int16 scale, all of the same length."""

    rate_hz: int
    echo: np.ndarray
    near: np.ndarray
    """The visitor at the microphone, without the room's noise."""
    microphone: np.ndarray
    output: np.ndarray
    """Moved forward by the canceller's own delay, so that it lies over the microphone."""
    reports: list[EchoReport]
    """One per 10 ms."""
    block_us: float
    """Mean time that 10 ms took."""


def script(rate_hz: int) -> Script:
    """Return the scene's two tracks."""
    robot = np.zeros(round(LENGTH_S * rate_hz), np.int16)
    visitor = np.zeros_like(robot)
    speech = _recording('robot', rate_hz)
    for at_s in ROBOT_AT_S:
        _lay(robot, speech, round(at_s * rate_hz))
    speech = _recording('visitor', rate_hz)
    for at_s, begin_s, end_s in VISITOR_AT_S:
        part = speech[round(begin_s * rate_hz) : round(end_s * rate_hz)]
        _lay(visitor, part, round(at_s * rate_hz))
    return Script(rate_hz, robot, visitor)


def dense_script(rate_hz: int) -> Script:
    """Return two tracks without a pause, of which both start at once."""
    return Script(
        rate_hz,
        _without_a_pause('robot', DENSE_ROBOT_S, rate_hz),
        _without_a_pause('visitor', DENSE_VISITOR_S, rate_hz),
    )


def play(
    script: Script,
    room_settings: RoomSettings,
    wire: OneNode | TwoNodes,
    reference_late_ms: float = 0.0,
) -> Take:
    """Let the robot and the visitor speak in the room; the loudspeaker obeys the ducking.

    reference_late_ms: by how much the reference's stamps are later than the truth.
    """
    rate_hz, block = script.rate_hz, script.rate_hz // 100
    room = Room(rate_hz, room_settings)
    output = np.zeros_like(script.robot)
    microphone, echo = np.zeros_like(output), np.zeros(len(output), np.float32)
    reports: list[EchoReport] = []
    gain, busy_s = 1.0, 0.0
    for begin in range(0, len(output), block):
        now = slice(begin, begin + block)
        stamp_s = EPOCH_S + begin / rate_hz
        before, gain = gain, wire.gain
        played = to_int16(script.robot[now] * np.linspace(before, gain, block))
        echo[now] = room.echo(played)
        microphone[now] = to_int16(echo[now] + room.near(script.visitor[now]))
        begun_s = time.perf_counter()
        audible_s = stamp_s + reference_late_ms / 1000
        for clean, clean_s in wire.exchange(played, audible_s, microphone[now], stamp_s):
            _lay(output, clean, round((clean_s - EPOCH_S) * rate_hz))
        reports.append(wire.path.report)
        busy_s += time.perf_counter() - begun_s
    near = script.visitor * 10 ** (room_settings.visitor_db / 20)
    return Take(rate_hz, echo, near, microphone, output, reports, 1e6 * busy_s / len(reports))


def _without_a_pause(
    name: str, turns_s: tuple[tuple[float, float], ...], rate_hz: int
) -> np.ndarray:
    """Return int16 [DENSE_S * rate_hz]: dense speech in the turns, silence between them."""
    speech = _recording(name, rate_hz)
    block = rate_hz // 100
    blocks = speech[: len(speech) // block * block].reshape(-1, block)
    power = np.mean(blocks.astype(np.float64) ** 2, axis=1)
    active = power > power[power > power.max() * 1e-3].mean() * 10 ** (PAUSE_DB / 10)
    kept = np.convolve(active, np.ones(2 * PAUSE_BLOCKS + 1), 'same') > 0
    track = np.resize(blocks[kept].ravel(), round(DENSE_S * rate_hz))
    speaks = np.zeros(len(track), np.int16)
    for begin_s, end_s in turns_s:
        speaks[round(begin_s * rate_hz) : round(end_s * rate_hz)] = 1
    return track * speaks


def _recording(name: str, rate_hz: int) -> np.ndarray:
    samples, recorded_hz = soundfile.read(SPEECH / f'{name}.flac', dtype='float32')
    return to_int16(Resampler(recorded_hz, rate_hz).process(samples * np.float32(FULL_SCALE)))


def _lay(track: np.ndarray, samples: np.ndarray, start: int) -> None:
    samples = samples[max(0, -start) :]
    start = max(0, start)
    samples = samples[: max(0, len(track) - start)]
    track[start : start + len(samples)] = samples
