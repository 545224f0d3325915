# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A microphone by the clock: there or not, and how a gap in its stream is filled once alone."""

import pytest

from personaplex_ros.audio.format import FRAME_S
from personaplex_ros.conversation.microphone import BURST_S
from personaplex_ros.conversation.microphone import Microphone


def begun(now_s: float = 10.0) -> Microphone:
    """Return one from which nothing has come yet."""
    microphone = Microphone(listen_on_s=3.0)
    microphone.begin(now_s)
    return microphone


def filled_until(now_s: float) -> Microphone:
    """Return one of which a gap was filled that ends now."""
    microphone = begun()
    for frames_ago in (2, 1, 0):
        microphone.filled(now_s - frames_ago * FRAME_S)
    return microphone


def test_it_is_missed_after_a_moment_without_sound(monkeypatch):
    monkeypatch.setattr('personaplex_ros.conversation.microphone.MISSING_AFTER_S', 0.2)
    microphone = begun()
    microphone.heard(11.0, frames=1)
    assert microphone.is_there(11.19)
    assert not microphone.is_there(11.21)


@pytest.mark.parametrize('frames', [2, 3, 6])
def test_one_that_gives_long_chunks_is_granted_two_of_them(monkeypatch, frames):
    monkeypatch.setattr('personaplex_ros.conversation.microphone.MISSING_AFTER_S', 0.2)
    microphone = begun()
    microphone.heard(11.0, frames)
    assert microphone.is_there(11.0 + 1.9 * frames * FRAME_S)
    assert not microphone.is_there(11.0 + 2.1 * frames * FRAME_S)


def test_an_answer_may_begin_for_a_while_after_its_last_sound():
    microphone = begun()
    assert not microphone.wants_answer(10.0), 'nothing has come yet'
    microphone.heard(11.0, frames=1)
    assert microphone.wants_answer(13.9)
    assert not microphone.wants_answer(14.1)


def test_what_came_before_a_new_beginning_is_not_answered():
    microphone = begun()
    microphone.heard(11.0, frames=1)
    microphone.begin(11.5)
    assert not microphone.wants_answer(11.6)


def test_one_that_was_never_missed_may_give_as_much_as_it_likes():
    assert not any(begun().is_late(10.0) for _ in range(50))


def test_a_burst_after_a_gap_is_late_but_for_two_frames():
    microphone = filled_until(20.0)
    assert [microphone.is_late(20.01) for _ in range(5)] == [False, False, True, True, True]


def test_no_more_is_late_than_silence_stood_for():
    microphone = begun()
    microphone.filled(20.0)
    assert [microphone.is_late(20.01) for _ in range(5)] == [False, False, True, False, False]


def test_one_that_goes_on_in_time_loses_nothing():
    microphone = filled_until(20.0)
    jitter_s = (0.03, -0.03, 0.0, 0.05, -0.05)
    come_s = [20.0 + number * FRAME_S + jitter_s[number % 5] for number in range(1, 40)]
    assert not any(microphone.is_late(now_s) for now_s in come_s)


def test_after_a_while_its_own_clock_counts_again():
    microphone = filled_until(20.0)
    assert not any(microphone.is_late(20.0 + BURST_S) for _ in range(50))
