# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A stream that does not keep pace is told from one that is late, uneven, or only starts."""

from collections.abc import Iterable

import numpy as np
import pytest

from personaplex_ros.audio.devices.pace import Pace

BLOCK_S = 0.01


def fault(blocks: Iterable[tuple[float, float]]) -> str:
    """Return the first fault among blocks of 10 ms: when each came and how late it was."""
    pace = Pace(BLOCK_S, told_late_s=0.02)
    return next(filter(None, (pace.update(now_s, late_s) for now_s, late_s in blocks)), '')


def at(count: int, block_s: float = BLOCK_S) -> np.ndarray:
    """Return when blocks come; such clocks count from 1970."""
    return 1.8e9 + np.arange(count) * block_s


@pytest.mark.parametrize('late_s', [0.01, 0.3, 0.6])
def test_a_stream_that_is_always_as_late_is_sound(late_s):
    assert not fault((now_s, late_s) for now_s in at(3000))


def test_a_stream_that_begins_with_a_burst_or_mistakes_its_first_delays_is_sound():
    burst = np.maximum(at(3000), at(3000)[80])
    assert not fault((now_s, 0.5 if k < 150 else 0.03) for k, now_s in enumerate(burst))


def test_a_microphone_with_an_old_backlog_from_the_beginning_is_told():
    assert 'behind' in fault((now_s, 0.9) for now_s in at(300))


def test_late_callbacks_that_catch_up_are_sound():
    late_s = np.where(np.arange(3000) % 500 < 80, 0.4, 0.03)
    assert not fault(zip(at(3000), late_s, strict=True))


def test_a_card_that_runs_at_twice_its_rate_is_left_to_who_measures_rates():
    assert not fault((now_s, 0.03) for now_s in at(3000, BLOCK_S / 2.2))


@pytest.mark.parametrize('times', [6, 200])
def test_what_runs_as_fast_as_it_is_served_is_no_sound_card(times):
    assert 'no sound card' in fault((now_s, 0.0) for now_s in at(3000, BLOCK_S / times))


def test_a_microphone_that_falls_behind_with_every_dropout_is_told_before_it_is_late():
    late_s = 0.03 + 0.02 * (np.arange(3000) // 25)
    told = fault(zip(at(3000), late_s, strict=True))
    behind_ms = int(told.split('fallen ')[1].split(' ms')[0])
    assert 250 <= behind_ms <= 360
    assert 'raise latency_ms' in told
