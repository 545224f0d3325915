# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Samples of every usual width and package become the same sound, and nonsense is told."""

from types import SimpleNamespace

import numpy as np
import pytest

from personaplex_ros.audio.format import AudioFormatError
from personaplex_ros.nodes.interop.decode import decode
from personaplex_ros.nodes.interop.decode import NoInfo
from personaplex_ros.nodes.interop.sound import few_channels
from personaplex_ros.nodes.interop.sound import from_bytes

pytestmark = pytest.mark.graph

SOUND = np.array([0, 256, -256, 16384, -16384, 32512, -32768], np.int16)


def bytes_of(sample_format: str) -> bytes:
    wide = SOUND.astype(np.int32)
    return {
        'S8': (wide >> 8).astype(np.int8).tobytes(),
        'U8': ((wide >> 8) + 128).astype(np.uint8).tobytes(),
        'S16LE': SOUND.astype('<i2').tobytes(),
        'S16BE': SOUND.astype('>i2').tobytes(),
        'S24LE': b''.join((int(v) << 8).to_bytes(3, 'little', signed=True) for v in wide),
        'S32LE': (wide << 16).astype('<i4').tobytes(),
        'F32LE': (SOUND / 32768).astype('<f4').tobytes(),
        'F64LE': (SOUND / 32768).astype('<f8').tobytes(),
    }[sample_format]


@pytest.mark.parametrize(
    'sample_format', ['S8', 'U8', 'S16LE', 'S16BE', 'S24LE', 'S32LE', 'F32LE', 'F64LE']
)
def test_every_width_is_the_same_sound(sample_format):
    got = from_bytes(bytes_of(sample_format), sample_format)
    assert got.dtype == np.int16
    np.testing.assert_array_equal(got, SOUND)


def test_what_is_no_number_is_silence_and_what_is_too_loud_is_clipped():
    odd = np.array([np.nan, np.inf, -np.inf, 7.0, -7.0, 1e38], '<f4')
    got = from_bytes(odd.tobytes(), 'F32LE')
    assert got.tolist() == [0, 0, 0, 32767, -32768, 32767]


@pytest.mark.parametrize(
    ('data', 'sample_format'),
    [
        (b'123', 'S16LE'),
        (b'1234', 'S24LE'),
        (b'12', 'MULAW'),
        (b'', ''),
        (bytes(5 << 20), 'S16LE'),
    ],
)
def test_bytes_that_are_no_samples_are_told(data, sample_format):
    with pytest.raises(AudioFormatError):
        from_bytes(data, sample_format)


def test_of_many_channels_the_first_is_heard():
    sound = few_channels(np.arange(12, dtype=np.int16), 16_000, 6)
    assert (sound.channels, sound.samples.tolist()) == (1, [0, 6])


@pytest.mark.parametrize('channels', [0, -1, 5, 1000])
def test_channels_that_do_not_fit_are_told(channels):
    with pytest.raises(AudioFormatError, match='channels'):
        few_channels(np.zeros(12, np.int16), 16_000, channels)


def info(**values) -> SimpleNamespace:
    told = {
        'channels': 1,
        'sample_rate': 16_000,
        'sample_format': 'S16LE',
        'coding_format': 'wave',
    }
    return SimpleNamespace(**{**told, **values})


@pytest.mark.parametrize('start', [b'ID3\x04', b'\xff\xfb\x90\x64', b'\xff\xf3\x84\xc4'])
@pytest.mark.parametrize('told', [None, info(coding_format='mp3'), info(coding_format='')])
def test_an_mp3_stream_gets_a_line_that_says_what_to_set(start, told):
    with pytest.raises(AudioFormatError, match='format:=wave'):
        decode(SimpleNamespace(data=start + bytes(400)), told)


def test_raw_sound_that_begins_as_an_mp3_does_is_heard():
    for first in (-1025, -1281, -3073, -3329):  # ff fb, ff fa, ff f3, ff f2
        samples = np.array([first, 1, 2, 3], np.int16)
        sound = decode(SimpleNamespace(data=samples.tobytes()), info())
        np.testing.assert_array_equal(sound.samples, samples)


def test_raw_bytes_wait_until_somebody_tells_what_they_are():
    with pytest.raises(NoInfo, match='audio_info'):
        decode(SimpleNamespace(data=bytes(400)), None)


def test_the_other_package_of_that_name_without_a_rate_is_told():
    with pytest.raises(AudioFormatError, match='publish AudioStamped'):
        decode(SimpleNamespace(int16_data=[1, 2]), None)


def test_an_unknown_format_of_a_frame_is_told():
    frame = SimpleNamespace(
        format='opus', frame_sample_count=1, data=b'', channel_count=1, sampling_frequency=1
    )
    with pytest.raises(AudioFormatError, match="'opus'"):
        decode(frame, None)
