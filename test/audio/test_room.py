# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The simulated room does what its settings say, however it is fed."""

import numpy as np
import pytest

from personaplex_ros.audio.simulation.convolver import Convolver
from personaplex_ros.audio.simulation.room import impulse_response
from personaplex_ros.audio.simulation.room import Room
from personaplex_ros.audio.simulation.room import RoomSettings
from personaplex_ros.audio.simulation.skewed_clock import SkewedClock

RATE_HZ = 24_000
QUIET_DBFS = -200.0


def speech_shaped_noise(seconds: float = 2.0, rms: float = 2000.0) -> np.ndarray:
    """Return int16 [n] with a spectrum that falls as speech's does above 500 Hz."""
    count = round(seconds * RATE_HZ)
    spectrum = np.fft.rfft(np.random.default_rng(5).standard_normal(count))
    spectrum /= np.sqrt(1 + (np.fft.rfftfreq(count, 1 / RATE_HZ) / 500) ** 2)
    noise = np.fft.irfft(spectrum, count)
    return np.rint(noise * rms / noise.std()).astype(np.int16)


def rms(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(samples.astype(np.float64) ** 2)))


def in_pieces(room: Room, loudspeaker: np.ndarray, visitor: np.ndarray) -> np.ndarray:
    """Feed the room pieces of 0 to 700 samples."""
    lengths = np.random.default_rng(1).integers(0, 700, len(loudspeaker) // 100)
    ends = np.append(np.cumsum(lengths)[np.cumsum(lengths) < len(loudspeaker)], len(loudspeaker))
    starts = np.concatenate(([0], ends[:-1]))
    pairs = zip(starts, ends, strict=True)
    return np.concatenate([room.process(loudspeaker[a:b], visitor[a:b]) for a, b in pairs])


@pytest.mark.parametrize('drift_ppm', [0.0, 200.0, -200.0])
def test_the_room_does_not_care_how_it_is_fed(drift_ppm):
    sound = speech_shaped_noise()
    settings = RoomSettings(drift_ppm=drift_ppm, soft_clip_dbfs=-6.0)
    whole = Room(RATE_HZ, settings).process(sound, sound[::-1])
    pieces = in_pieces(Room(RATE_HZ, settings), sound, sound[::-1])
    assert np.abs(whole.astype(int) - pieces).max() <= 1


@pytest.mark.parametrize('delay_ms', [10.0, 60.0, 400.0])
def test_the_echo_begins_after_the_delay_and_not_before(delay_ms):
    click = np.zeros(RATE_HZ, np.int16)
    click[0] = 20_000
    settings = RoomSettings(delay_ms=delay_ms, noise_dbfs=QUIET_DBFS)
    heard = Room(RATE_HZ, settings).process(click, np.zeros_like(click))
    assert abs(1000 * np.flatnonzero(np.abs(heard) > 1000)[0] / RATE_HZ - delay_ms) < 0.1
    assert not heard[: round(delay_ms * RATE_HZ / 1000) - 20].any()


@pytest.mark.parametrize('echo_db', [-6.0, 6.0, 15.0])
def test_the_echo_is_so_much_louder_than_a_visitor_of_the_same_level(echo_db):
    sound = speech_shaped_noise(4.0)
    settings = RoomSettings(echo_db=echo_db, visitor_db=-10.0, noise_dbfs=QUIET_DBFS)
    room = Room(RATE_HZ, settings)
    measured_db = 20 * np.log10(rms(room.echo(sound)) / rms(room.near(sound)))
    assert abs(measured_db - echo_db) < 1.0


def test_the_reverberation_falls_by_60_db_in_its_time():
    response = impulse_response(RATE_HZ, RoomSettings(rt60_s=0.25)).astype(np.float64)
    quarter = round(0.0625 * RATE_HZ)
    early, late = response[1:quarter], response[2 * quarter : 3 * quarter]
    assert abs(20 * np.log10(rms(early) / rms(late)) - 30.0) < 1.5


def test_a_faster_loudspeaker_raises_every_pitch_by_its_drift():
    time = np.arange(4 * RATE_HZ)
    sine = (10_000 * np.sin(2 * np.pi * 1000 * time / RATE_HZ)).astype(np.float32)
    heard = SkewedClock(200.0, RATE_HZ).process(sine)[RATE_HZ // 2 :]
    spectrum = np.fft.fft(heard)
    spectrum[len(spectrum) // 2 :] = 0
    phase = np.unwrap(np.angle(np.fft.ifft(spectrum)))[RATE_HZ // 2 : -RATE_HZ // 2]
    hz = np.polyfit(np.arange(len(phase)), phase, 1)[0] * RATE_HZ / (2 * np.pi)
    assert abs((hz / 1000 - 1) * 1e6 - 200) < 5


@pytest.mark.parametrize('drift_ppm', [20_000.0, -20_000.0])
def test_clocks_that_part_for_long_slip_and_stay_together(drift_ppm):
    clock = SkewedClock(drift_ppm, RATE_HZ)
    rising = np.arange(5 * RATE_HZ, dtype=np.float32)
    heard = [clock.process(block) for block in rising.reshape(-1, 50)]
    behind = rising - np.concatenate(heard)
    settled = behind[RATE_HZ // 10 :]
    assert settled.min() >= 0
    assert settled.max() - settled.min() < 0.05 * RATE_HZ


def test_a_saturated_loudspeaker_is_never_louder_than_its_ceiling():
    loud = np.full(RATE_HZ, 30_000, np.int16)
    clear = Room(RATE_HZ, RoomSettings(echo_db=0.0)).echo(loud)
    bent = Room(RATE_HZ, RoomSettings(echo_db=0.0, soft_clip_dbfs=-12.0)).echo(loud)
    assert rms(bent) < rms(clear) * 10 ** (-11 / 20)


def test_a_delay_that_cannot_be_had_is_refused_with_what_can():
    with pytest.raises(ValueError, match='expected at least'):
        Room(RATE_HZ, RoomSettings(delay_ms=5.0, drift_ppm=200.0))


def test_the_convolver_agrees_with_numpy():
    noise = np.random.default_rng(2)
    response = noise.standard_normal(500).astype(np.float32)
    sound = noise.standard_normal(9000).astype(np.float32)
    convolver = Convolver(response)
    got = np.concatenate([convolver.process(part) for part in np.split(sound, [7, 7, 5000])])
    np.testing.assert_allclose(got, np.convolve(sound, response)[: len(sound)], atol=2e-3)
