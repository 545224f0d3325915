# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A whole file at 24 kHz on one channel: in its place, at its level, to its end."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.recording import average
from personaplex_ros.audio.recording import first_channel
from personaplex_ros.audio.recording import Mix
from personaplex_ros.audio.recording import Recording
from personaplex_ros.audio.sound_file import SoundFileError


def write(path: Path, samples: np.ndarray, rate_hz: int = SAMPLE_RATE_HZ, **kind: str) -> Path:
    soundfile.write(path, samples, rate_hz, **({'subtype': 'FLOAT'} | kind))
    return path


def read(path: Path, mix: Mix = first_channel) -> np.ndarray:
    with Recording(path) as recording:
        return recording.read(mix)


def hum(rate_hz: int) -> np.ndarray:
    """300 Hz, rising and falling, so that no shift by a period looks the same."""
    time = np.arange(rate_hz // 2) / rate_hz
    return 0.5 * np.sin(2 * np.pi * 300 * time) * np.hanning(len(time))


@pytest.mark.parametrize('rate_hz', [8_000, 16_000, 22_050, 44_100, 48_000, 96_000, 192_000])
def test_a_converted_recording_keeps_its_place_and_level(tmp_path, rate_hz) -> None:
    heard = read(write(tmp_path / 'in.wav', hum(rate_hz), rate_hz))
    wanted = hum(SAMPLE_RATE_HZ)
    assert (heard.dtype, heard.shape) == (np.float32, wanted.shape)
    # At 300 Hz half a sample of shift is 4 % of the peak, a whole one 8 %.
    assert np.abs(heard - wanted).max() < 0.05 * 0.5


@pytest.mark.parametrize('name', ['in.wav', 'in.flac', 'in.ogg', 'in.mp3'])
def test_the_format_is_the_librarys_business(tmp_path, name) -> None:
    subtype = {'in.ogg': 'VORBIS', 'in.mp3': 'MPEG_LAYER_III'}.get(name, 'PCM_16')
    heard = read(write(tmp_path / name, hum(48_000), 48_000, subtype=subtype))
    assert len(heard) == pytest.approx(12_000, abs=1_200)
    assert np.abs(heard).max() == pytest.approx(0.5, abs=0.05)


def test_the_end_of_a_converted_recording_is_not_lost(tmp_path) -> None:
    click = np.zeros(4_800)
    click[-10:] = 0.9
    heard = read(write(tmp_path / 'in.wav', click, 48_000, subtype='PCM_16'))
    assert len(heard) == 2_400
    assert heard[-5:].max() > 0.3


def test_a_long_recording_is_read_in_blocks_without_a_seam(tmp_path) -> None:
    rng = np.random.default_rng(1)
    sound = rng.uniform(-0.5, 0.5, 200_000).astype(np.float32)
    assert np.array_equal(read(write(tmp_path / 'in.wav', sound)), sound)


@pytest.mark.parametrize('channels', [1, 2, 6])
def test_the_first_channel_is_heard_or_all_of_them(tmp_path, channels) -> None:
    sound = np.random.default_rng(2).uniform(-0.5, 0.5, (1_000, channels)).astype(np.float32)
    path = write(tmp_path / 'in.wav', sound)
    assert np.array_equal(read(path), sound[:, 0])
    assert np.allclose(read(path, average), sound.mean(axis=1), atol=1e-6)


def test_what_is_no_number_is_silent_and_what_is_loud_stays_loud(tmp_path) -> None:
    sound = np.array([2, -2, np.nan, 0.5, np.inf, -np.inf])
    assert read(write(tmp_path / 'in.wav', sound)).tolist() == [2, -2, 0, 0.5, 1, -1]


def test_its_length_is_known_before_it_is_read(tmp_path) -> None:
    with Recording(write(tmp_path / 'in.wav', np.zeros(4_410), 44_100)) as recording:
        assert recording.seconds == pytest.approx(0.1)


@pytest.mark.parametrize('name', ['in.wav', 'in.raw', 'x' * 300])
def test_what_is_no_sound_is_refused_with_its_name(tmp_path, name) -> None:
    if len(name) < 256:
        (tmp_path / name).write_text('no sound at all')
    with pytest.raises(SoundFileError, match=rf'{name}: no s'):
        Recording(tmp_path / name)


def test_a_file_that_is_damaged_in_its_middle_is_refused_with_its_name(tmp_path) -> None:
    rng = np.random.default_rng(3)
    path = write(tmp_path / 'in.flac', rng.uniform(-1, 1, 50_000), subtype='PCM_16')
    content = bytearray(path.read_bytes())
    content[4_000:] = bytes(len(content) - 4_000)
    path.write_bytes(content)
    with pytest.raises(SoundFileError, match=r'in\.flac: '):
        read(path)
