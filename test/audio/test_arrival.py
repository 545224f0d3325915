# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A sender whose sample rate is not what it says is noticed; an uneven one is not blamed."""

import pytest

from personaplex_ros.audio.arrival import ArrivalWatch


def run(said_hz: int, real_hz: int, seconds: float, burst: int = 1, pause_every: int = 0):
    """Let chunks of 20 ms by their own word come at their real rate."""
    watch = ArrivalWatch()
    samples = said_hz // 50
    now_s = 0.0
    for number in range(round(seconds * real_hz / samples)):
        if number % burst == 0:
            now_s += burst * samples / real_hz
        if pause_every and number % pause_every == 0:
            now_s += 30.0
        watch.update(samples / said_hz, now_s)
    return watch


@pytest.mark.parametrize(
    ('burst', 'pause_every'),
    [(1, 0), (4, 0), (1, 200), (4, 200), (10, 0), (25, 0), (10, 200), (50, 0)],
)
def test_an_honest_sender_is_not_blamed_for_bursts_and_pauses(burst, pause_every):
    assert run(16_000, 16_000, 60.0, burst, pause_every).mismatch(16_000) == ''


@pytest.mark.parametrize(
    ('said_hz', 'real_hz'),
    [(16_000, 48_000), (48_000, 16_000), (24_000, 48_000), (48_000, 24_000)],
)
def test_a_wrong_rate_is_told_with_the_right_one(said_hz, real_hz):
    watch = run(said_hz, real_hz, 60.0)
    assert f'{said_hz} Hz, but' in watch.mismatch(said_hz)
    assert said_hz / watch.ratio == pytest.approx(real_hz, rel=0.02)


@pytest.mark.parametrize('burst', [4, 10, 20])
@pytest.mark.parametrize(('said_hz', 'real_hz'), [(16_000, 48_000), (48_000, 24_000)])
def test_a_wrong_rate_is_told_of_a_sender_in_bursts_too(said_hz, real_hz, burst):
    assert f'{said_hz} Hz, but' in run(said_hz, real_hz, 60.0, burst).mismatch(said_hz)


def test_only_a_slow_sender_may_be_busy_instead():
    assert 'too busy' in run(48_000, 16_000, 60.0).mismatch(48_000)
    assert 'too busy' not in run(16_000, 48_000, 60.0).mismatch(16_000)


def test_one_that_is_open_for_a_second_at_a_time_is_not_blamed():
    assert run(16_000, 16_000, 60.0, pause_every=50).mismatch(16_000) == ''


def test_the_first_seconds_say_nothing():
    assert run(16_000, 48_000, 1.0).mismatch(16_000) == ''


def test_a_sender_that_mends_its_rate_is_not_blamed_any_more():
    watch = run(16_000, 48_000, 30.0)
    last_s = 1000.0
    for _ in range(1100):
        last_s += 0.02
        watch.update(0.02, last_s)
    assert watch.mismatch(16_000) == ''
