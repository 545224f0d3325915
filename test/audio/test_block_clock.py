# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Stamps from a device's clock: jitter goes, drift and gaps are followed."""

import numpy as np
import pytest

from personaplex_ros.audio.devices.block_clock import BlockClock
from personaplex_ros.audio.devices.block_clock import ClockOffset


@pytest.mark.parametrize('ppm', [0.0, 200.0, -200.0])
def test_jitter_is_filtered_and_the_rate_is_measured(ppm):
    rng = np.random.default_rng(2)
    clock = BlockClock(48_000)
    errors = []
    for block in range(6_000):
        true_ns = 5_000_000_000 + block * 10_000_000 * (1 - ppm * 1e-6)
        told_ns = clock.update(round(true_ns + rng.uniform(-2e6, 2e6)), 480)
        errors.append(told_ns - true_ns)
    assert np.abs(errors[1000:]).max() < 700_000
    assert clock.measured_rate_hz == pytest.approx(48_000 * (1 + ppm * 1e-6), rel=30e-6)


def test_a_wrong_rate_is_measured_as_it_is():
    clock = BlockClock(48_000)
    for block in range(2_000):
        clock.update(round(block * 480 / 44_100 * 1e9), 480)
    assert clock.measured_rate_hz == pytest.approx(44_100, rel=0.01)


def test_a_gap_begins_anew():
    clock = BlockClock(48_000)
    for block in range(100):
        clock.update(block * 10_000_000, 480)
    assert clock.update(9_000_000_000, 480) == 9_000_000_000
    assert clock.update(9_010_000_000, 480) == pytest.approx(9_010_000_000, abs=10)


def test_the_least_delayed_reading_tells_how_two_clocks_lie():
    rng = np.random.default_rng(3)
    offset = ClockOffset()
    for second in range(90):
        told = offset.update(second, second + 7.0 + rng.exponential(0.002))
    assert told == pytest.approx(7.0, abs=0.0005)


def test_a_clock_that_is_set_is_followed_at_once_and_a_late_callback_is_not():
    offset = ClockOffset()
    for block in range(300):
        set_back_s = 3600.0 if block >= 100 else 0.0
        late_s = 2.0 if block % 50 == 40 else 0.001
        told = offset.update(block * 0.02 - set_back_s, block * 0.02 + late_s)
        if not 100 <= block < 105:
            assert told == pytest.approx(set_back_s + 0.001)
