# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Sound files of every usual kind are read as a microphone would give them, others refused."""

import wave

import numpy as np
import pytest
import soundfile

from personaplex_ros.audio.sound_file import SoundFile
from personaplex_ros.audio.sound_file import SoundFileError

SUBTYPES = ['PCM_U8', 'PCM_16', 'PCM_24', 'PCM_32', 'FLOAT', 'DOUBLE']
RATES_HZ = [8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000]


def sweep(count: int, channels: int) -> np.ndarray:
    """Return float [count, channels] between -0.5 and 0.5; the sides differ."""
    time = np.arange(count)
    sides = [np.sin(time * (0.05 + 0.02 * side)) / 2 for side in range(channels)]
    return np.stack(sides, axis=1)


def read_all(sound: SoundFile, chunk: int = 320) -> np.ndarray:
    """Return everything, int16 [n * channels], read chunk by chunk."""
    pieces = []
    while len(piece := sound.read(chunk)):
        pieces.append(piece)
    sound.close()
    return np.concatenate(pieces)


@pytest.mark.parametrize('channels', [1, 2])
@pytest.mark.parametrize('subtype', SUBTYPES)
def test_every_sample_format_gives_the_same_sound(tmp_path, subtype, channels):
    path = tmp_path / 'sound.wav'
    wanted = sweep(1000, channels)
    soundfile.write(path, wanted, 16_000, subtype=subtype)
    sound = SoundFile(path)
    assert (sound.rate_hz, sound.channels, sound.seconds) == (16_000, channels, 1000 / 16_000)
    got = read_all(sound)
    assert got.dtype == np.int16
    tolerance = 260 if subtype == 'PCM_U8' else 1
    np.testing.assert_allclose(got, wanted.reshape(-1) * 32768, atol=tolerance)


@pytest.mark.parametrize('rate_hz', RATES_HZ)
def test_every_usual_rate_is_taken(tmp_path, rate_hz):
    path = tmp_path / 'sound.wav'
    soundfile.write(path, sweep(500, 1), rate_hz)
    sound = SoundFile(str(path))
    assert sound.rate_hz == rate_hz
    assert len(read_all(sound)) == 500


def test_16_bit_written_by_the_standard_library_comes_back_bit_for_bit(tmp_path):
    path = tmp_path / 'sound.wav'
    samples = np.array([0, 1, -1, 32767, -32768, 1234], '<i2')
    with wave.open(str(path), 'wb') as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44_100)
        file.writeframes(samples.tobytes())
    assert read_all(SoundFile(path)).tolist() == samples.tolist()


def test_float_beyond_full_scale_is_clipped_and_what_is_no_number_is_silent(tmp_path):
    path = tmp_path / 'sound.wav'
    soundfile.write(path, np.array([2.0, -2.0, np.nan, 0.5]), 16_000, subtype='FLOAT')
    with np.errstate(all='raise'):  # what becomes of NaN in a cast is up to the machine
        assert read_all(SoundFile(path)).tolist() == [32767, -32768, 0, 16384]


def test_a_home_folder_is_understood(tmp_path, monkeypatch):
    monkeypatch.setenv('HOME', str(tmp_path))
    soundfile.write(tmp_path / 'sound.wav', sweep(10, 1), 16_000)
    assert len(read_all(SoundFile('~/sound.wav'))) == 10


def test_a_truncated_file_gives_what_is_there(tmp_path):
    path = tmp_path / 'sound.wav'
    soundfile.write(path, sweep(1000, 1), 16_000)
    path.write_bytes(path.read_bytes()[:-1000])
    assert len(read_all(SoundFile(path))) == 500


def make(path, kind: str) -> None:
    """Put something at the path that cannot be played."""
    if kind == 'directory':
        path.mkdir()
    elif kind == 'empty':
        path.touch()
    elif kind == 'text':
        path.write_text('this is no sound\n' * 100)
    elif kind == 'header alone':
        path.write_bytes(b'RIFF')
    elif kind == 'no samples':
        soundfile.write(path, np.zeros((0, 1)), 16_000)
    elif kind == 'six channels':
        soundfile.write(path, np.zeros((10, 6)), 48_000)
    elif kind == '4 kHz':
        soundfile.write(path, np.zeros(10), 4_000)


@pytest.mark.parametrize(
    ('kind', 'why'),
    [
        ('missing', 'no such file'),
        ('directory', 'no file'),
        ('empty', 'the file is empty'),
        ('text', 'no sound file that can be read; expected a wav'),
        ('header alone', 'no sound file that can be read; expected a wav'),
        ('no samples', 'the file holds no samples'),
        ('six channels', '6 channels; expected 1 or 2'),
        ('4 kHz', '4000 Hz; expected 8000 to 192000 Hz'),
    ],
)
def test_what_cannot_be_played_is_refused_in_one_line_that_names_it(tmp_path, kind, why):
    path = tmp_path / 'sound.wav'
    make(path, kind)
    with pytest.raises(SoundFileError) as error:
        SoundFile(path)
    assert str(error.value) == f'{path}: {why}'


def test_a_home_that_nobody_has_is_a_file_that_is_not_there():
    with pytest.raises(SoundFileError, match=r'~no-one/in\.wav: no such file'):
        SoundFile('~no-one/in.wav')
