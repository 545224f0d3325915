# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Nothing that comes on audio/in ends the node: it is refused, counted and told."""

import numpy as np
import pytest
from robot import sums_up

pytestmark = [pytest.mark.graph, pytest.mark.fault]


@pytest.mark.parametrize(
    ('count', 'rate_hz', 'channels', 'why'),
    [
        (480, 0, 1, 'sample rate 0 Hz'),
        (480, 4_000_000_000, 1, 'sample rate 4000000000 Hz'),
        (480, 7_999, 1, 'sample rate 7999 Hz'),
        (0, 24_000, 1, 'without samples'),
        (0, 16_000, 2, 'without samples'),
        (0, 0, 0, 'channels'),
        (160, 24_000, 3, '3 channels'),
        (481, 24_000, 0, '0 channels'),
        (480, 24_000, 255, '255 channels'),
        (8_000 * 31, 8_000, 1, 'a chunk of 31 s'),
    ],
)
def test_a_chunk_that_is_no_audio_is_counted_and_told_and_the_talk_goes_on(
    robot, graph, count, rate_hz, channels, why
):
    log = graph.log()
    robot.hear(count, rate_hz, channels)
    line = log.wait(lambda line: line.msg.startswith('audio/in:'), 'a line in the log')
    assert why in line.msg
    robot.hear_frames(1)
    robot.deactivate()  # which tells the metrics at once
    assert robot.measured(chunks_rejected=1, frames_out=1).frames_in == 1


def test_an_odd_number_of_stereo_samples_is_refused(robot):
    robot.hear(np.zeros(481, np.int16), 24_000, 2)
    robot.hear_frames(1)
    robot.deactivate()
    robot.measured(chunks_rejected=1, frames_out=1)


def test_a_storm_of_bad_chunks_is_counted_to_the_last_and_told_once(robot, graph):
    log = graph.log()
    for number in range(20):
        robot.hear(480, rate_hz=number)
    robot.measured(chunks_rejected=20)
    assert len([line for line in log if line.msg.startswith('audio/in:')]) == 1


@pytest.mark.parametrize('value', [-32768, 32767])
@pytest.mark.parametrize(('rate_hz', 'channels'), [(24_000, 1), (16_000, 2), (48_000, 1)])
def test_extreme_samples_are_heard_as_they_are(robot, engine, value, rate_hz, channels):
    engine.behaviour.echo = True
    for _ in range(5):
        robot.hear(np.full(rate_hz // 50 * channels, value, np.int16), rate_hz, channels)
    chunk = robot.spoken.wait(lambda chunk: chunk.seq == 3, 'the end of a frame')
    assert all(np.sign(sample) == np.sign(value) for sample in chunk.samples)


def test_ten_seconds_in_one_chunk_drop_to_live_and_are_counted(robot):
    robot.hear(480_000, rate_hz=48_000)
    metrics = robot.metrics.wait(
        lambda m: m.frames_in == 125 and m.frames_in_flight == 0, 'the accounts of it'
    )
    assert metrics.frames_dropped >= 120
    assert sums_up(metrics)
    robot.hear_frames(2)


def test_single_samples_add_up_to_frames(robot):
    for _ in range(20):
        robot.hear(96)
    robot.spoken.wait(lambda chunk: chunk.seq == 3, 'a frame')


def test_hostile_sequence_numbers_are_counted_within_bounds(robot):
    for seq in (0, 2**64 - 1, 0, 2**64 - 1, 5, 9):
        robot.hear(480, seq=seq)
    robot.spoken.wait(lambda chunk: chunk.seq == 3, 'the frame that the first four made')
    robot.deactivate()
    metrics = robot.metrics.wait(lambda m: m.frames_out == 1, 'the count')
    assert 3 <= metrics.chunks_lost < 2**64
