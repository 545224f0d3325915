# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Chunks as robots give them become frames as the model wants them, or a clear refusal."""

import numpy as np
import pytest

from personaplex_ros.audio.format import AudioFormatError
from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.audio.intake import Intake
from personaplex_ros.audio.intake import Reblocker
from personaplex_ros.audio.intake import to_int16

RATES_HZ = [8000, 16000, 22050, 24000, 44100, 48000, 96000]


def ramp(count: int) -> np.ndarray:
    """Return int16 [count] in which every sample tells its place."""
    return (np.arange(count) % 30_000).astype(np.int16)


@pytest.mark.parametrize('sizes', [[1920], [1] * 1921, [480] * 9, [1919, 2, 1919], [10_000], [0]])
def test_frames_are_whole_and_nothing_is_lost_or_reordered(sizes):
    stream = ramp(sum(sizes))
    reblocker = Reblocker()
    ends = np.cumsum(sizes)
    frames = [
        frame
        for size, end in zip(sizes, ends, strict=True)
        for frame in reblocker.push(stream[end - size : end])
    ]
    assert all(frame.shape == (SAMPLES_PER_FRAME,) for frame in frames)
    assert all(frame.dtype == np.int16 for frame in frames)
    assert len(frames) == len(stream) // SAMPLES_PER_FRAME
    assert reblocker.waiting == len(stream) % SAMPLES_PER_FRAME
    if frames:
        got = np.concatenate(frames)
        np.testing.assert_array_equal(got, stream[: len(got)])


def test_a_frame_does_not_change_when_the_callers_buffer_does():
    reblocker = Reblocker()
    buffer = np.ones(SAMPLES_PER_FRAME, np.int16)
    (frame,) = reblocker.push(buffer)
    buffer[:] = 9
    assert frame.max() == 1


@pytest.mark.parametrize(
    'samples', [np.zeros(4, np.float32), np.zeros(4, np.int32), np.zeros((2, 2), np.int16)]
)
def test_the_reblocker_refuses_other_dtypes_and_shapes(samples):
    with pytest.raises(AudioFormatError, match='expected int16 with one'):
        Reblocker().push(samples)


@pytest.mark.parametrize('channels', [1, 2])
@pytest.mark.parametrize('rate_hz', RATES_HZ)
def test_a_second_of_any_usual_audio_gives_a_second_of_frames(rate_hz, channels):
    intake = Intake()
    chunk = rate_hz // 50
    frames = []
    for _ in range(50):
        frames += intake.push(np.full(chunk * channels, 1000, np.int16), rate_hz, channels)
    assert len(frames) in (12, 13)
    assert len(frames) * SAMPLES_PER_FRAME <= 24_000
    steady = np.concatenate(frames[1:])
    assert np.abs(steady.astype(int) - 1000).max() <= 2


def test_24_khz_mono_passes_bit_for_bit():
    stream = ramp(3 * SAMPLES_PER_FRAME)
    frames = list(Intake().push(stream, 24_000, 1))
    np.testing.assert_array_equal(np.concatenate(frames), stream)


def test_stereo_becomes_the_mean_of_both_sides():
    left, right = np.int16(1000), np.int16(-400)
    stereo = np.tile(np.array([left, right]), SAMPLES_PER_FRAME)
    (frame,) = Intake().push(stereo, 24_000, 2)
    assert set(frame) == {300}


@pytest.mark.parametrize('value', [32767, -32768])
@pytest.mark.parametrize('channels', [1, 2])
def test_extremes_do_not_wrap(value, channels):
    samples = np.full(SAMPLES_PER_FRAME * 2 * channels, value, np.int16)
    for rate_hz in (24_000, 48_000):
        for frame in Intake().push(samples, rate_hz, channels):
            assert (np.sign(frame[-100:].astype(int)) == np.sign(value)).all()


def test_a_rate_that_changes_midway_goes_on_with_the_new_rate():
    intake = Intake()
    frames = []
    for rate_hz, channels in [(16_000, 1), (48_000, 2), (24_000, 1), (44_100, 1)]:
        for _ in range(50):
            chunk = np.full(rate_hz // 50 * channels, 500, np.int16)
            frames += intake.push(chunk, rate_hz, channels)
    assert len(frames) == pytest.approx(4 * 12.5, abs=1)
    assert all(len(frame) == SAMPLES_PER_FRAME for frame in frames)
    assert np.median(np.concatenate(frames)) == 500


def test_ten_seconds_in_one_chunk_become_125_frames():
    assert len(list(Intake().push(np.zeros(480_000, np.int16), 48_000, 1))) == 125


@pytest.mark.parametrize(
    ('count', 'rate_hz', 'channels', 'why'),
    [
        (0, 16_000, 1, 'without samples'),
        (0, 16_000, 2, 'without samples'),
        (321, 16_000, 2, '321 samples do not divide into 2 channels'),
        (960, 16_000, 3, '3 channels; expected 1 or 2'),
        (960, 16_000, 0, '0 channels; expected 1 or 2'),
        (960, 16_000, 255, '255 channels'),
        (320, 0, 1, 'sample rate 0 Hz'),
        (320, 4_000_000_000, 1, 'sample rate 4000000000 Hz'),
        (320, 7_999, 1, 'sample rate 7999 Hz'),
        (31 * 16_000, 16_000, 1, 'a chunk of 31 s'),
        (320_001, 10, 1, 'a chunk of 32000 s'),
    ],
)
def test_a_chunk_that_is_no_audio_is_refused_and_leaves_no_trace(count, rate_hz, channels, why):
    intake, untouched = Intake(), Intake()
    before, after = ramp(500), ramp(4000)
    for each in (intake, untouched):
        list(each.push(before, 16_000, 1))
    with pytest.raises(AudioFormatError, match=why):
        intake.push(np.zeros(count, np.int16), rate_hz, channels)
    frames = [list(each.push(after, 16_000, 1)) for each in (intake, untouched)]
    assert len(frames[0]) == len(frames[1]) == 3
    np.testing.assert_array_equal(frames[0], frames[1])


def test_a_first_chunk_without_a_rate_is_refused():
    with pytest.raises(AudioFormatError, match='sample rate 0 Hz'):
        Intake().push(ramp(1920), 0, 1)


def test_to_int16_rounds_and_clips():
    wide = np.array([0.4, 0.6, -0.6, 32767.4, 40_000, -32768.4, -1e9, 1e30], np.float32)
    assert to_int16(wide).tolist() == [0, 1, -1, 32767, 32767, -32768, -32768, 32767]
