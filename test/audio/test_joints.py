# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""No click at the loudspeaker: the largest step where sound ends, begins, is cut or joined.

The sound is a level near full scale, or one that goes up and down slowly: it has no steps of its
own, so every step that is heard was made here.
"""

from collections.abc import Iterator

import numpy as np
import pytest

from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.intake import MonoStream
from personaplex_ros.audio.playout.pieces import Origin
from personaplex_ros.audio.playout.player import Chunk
from personaplex_ros.audio.playout.player import Player
from personaplex_ros.audio.playout.settings import PlayoutSettings
from personaplex_ros.audio.playout.settings import SAMPLES_PER_BLOCK
from personaplex_ros.audio.speaking import SpeakingPath

LOUD = 30_000
CHUNK = 480
FADE_SAMPLES = 120
LARGEST_STEP = 3 * LOUD // FADE_SAMPLES
"""From full scale to full scale of the other sign within 5 ms, and some: 750 of 65 536 steps. A
click would be up to 60 000."""


def level(count: int, value: int = LOUD) -> np.ndarray:
    return np.full(count, value, np.int16)


def swell(count: int) -> np.ndarray:
    """Return 40 Hz near full scale, whose own steps are under 320."""
    return (LOUD * np.sin(2 * np.pi * 40 * np.arange(count) / SAMPLE_RATE_HZ)).astype(np.int16)


def largest_step(sound: np.ndarray) -> int:
    return int(np.abs(np.diff(sound.astype(np.int64), prepend=0)).max())


class Loudspeaker:
    """A player and all that was heard of it, from silence on."""

    def __init__(self, **settings: float) -> None:
        self.player = Player(PlayoutSettings(**settings))
        self.heard: list[np.ndarray] = []
        self.seq = 0
        self.epoch = 0

    def say(self, samples: np.ndarray) -> None:
        for begin in range(0, len(samples), CHUNK):
            origin = Origin(self.epoch, self.seq)
            self.player.push(Chunk(samples[begin : begin + CHUNK], origin))
            self.seq += 1

    def listen(self, blocks: int) -> np.ndarray:
        new = [self.player.pull(SAMPLES_PER_BLOCK).samples for _ in range(blocks)]
        self.heard += new
        return np.concatenate(new)

    @property
    def step(self) -> int:
        return largest_step(np.concatenate(self.heard))


LEFT = [0, 1, 2, 5, 119, 120, 121, 239]
"""Samples that are left when the loudspeaker asks for 240."""


@pytest.mark.parametrize('left', LEFT)
def test_sound_that_runs_dry_decays(left):
    loudspeaker = Loudspeaker(target_ms=0.0)
    loudspeaker.say(level(2 * CHUNK + left))
    loudspeaker.listen(8)
    assert loudspeaker.step <= LARGEST_STEP
    assert not loudspeaker.heard[-1].any()


@pytest.mark.parametrize('left', LEFT)
@pytest.mark.parametrize('blocks', [1, 2, 3, 30])
def test_sound_that_goes_on_after_it_ran_dry_rises(left, blocks):
    loudspeaker = Loudspeaker(target_ms=0.0)
    for value in (LOUD, -LOUD, LOUD):
        loudspeaker.say(level(2 * CHUNK + left, value))
        loudspeaker.listen(4 + blocks)
    assert loudspeaker.step <= LARGEST_STEP


def test_sound_that_comes_just_in_time_has_no_joints():
    loudspeaker = Loudspeaker(target_ms=0.0)
    for _ in range(20):
        loudspeaker.say(level(CHUNK))
        heard = loudspeaker.listen(2)
    assert (heard == LOUD).all()
    assert loudspeaker.player.counts.underruns == 0


@pytest.mark.parametrize('left', [*LEFT, 1000])
@pytest.mark.parametrize('anew', [False, True])
def test_a_new_epoch_and_a_new_sender_begin_without_a_click(left, anew):
    loudspeaker = Loudspeaker(target_ms=0.0)
    loudspeaker.seq = 1000
    loudspeaker.say(level(2 * SAMPLES_PER_BLOCK + left))
    loudspeaker.listen(2)
    if anew:
        loudspeaker.seq = 0
    else:
        loudspeaker.epoch += 1
    loudspeaker.say(level(2 * CHUNK, -LOUD))
    heard = loudspeaker.listen(3)
    assert loudspeaker.step <= LARGEST_STEP
    assert (heard[2 * FADE_SAMPLES : 2 * CHUNK - SAMPLES_PER_BLOCK] < -0.9 * LOUD).all()


@pytest.mark.parametrize('lost', [1, 2, 5, 50])
@pytest.mark.parametrize('waiting', [*LEFT, 720])
def test_lost_chunks_are_filled_without_a_click(lost, waiting):
    loudspeaker = Loudspeaker(target_ms=0.0)
    loudspeaker.say(level(SAMPLES_PER_BLOCK + waiting))
    loudspeaker.listen(1)
    loudspeaker.seq += lost
    loudspeaker.say(level(2 * CHUNK, -LOUD))
    loudspeaker.listen(20)
    assert loudspeaker.step <= LARGEST_STEP


@pytest.mark.parametrize('seconds', [0.2, 0.3, 0.5])
def test_what_is_dropped_to_stay_live_leaves_no_click(seconds):
    loudspeaker = Loudspeaker()
    for _ in range(3):
        loudspeaker.say(swell(round(seconds * SAMPLE_RATE_HZ)))
        loudspeaker.listen(20)
    assert loudspeaker.player.counts.cuts > 0
    assert loudspeaker.step <= 2 * LARGEST_STEP, 'two swells that differ by twice full scale'


def test_random_trouble_makes_no_click():
    rng = np.random.default_rng(3)
    loudspeaker = Loudspeaker(target_ms=10.0)
    for _ in range(2000):
        what = int(rng.integers(0, 10))
        loudspeaker.epoch += what == 0
        loudspeaker.seq += int(rng.integers(1, 5)) if what == 1 else 0
        loudspeaker.seq = 0 if what == 2 else loudspeaker.seq
        value = LOUD if loudspeaker.epoch % 2 else -LOUD
        loudspeaker.say(level(int(rng.integers(1, 1500)), value))
        loudspeaker.listen(int(rng.integers(1, 6)))
    assert loudspeaker.step <= 2 * LARGEST_STEP


RATES_HZ = (24_000, 16_000, 48_000, 44_100, 8_000, 192_000, 24_000, 11_025, 24_000)


@pytest.mark.parametrize('ms', [0.5, 1, 20])
@pytest.mark.parametrize('channels', [1, 2])
def test_a_stream_that_changes_its_rate_goes_on_without_a_click(ms, channels):
    stream = MonoStream()
    sound = [
        stream.push(level(channels * max(1, round(rate_hz * ms / 1000))), rate_hz, channels)
        for rate_hz in RATES_HZ
        for _ in range(round(40 / ms))
    ]
    settled = np.concatenate(sound)[SAMPLE_RATE_HZ // 100 :]
    assert int(np.abs(np.diff(settled.astype(int))).max()) <= LARGEST_STEP


class Room:
    """Nobody listens, nothing is ducked."""

    loudspeaker_gain = 1.0

    def played(self, samples: np.ndarray, stamp_s: float) -> None:
        pass

    def on_due(self) -> None:
        pass

    def on_played(self, origin: Origin, offset: int, audible_ns: int) -> None:
        pass


def blocks_of(path: SpeakingPath, count: int) -> Iterator[np.ndarray]:
    for number in range(count):
        yield path.play(SAMPLES_PER_BLOCK, number * 10_000_000)


def test_a_device_that_is_opened_in_the_middle_of_a_word_begins_without_a_click():
    loudspeaker = Loudspeaker()
    loudspeaker.say(level(4 * CHUNK))
    room = Room()
    for _ in range(2):
        path = SpeakingPath(SAMPLE_RATE_HZ, loudspeaker.player, room, room)
        opened = np.concatenate(list(blocks_of(path, 6)))
        assert largest_step(opened) <= LARGEST_STEP
        assert opened.max() == LOUD
