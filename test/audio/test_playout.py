# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The player: bounded, epochs, gaps, drift, no clicks, and every sample accounted for."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.audio.playout.pieces import Origin
from personaplex_ros.audio.playout.player import Chunk
from personaplex_ros.audio.playout.player import Player
from personaplex_ros.audio.playout.settings import PlayoutSettings
from personaplex_ros.audio.playout.settings import SAMPLES_PER_BLOCK
from personaplex_ros.audio.playout.settings import to_samples

CHUNK = 480
BLOCK_S = 0.01
FRAME_S = 0.08
TONE_HZ = 300.0
STEEPEST = 3000 * 2 * np.pi * TONE_HZ / 24_000
"""Largest step between two samples of tone()."""


def tone(frame: int) -> np.ndarray:
    """Return frame number `frame` of one endless tone."""
    at = frame * SAMPLES_PER_FRAME + np.arange(SAMPLES_PER_FRAME)
    return (3000 * np.sin(2 * np.pi * TONE_HZ * at / 24_000)).astype(np.int16)


def silence(frame: int) -> np.ndarray:
    return np.zeros(SAMPLES_PER_FRAME, np.int16)


def sentences(frame: int) -> np.ndarray:
    """Two seconds of tone, then half a second of silence."""
    return silence(frame) if frame % 31 >= 25 else tone(frame)


@dataclass
class Line:
    """A sender whose clock may drift, and a network that may be uneven or stall."""

    make: object = tone
    drift_ppm: float = 0.0
    jitter_s: float = 0.0
    stall: tuple[float, float] = (0.0, 0.0)
    seed: int = 1

    def arrivals(self, seconds: float) -> Iterator[tuple[float, int]]:
        """Yield when each frame arrives."""
        rng = np.random.default_rng(self.seed)
        period = FRAME_S * (1 - self.drift_ppm * 1e-6)
        last_s = 0.0
        for frame in range(int(seconds / period)):
            at_s = frame * period + rng.uniform(0, self.jitter_s)
            if self.stall[0] <= at_s < self.stall[1]:
                at_s = self.stall[1]
            last_s = max(last_s, at_s)
            yield last_s, frame


class Room:
    """A player, what was heard of it and how full it was; time is the number of blocks."""

    def __init__(self, **settings: float) -> None:
        self.player = Player(PlayoutSettings(**settings))
        self.heard: list[np.ndarray] = []
        self.waiting_ms: list[float] = []
        self.starts: list[Origin] = []
        self.seq = 0

    def say(self, samples: np.ndarray, epoch: int = 0, seq: int | None = None) -> None:
        """Send a frame as chunks."""
        self.seq = self.seq if seq is None else seq
        for begin in range(0, len(samples), CHUNK):
            self.player.push(Chunk(samples[begin : begin + CHUNK], Origin(epoch, self.seq)))
            self.seq += 1

    def listen(self, blocks: int) -> np.ndarray:
        """Return int16 of that many blocks."""
        heard = []
        for _ in range(blocks):
            block = self.player.pull(SAMPLES_PER_BLOCK)
            assert block.samples.dtype == np.int16 and len(block.samples) == SAMPLES_PER_BLOCK
            self.starts += [start.origin for start in block.starts]
            self.waiting_ms.append(self.player.waiting_ms)
            heard.append(block.samples)
        self.heard += heard
        return np.concatenate(heard)

    def run(self, line: Line, seconds: float) -> 'Room':
        """Let a whole line of frames come and be heard."""
        for at_s, frame in line.arrivals(seconds):
            while len(self.heard) * BLOCK_S < at_s:
                self.listen(1)
            self.say(line.make(frame))
        return self

    @property
    def counts(self):
        return self.player.counts

    @property
    def sound(self) -> np.ndarray:
        return np.concatenate(self.heard)


def sums_up(room: Room) -> bool:
    counts = room.counts
    return counts.received == counts.played + counts.dropped + counts.voided + counts.waiting


def largest_step(samples: np.ndarray) -> int:
    return int(np.abs(np.diff(samples.astype(np.int64))).max())


def test_the_target_is_kept_in_front_and_then_every_sample_is_played_as_it_came():
    room = Room()
    room.say(tone(0))
    heard = room.listen(12)
    begin = to_samples(40)
    assert not heard[:begin].any()
    np.testing.assert_array_equal(heard[begin + 120 :], tone(0)[120:])
    assert room.starts[0] == Origin(0, 0) and room.starts[-1] == Origin(0, 3)
    assert sums_up(room) and room.counts.played == SAMPLES_PER_FRAME


def test_frames_in_time_are_played_without_a_gap_a_cut_or_a_click():
    room = Room().run(Line(), 20.0)
    assert room.counts.underruns == 0 and room.counts.lost_chunks == 0
    assert room.counts.dropped <= 2 * SAMPLES_PER_BLOCK
    assert largest_step(room.sound) < 1.3 * STEEPEST
    assert sums_up(room)


@pytest.mark.parametrize('drift_ppm', [200.0, -200.0, 50.0])
@pytest.mark.parametrize('make', [tone, sentences])
def test_drift_is_absorbed_without_underruns_and_without_growing_late(drift_ppm, make):
    room = Room().run(Line(make, drift_ppm=drift_ppm), 120.0)
    assert room.counts.underruns == 0
    assert room.counts.dropped <= to_samples(20)
    late = room.waiting_ms[-1000:]
    assert max(late) <= 120.0
    assert 20.0 <= min(late) <= 45.0
    assert sums_up(room)


def test_the_voice_keeps_its_quality_while_drift_is_absorbed():
    room = Room().run(Line(drift_ppm=200.0), 60.0)
    tail = room.sound[-SAMPLES_PER_FRAME * 25 :].astype(float)
    spectrum = np.abs(np.fft.rfft(tail * np.hanning(len(tail)))) ** 2
    peak = int(np.argmax(spectrum))
    hz = peak * 24_000 / len(tail)
    assert hz == pytest.approx(TONE_HZ, rel=0.003)
    around = spectrum[max(0, peak - 40) : peak + 40].sum()
    assert 10 * np.log10(around / (spectrum.sum() - around)) > 40.0


@pytest.mark.parametrize('jitter_s', [0.01, 0.03])
def test_uneven_frames_are_evened_out_after_the_first_seconds(jitter_s):
    begin = Room().run(Line(sentences, jitter_s=jitter_s), 10.0).counts
    room = Room().run(Line(sentences, jitter_s=jitter_s), 60.0)
    assert room.counts.underruns == begin.underruns
    assert room.counts.dropped - begin.dropped < to_samples(40)
    assert max(room.waiting_ms) <= 120.0
    assert sums_up(room)


def test_a_stall_is_followed_by_live_sound_not_by_old_sound():
    room = Room().run(Line(stall=(5.0, 7.0)), 10.0)
    assert max(room.waiting_ms) <= 120.0
    assert room.counts.underruns == 1
    assert sums_up(room)
    assert largest_step(room.sound) < 2 * STEEPEST


def test_of_a_burst_the_quietest_stretch_is_dropped():
    room = Room()
    loud, quiet = tone(0), silence(0)
    room.say(np.concatenate((loud[:960], quiet, loud[:960])))
    heard = room.listen(20)
    assert room.counts.dropped == 960 + 1920 + 960 + to_samples(40) - to_samples(120)
    assert np.count_nonzero(heard) >= 2 * 960 - 4 * 120
    assert max(room.waiting_ms) <= 120.0
    assert sums_up(room)


def test_silence_above_the_target_is_skipped_and_speech_is_left_alone():
    room = Room(target_ms=40.0, ceiling_ms=400.0)
    room.say(np.tile(tone(0), 3))
    for frame in range(60):
        room.listen(8)
        room.say(tone(frame))
    assert room.counts.dropped == 0
    for _ in range(30):
        room.listen(8)
        room.say(silence(0))
    assert room.counts.dropped > to_samples(50)
    assert min(room.waiting_ms[-100:]) == pytest.approx(40.0, abs=15.0)


def test_a_newer_epoch_silences_within_one_block_and_without_a_click():
    room = Room()
    room.say(tone(0))
    room.listen(6)
    room.say(np.zeros(CHUNK, np.int16), epoch=1)
    heard = room.listen(3)
    assert heard[:60].any()
    assert not heard[120:].any()
    assert largest_step(room.sound) < 1.5 * STEEPEST
    assert room.counts.voided == SAMPLES_PER_FRAME - CHUNK, 'all but what was heard'
    room.say(tone(0), epoch=1)
    assert room.listen(12).any()
    assert sums_up(room)


def test_chunks_of_an_older_epoch_are_never_heard():
    room = Room()
    room.say(silence(0), epoch=2)
    room.listen(20)
    room.say(tone(0), epoch=1)
    assert not room.listen(20).any()
    assert room.counts.voided == SAMPLES_PER_FRAME
    assert room.counts.lost_chunks == 0
    assert sums_up(room)


def test_a_late_chunk_of_an_older_epoch_neither_sounds_nor_voids_what_is_to_be_heard():
    room = Room()
    room.seq = 10
    room.say(silence(0), epoch=2)
    room.player.push(Chunk(tone(0)[:CHUNK], Origin(1, 9)))
    assert not room.listen(20).any()
    assert room.counts.voided == CHUNK, 'the late one alone'
    assert sums_up(room)


def test_a_sender_that_began_anew_is_heard_however_small_its_epoch():
    room = Room()
    room.seq = 1000
    room.say(silence(0), epoch=7)
    room.listen(20)
    room.say(tone(0), epoch=0, seq=0)
    assert room.listen(14).any()
    assert room.counts.lost_chunks == 0


def test_a_chunk_that_comes_twice_is_played_once():
    room = Room()
    room.say(tone(0))
    room.player.push(Chunk(tone(0)[:CHUNK], Origin(0, 3)))
    room.listen(20)
    assert room.counts.played == SAMPLES_PER_FRAME
    assert room.counts.voided == CHUNK
    assert sums_up(room)


def test_a_lost_chunk_is_concealed_in_pitch_and_counted():
    room = Room()
    for frame in range(20):
        chunks = tone(frame)
        room.say(chunks[: 2 * CHUNK])
        if frame != 10:
            room.say(chunks[2 * CHUNK : 3 * CHUNK])
        else:
            room.seq += 1
        room.say(chunks[3 * CHUNK :])
        room.listen(8)
    assert room.counts.lost_chunks == 1
    assert room.counts.concealed == CHUNK
    assert room.counts.underruns == 0
    spoken = room.sound[2 * to_samples(40) :]
    blocks = np.abs(spoken[: len(spoken) // 240 * 240].reshape(-1, 240)).max(axis=1)
    assert blocks.min() > 300, 'a hole'
    assert sums_up(room)


def test_a_huge_gap_is_counted_and_not_filled():
    room = Room()
    room.say(tone(0))
    room.seq += 100_000
    room.say(tone(1))
    room.listen(30)
    assert room.counts.lost_chunks == 100_000
    assert max(room.waiting_ms) <= 120.0
    assert sums_up(room)


def test_a_seq_that_jumps_beyond_all_measure_is_another_sender():
    room = Room()
    room.say(tone(0), epoch=5)
    room.say(tone(1), epoch=0, seq=2**64 - 10)
    room.listen(30)
    assert room.counts.lost_chunks == 0
    assert room.starts[-1].seq == 2**64 - 7
    assert sums_up(room)


def test_what_nobody_pulls_stays_bounded_and_the_newest_is_heard():
    room = Room()
    for frame in range(1000):
        room.say(tone(frame))
    room.listen(1)
    assert room.player.waiting_ms <= 120.0
    room.listen(30)
    assert room.starts[-1] == Origin(0, 3999)
    assert sums_up(room)


def test_sound_that_ends_fades_out():
    room = Room(target_ms=0.0)
    room.say(np.full(400, 10_000, np.int16))
    heard = room.listen(3)
    assert largest_step(heard) < 200
    assert room.counts.underruns == 1


@pytest.mark.parametrize('length', [0, 1, 2, 3, 239, 241, 5000])
def test_chunks_of_any_length_pass(length):
    room = Room()
    for seq in range(40):
        room.player.push(Chunk(np.full(length, 100, np.int16), Origin(0, seq)))
        room.listen(2)
    room.listen(40)
    assert sums_up(room)


def test_random_trouble_never_breaks_the_account_nor_the_ceiling():
    rng = np.random.default_rng(7)
    room = Room()
    epoch = 0
    for _ in range(3000):
        what = rng.integers(0, 12)
        if what == 0:
            epoch += 1
        elif what == 1:
            room.seq += int(rng.integers(0, 5))
        elif what == 2:
            room.seq = int(rng.integers(0, 50))
        if what < 6:
            samples = rng.integers(-32768, 32767, int(rng.integers(0, 3000)), np.int16)
            room.say(samples, epoch)
        room.listen(int(rng.integers(1, 8)))
        assert sums_up(room)
    assert max(room.waiting_ms) <= 120.0
