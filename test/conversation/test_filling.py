# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A gap in a microphone's stream is filled once: what was held back does not come on top of it."""

from personaplex_ros.audio.format import FRAME_S
from personaplex_ros.conversation.filling import BURST_S
from personaplex_ros.conversation.filling import Filling


def filled_until(now_s: float) -> Filling:
    """Return one that filled a gap which ends now."""
    filling = Filling()
    for frames_ago in (2, 1, 0):
        filling.filled(now_s - frames_ago * FRAME_S)
    return filling


def test_a_microphone_that_was_never_missed_may_give_as_much_as_it_likes():
    filling = Filling()
    assert not any(filling.is_late(0.0) for _ in range(50))


def test_a_burst_after_a_gap_is_late_but_for_two_frames():
    filling = filled_until(10.0)
    assert [filling.is_late(10.01) for _ in range(6)] == [False, False, True, True, True, True]


def test_a_microphone_that_goes_on_in_time_loses_nothing():
    filling = filled_until(10.0)
    jitter_s = (0.03, -0.03, 0.0, 0.05, -0.05)
    come_s = [10.0 + number * FRAME_S + jitter_s[number % 5] for number in range(1, 40)]
    assert not any(filling.is_late(now_s) for now_s in come_s)


def test_after_a_while_the_clock_of_the_microphone_counts_again():
    filling = filled_until(10.0)
    assert not any(filling.is_late(10.0 + BURST_S) for _ in range(50))
