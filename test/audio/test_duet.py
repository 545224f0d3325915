# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Both sides of a conversation on one tape, aligned as a listener in the room hears them."""

import numpy as np
import pytest

from personaplex_ros.audio.duet import Duet
from personaplex_ros.audio.duet import MAX_AHEAD_S
from personaplex_ros.audio.duet import PLAYOUT_DELAY_MS
from personaplex_ros.audio.format import AudioFormatError

DELAY = PLAYOUT_DELAY_MS * 24


class Tape:
    """A duet and what it wrote."""

    def __init__(self) -> None:
        self.blocks: list[np.ndarray] = []
        self.duet = Duet(self.blocks.append)
        self.next_seq = 0

    def hear(self, ms: int, value: int = 1) -> None:
        """Let the robot hear a constant for a while."""
        self.duet.heard(np.full(ms * 24, value, np.int16), 24_000, 1)

    def speak(self, ms: int, value: int, epoch: int = 0) -> None:
        """Let the player get speech."""
        self.duet.spoken(np.full(ms * 24, value, np.int16), epoch, self.next_seq)
        self.next_seq += 1

    @property
    def left(self) -> np.ndarray:
        """What was heard."""
        return np.concatenate(self.blocks)[:, 0]

    @property
    def right(self) -> np.ndarray:
        """What was played."""
        return np.concatenate(self.blocks)[:, 1]


def runs(track: np.ndarray) -> list[tuple[int, float]]:
    """Return (value, milliseconds) of the stretches of equal samples."""
    ends = [*np.flatnonzero(np.diff(track)) + 1, len(track)]
    starts = [0, *ends[:-1]]
    return [
        (int(track[start]), (end - start) / 24) for start, end in zip(starts, ends, strict=True)
    ]


def test_the_tape_is_stereo_and_as_long_as_what_was_heard():
    tape = Tape()
    for _ in range(10):
        tape.hear(20)
    assert all(block.dtype == np.int16 and block.shape[1] == 2 for block in tape.blocks)
    assert runs(tape.left) == [(1, 200)]
    assert runs(tape.right) == [(0, 200)]
    assert tape.duet.now_s == pytest.approx(0.2)


def test_speech_is_played_after_the_players_delay_from_when_it_came():
    tape = Tape()
    tape.hear(100)
    tape.speak(80, 7)
    tape.hear(300)
    assert runs(tape.right) == [(0, 100 + PLAYOUT_DELAY_MS), (7, 80), (0, 220 - PLAYOUT_DELAY_MS)]


def test_speech_that_follows_in_time_is_played_without_a_gap():
    tape = Tape()
    for value in (7, 8, 9):
        tape.speak(80, value)
        tape.hear(80)
    tape.duet.finish()
    assert runs(tape.right) == [(0, PLAYOUT_DELAY_MS), (7, 80), (8, 80), (9, 80)]


def test_after_a_gap_the_player_waits_for_its_delay_again():
    tape = Tape()
    tape.speak(80, 7)
    tape.hear(200)
    tape.speak(80, 8)
    tape.hear(200)
    delay = PLAYOUT_DELAY_MS
    assert runs(tape.right) == [(0, delay), (7, 80), (0, 120), (8, 80), (0, 120 - delay)]


def test_a_newer_epoch_voids_what_waits():
    tape = Tape()
    tape.speak(500, 7)
    tape.hear(140)
    tape.speak(80, 8, epoch=1)
    tape.hear(400)
    delay = PLAYOUT_DELAY_MS
    assert runs(tape.right)[:4] == [(0, delay), (7, 140 - delay), (0, delay), (8, 80)]
    assert 7 not in tape.right[140 * 24 :]


def test_speech_of_an_older_epoch_is_not_played():
    tape = Tape()
    tape.speak(80, 8, epoch=3)
    tape.speak(80, 7, epoch=2)
    tape.hear(400)
    assert 7 not in tape.right
    assert np.count_nonzero(tape.right == 8) == 80 * 24


def test_late_speech_of_an_older_epoch_is_not_played_and_voids_nothing():
    tape = Tape()
    tape.next_seq = 10
    tape.speak(80, 8, epoch=2)
    tape.next_seq = 9
    tape.speak(80, 7, epoch=1)
    tape.hear(400)
    assert 7 not in tape.right
    assert np.count_nonzero(tape.right == 8) == 80 * 24


def test_a_sender_that_began_anew_is_played_though_its_epoch_is_small():
    tape = Tape()
    tape.speak(20, 7, epoch=5)
    tape.speak(500, 7, epoch=5)
    tape.next_seq = 0
    tape.speak(80, 8, epoch=0)
    tape.speak(80, 9, epoch=0)
    tape.hear(400)
    assert 7 not in tape.right, 'what its predecessor had queued is void'
    assert runs(tape.right)[1:3] == [(8, 80), (9, 80)]


def test_finishing_plays_what_waits():
    tape = Tape()
    tape.hear(20)
    tape.speak(80, 7)
    tape.duet.finish()
    assert np.count_nonzero(tape.right == 7) == 80 * 24
    assert tape.duet.samples == (20 + 80) * 24 + DELAY


def test_speech_without_anything_heard_moves_the_tape_on_and_stays_bounded():
    tape = Tape()
    for _ in range(200):
        tape.speak(100, 7)
    waiting_s = 20 + PLAYOUT_DELAY_MS / 1000 - tape.duet.now_s
    assert waiting_s == pytest.approx(MAX_AHEAD_S, abs=0.1)
    tape.duet.finish()
    assert np.count_nonzero(tape.right == 7) == 20 * 24_000, 'nothing of it is lost'
    assert not tape.left.any()


@pytest.mark.parametrize('rate_hz', [8000, 16_000, 44_100, 48_000])
def test_what_is_heard_at_another_rate_and_in_stereo_keeps_its_time_and_level(rate_hz):
    tape = Tape()
    chunk = np.tile(np.array([1000, 3000], np.int16), rate_hz // 50)
    for _ in range(50):
        tape.duet.heard(chunk, rate_hz, 2)
    assert tape.duet.now_s == pytest.approx(1.0, abs=0.001)
    assert np.abs(tape.left[1000:].astype(int) - 2000).max() <= 4


def test_a_rate_that_is_none_is_refused_and_the_tape_goes_on():
    tape = Tape()
    with pytest.raises(AudioFormatError):
        tape.duet.heard(np.zeros(10, np.int16), 0, 1)
    tape.hear(20)
    assert tape.duet.now_s == pytest.approx(0.02)
