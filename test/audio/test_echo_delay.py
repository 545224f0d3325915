# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Stamps, references and the delay between them."""

import numpy as np
import pytest

from personaplex_ros.audio.echo.aligned_reference import AlignedReference
from personaplex_ros.audio.echo.delay import EchoDelay
from personaplex_ros.audio.echo.delay import EchoSearch
from personaplex_ros.audio.echo.time_line import Cursor
from personaplex_ros.audio.format import AudioFormatError

RATE_HZ = 24_000
BLOCK = 240
NOW_S = 1.7e9


def noise(seconds: float, rms: float = 2000.0, seed: int = 1) -> np.ndarray:
    wide = np.random.default_rng(seed).standard_normal(round(seconds * RATE_HZ)) * rms
    return np.clip(wide, -32768, 32767).astype(np.int16)


def later(samples: np.ndarray, ms: float) -> np.ndarray:
    """Move sound to the right, or to the left where ms < 0; the length stays."""
    shift = round(ms * RATE_HZ / 1000)
    moved = np.roll(samples, shift)
    if shift > 0:
        moved[:shift] = 0
    elif shift < 0:
        moved[shift:] = 0
    return moved


def estimated(microphone: np.ndarray, reference: np.ndarray) -> EchoDelay:
    echo = EchoDelay()
    search = EchoSearch(RATE_HZ, echo)
    for start in range(0, len(reference) - 2 * BLOCK + 1, 2 * BLOCK):
        now = slice(start, start + 2 * BLOCK)
        search.update(reference[now], microphone[now])
    return echo


@pytest.mark.parametrize('delay_ms', [-200.0, -40.0, -2.0, 0.0, 10.0, 60.0, 400.0])
def test_a_delay_is_found_within_5_s_whichever_comes_first(delay_ms):
    reference = noise(5.0)
    microphone = later(reference, delay_ms) // 2 + noise(5.0, 500.0, seed=2)
    estimator = estimated(microphone, reference)
    assert estimator.is_certain
    assert estimator.delay_ms == pytest.approx(delay_ms, abs=0.3)


def test_a_visitor_and_noise_are_no_echo():
    estimator = estimated(noise(6.0, seed=3), noise(6.0, seed=4))
    assert not estimator.is_certain
    assert estimator.delay_ms is None


def test_a_silent_loudspeaker_has_no_echo():
    estimator = estimated(noise(3.0), np.zeros(3 * RATE_HZ, np.int16))
    assert estimator.delay_ms is None


def test_a_jump_of_the_delay_is_followed():
    reference = noise(8.0)
    half = len(reference) // 2
    microphone = np.concatenate((later(reference, 20)[:half], later(reference, 90)[half:]))
    assert estimated(microphone, reference).delay_ms == pytest.approx(90, abs=0.3)


def test_blocks_with_exact_stamps_lie_end_to_end():
    cursor = Cursor(RATE_HZ)
    starts = [cursor.place(NOW_S + i * 0.01, BLOCK) for i in range(500)]
    assert np.all(np.diff(starts) == BLOCK)


def test_jitter_of_the_stamps_hardly_moves_the_sound():
    cursor = Cursor(RATE_HZ)
    jitter_s = np.random.default_rng(7).normal(0, 0.002, 2000)
    starts = np.array([cursor.place(NOW_S + i * 0.01 + jitter_s[i], BLOCK) for i in range(2000)])
    ideal = starts[0] + BLOCK * np.arange(2000)
    moved = starts - ideal
    settled = moved[500:] - np.median(moved[500:])
    assert np.abs(settled).max() < 0.002 * RATE_HZ
    assert np.abs(np.diff(moved)).max() <= 1


def test_a_drifting_clock_is_followed_without_holes():
    cursor = Cursor(RATE_HZ)
    fast = 1 + 200e-6
    starts = np.array([cursor.place(NOW_S + i * 0.01 * fast, BLOCK) for i in range(6000)])
    wanted = NOW_S * RATE_HZ + BLOCK * fast * np.arange(6000)
    assert np.abs(starts - wanted).max() < 0.005 * RATE_HZ
    assert np.abs(np.diff(starts) - BLOCK).max() <= 1


def test_lost_sound_is_a_jump_at_once():
    cursor = Cursor(RATE_HZ)
    cursor.place(NOW_S, BLOCK)
    assert cursor.place(NOW_S + 1.0, BLOCK) == pytest.approx((NOW_S + 1.0) * RATE_HZ, abs=1)


@pytest.mark.parametrize('stamp_s', [float('nan'), float('inf')])
def test_a_stamp_that_is_no_time_is_refused(stamp_s):
    with pytest.raises(AudioFormatError, match='expected seconds'):
        Cursor(RATE_HZ).place(stamp_s, BLOCK)


def test_the_reference_is_found_by_time_whatever_the_order_of_arrival():
    reference = AlignedReference(RATE_HZ)
    sound = noise(0.1)
    reference.write(sound, NOW_S + 0.05)
    found = reference.read(NOW_S + 0.06, BLOCK)
    np.testing.assert_array_equal(found, sound[BLOCK : 2 * BLOCK])


def test_what_is_not_known_is_silence():
    reference = AlignedReference(RATE_HZ)
    assert not reference.read(NOW_S, BLOCK).any()
    reference.write(noise(0.01), NOW_S)
    assert not reference.read(NOW_S + 0.5, BLOCK).any()
    assert not reference.read(NOW_S - 10.0, BLOCK).any()


def test_a_late_reference_is_waited_for_and_a_silent_loudspeaker_is_not():
    reference = AlignedReference(RATE_HZ)
    assert reference.has(NOW_S, BLOCK)
    reference.write(noise(0.02), NOW_S)
    assert reference.has(NOW_S + 0.01, BLOCK)
    assert not reference.has(NOW_S + 0.05, BLOCK)
    assert reference.has(NOW_S + 0.5, BLOCK)


def test_a_hole_in_the_reference_is_silence_and_the_rest_stays_in_place():
    reference = AlignedReference(RATE_HZ)
    sound = noise(0.3)
    reference.write(sound[: 10 * BLOCK], NOW_S)
    reference.write(sound[20 * BLOCK :], NOW_S + 0.2)
    assert not reference.read(NOW_S + 0.12, BLOCK).any()
    late = AlignedReference.read(reference, NOW_S + 0.25, BLOCK)
    np.testing.assert_array_equal(late, sound[25 * BLOCK : 26 * BLOCK])


def test_a_clock_that_was_set_begins_a_new_time_line():
    reference = AlignedReference(RATE_HZ)
    sound = noise(0.1)
    reference.write(sound, NOW_S)
    reference.write(sound, 5.0)
    np.testing.assert_array_equal(reference.read(5.0, BLOCK), sound[:BLOCK])


def test_the_latest_reference_is_found_also_where_the_ring_wraps():
    sound = noise(9.0)
    reference = AlignedReference(RATE_HZ)
    for begin in range(0, len(sound), BLOCK):
        reference.write(sound[begin : begin + BLOCK], NOW_S + begin / RATE_HZ)
        end = begin + BLOCK
        count = min(end, RATE_HZ)
        np.testing.assert_array_equal(reference.latest(count), sound[end - count : end])
