# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""44.1 kHz that say they were 48 are noticed; what a network does to sound is not taken for it."""

from collections.abc import Iterator

import numpy as np
import pytest

from personaplex_ros.audio.detuning import DetuningWatch

CHUNK_S = 0.02


def arrivals(
    seconds: float,
    slower: float = 1.0,
    *,
    jitter_s: float = 0.0,
    burst: int = 1,
    period_s: float = 0.0,
    stall_s: tuple[float, float] | None = None,
    lost: float = 0.0,
    gate_s: tuple[float, float] | None = None,
) -> Iterator[tuple[float, int]]:
    """Yield when each chunk comes, and how many are lost before it.

    slower: time between chunks over what they say. burst: so many are sent at once. period_s: of
    the driver, which chunks have to wait for. stall_s: every so often, nothing gets through for so
    long, then all of it. gate_s: the microphone is open for so long, then closed for so long.
    """
    rng = np.random.default_rng(7)
    number = np.arange(round(seconds / CHUNK_S))
    times_s = (number // burst + 1) * burst * CHUNK_S * slower
    if period_s:
        times_s = np.ceil(times_s / period_s) * period_s
    times_s = times_s + rng.uniform(0, jitter_s, len(number))
    if stall_s is not None:
        every_s, length_s = stall_s
        begun_s = times_s - times_s % every_s
        times_s = np.where(times_s - begun_s < length_s, begun_s + length_s, times_s)
    times_s = np.maximum.accumulate(times_s)
    comes = rng.random(len(number)) >= lost
    if gate_s is not None:
        comes &= (number * CHUNK_S) % sum(gate_s) < gate_s[0]
    last = -1
    for one in np.flatnonzero(comes):
        yield times_s[one], int(one) - last - 1
        last = one


def problems(rate_hz: int, counts: bool = True, **sender) -> list[str]:
    """Return what was wrong after each chunk. counts: whether its sender counts its chunks."""
    watch = DetuningWatch()
    told = []
    for time_s, lost in arrivals(200.0, **sender):
        watch.update(CHUNK_S, time_s, lost if counts else 0)
        told.append(watch.problem(rate_hz))
    return told


@pytest.mark.parametrize(
    'sender',
    [{}, {'jitter_s': 0.008}, {'lost': 0.01}, {'gate_s': (2.0, 3.0), 'counts': False}],
    ids=str,
)
@pytest.mark.parametrize(
    ('said_hz', 'real_hz', 'heard'),
    [
        (48_000, 44_100, 'too high'),
        (44_100, 48_000, 'too low'),
        (24_000, 22_050, 'too high'),
        (22_050, 24_000, 'too low'),
    ],
)
def test_a_microphone_that_says_its_twins_rate_is_told(said_hz, real_hz, heard, sender):
    told = problems(said_hz, slower=said_hz / real_hz, **sender)
    assert f'say {said_hz} Hz, but as many samples come as with {real_hz} Hz' in told[-1]
    assert heard in told[-1]
    assert not any(told[:900]), 'the first 18 s say nothing'


TROUBLE = [
    {'stall_s': (7.0, 0.8)},
    {'stall_s': (5.0, 0.4)},
    {'burst': 5},
    {'jitter_s': 0.06},
    {'period_s': 0.02133},
    {'period_s': 0.022},
    {'gate_s': (1.0, 1.0)},
]


@pytest.mark.parametrize('counts', [True, False])
@pytest.mark.parametrize('lost', [0.0, 0.05, 0.08, 0.1])
@pytest.mark.parametrize('trouble', [{}, *TROUBLE], ids=str)
@pytest.mark.parametrize('rate_hz', [48_000, 44_100])
def test_an_honest_one_is_not_whatever_the_network_does(rate_hz, trouble, lost, counts):
    assert not any(problems(rate_hz, counts, lost=lost, **trouble))


def test_a_rate_without_a_twin_is_never_told():
    assert not any(problems(16_000, slower=48_000 / 44_100))


def test_a_sender_that_mends_its_rate_is_not_blamed_any_more():
    watch = DetuningWatch()
    for time_s, lost in arrivals(60.0, 48_000 / 44_100):
        watch.update(CHUNK_S, time_s, lost)
    assert watch.problem(48_000)
    for after_s, lost in arrivals(10.0):
        watch.update(CHUNK_S, time_s + after_s, lost)
    assert watch.problem(48_000) == ''
