# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Audio of any usual kind in; speech, words and tokens out, in order and on time."""

import numpy as np
import pytest
from robot import CHUNKS_PER_FRAME
from robot import sums_up

pytestmark = pytest.mark.graph


def nanoseconds(stamp) -> int:
    """Return a stamp as one number."""
    return stamp.sec * 1_000_000_000 + stamp.nanosec


def test_16_khz_stereo_in_gives_20_ms_chunks_of_24_khz_mono_out(robot, engine):
    tone = np.tile(np.array([6000, -6000], np.int16), 240)
    for _ in range(13):  # 260 ms: three frames and what the resampler holds back
        robot.hear(320, rate_hz=16_000, channels=2)
    robot.spoken.wait(lambda chunk: chunk.seq == 3 * CHUNKS_PER_FRAME - 1, 'three frames')
    assert engine.heard == 3
    for number, chunk in enumerate(robot.spoken):
        assert (chunk.sample_rate, chunk.channels, chunk.seq) == (24_000, 1, number)
        assert list(chunk.samples) == tone.tolist()


def test_speech_passes_from_microphone_to_loudspeaker_bit_for_bit_at_24_khz(robot, engine):
    engine.behaviour.echo = True
    samples = np.random.default_rng(1).integers(-32768, 32767, 3 * 1920, np.int16)
    for chunk in samples.reshape(-1, 480):
        robot.hear(chunk)
    robot.spoken.wait(lambda chunk: chunk.seq == 11, 'three frames')
    got = np.concatenate([np.array(chunk.samples, np.int16) for chunk in robot.spoken])
    np.testing.assert_array_equal(got, samples)


@pytest.mark.parametrize('chunk_ms', [5, 10, 80])
def test_chunks_are_as_long_as_asked_for(make_robot, chunk_ms):
    robot = make_robot(chunk_ms=chunk_ms).bring_up()
    robot.hear_frames(2)
    assert len(robot.spoken) == 2 * 80 // chunk_ms
    assert {len(chunk.samples) for chunk in robot.spoken} == {24 * chunk_ms}


def test_the_chunks_of_a_frame_are_stamped_20_ms_apart_and_frames_never_go_back(robot):
    robot.hear_frames(3)
    stamps = [nanoseconds(chunk.header.stamp) for chunk in robot.spoken]
    frames = np.array(stamps).reshape(3, CHUNKS_PER_FRAME)
    assert (np.diff(frames, axis=1) == 20_000_000).all()
    assert (np.diff(frames[:, 0]) > 0).all()


def test_a_microphone_that_changes_its_rate_midway_is_still_heard(robot):
    rates = [(16_000, 1), (48_000, 2), (44_100, 1)]
    for frames, (rate_hz, channels) in enumerate(rates, start=1):
        for _ in range(4):
            robot.hear(rate_hz // 50, rate_hz, channels)
        robot.hear(1, rate_hz, channels)  # what the resampler rounds away
        last = frames * CHUNKS_PER_FRAME - 1
        robot.spoken.wait(lambda chunk: chunk.seq == last, f'speech at {rate_hz} Hz')  # noqa: B023


def test_is_speaking_follows_the_agents_level_and_is_latched(robot, engine, graph):
    from graph import LATCHED
    from std_msgs.msg import Bool

    assert robot.speaking.wait(lambda _: True).data is False
    robot.hear_frames(1)
    robot.speaking.wait(lambda speaking: speaking.data, 'speech')
    late = graph.listen(Bool, robot.path('is_speaking'), LATCHED)
    assert late.wait(lambda _: True, 'the latched value').data is True
    engine.behaviour.echo = True  # of silence
    robot.hear_frames(5)
    robot.speaking.wait(lambda speaking: not speaking.data, 'its end')
    assert [s.data for s in robot.speaking] == [False, True, False], 'told once each'


def test_a_robot_that_closes_its_microphone_while_the_agent_speaks_hears_it_out(
    robot, engine, silence_stands_in
):
    engine.behaviour.pieces = {0: ' Good', 5: ' morning'}
    engine.behaviour.silent_from = 8
    robot.hear_frames(1)
    robot.speaking.wait(lambda speaking: speaking.data, 'speech')
    robot.transcript.wait(lambda t: t.is_final and t.text == 'Good morning', 'all of it')
    assert robot.speaking.last.data is False, 'the microphone may open again'
    metrics = robot.metrics.wait(lambda m: m.frames_filled >= 8, 'metrics that tell of it')
    assert metrics.frames_in == metrics.frames_out == 1
    assert sums_up(metrics)


def test_words_grow_and_end_with_a_pause(make_robot, engine):
    robot = make_robot(utterance_pause_s=0.2).bring_up()  # 2.5 frames: 2 are a pause
    engine.behaviour.pieces = {0: ' Good', 1: ' morn', 2: 'ing', 6: ' Bye'}
    robot.hear_frames(12)
    robot.transcript.wait(lambda t: t.is_final and t.text == 'Bye', 'the last word')
    told = [(t.utterance, t.text, t.is_final) for t in robot.transcript]
    assert told == [
        (1, 'Good', False),
        (1, 'Good morn', False),
        (1, 'Good morning', False),
        (1, 'Good morning', True),
        (2, 'Bye', False),
        (2, 'Bye', True),
    ]
    assert not any(t.interrupted for t in robot.transcript)
    assert all(t.speaker == t.AGENT for t in robot.transcript)
    for t in robot.transcript:
        assert 0 < nanoseconds(t.start) <= nanoseconds(t.end)


def test_every_token_is_told_with_its_frame_id_and_piece(robot, engine):
    engine.behaviour.pieces = {1: ' hé', 3: 'llo'}
    robot.hear_frames(5)
    robot.tokens.wait(lambda token: token.piece == 'llo', 'the second token')
    assert [(t.frame, t.id, t.piece, t.epoch) for t in robot.tokens] == [
        (1, 10, ' hé', robot.spoken.last.epoch),
        (3, 10, 'llo', robot.spoken.last.epoch),
    ]
