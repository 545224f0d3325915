# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A recording becomes a voice: at its loudness, through Mimi, without disturbing anybody."""

import numpy as np
import pytest
import soundfile
from tiny_checkpoint import tiny_config
from tiny_checkpoint import write_tiny
import torch

pyloudnorm = pytest.importorskip('pyloudnorm', reason='wav voices need pyloudnorm')

from personaplex_ros.audio.format import SAMPLE_RATE_HZ  # noqa: E402
from personaplex_ros.audio.format import SAMPLES_PER_FRAME  # noqa: E402
from personaplex_ros.model.checkpoint import Checkpoint  # noqa: E402
from personaplex_ros.model.personaplex import PersonaPlex  # noqa: E402
from personaplex_ros.model.prompt import Prompt  # noqa: E402
from personaplex_ros.model.prompt import PromptError  # noqa: E402
from personaplex_ros.model.sampling import Sampling  # noqa: E402
from personaplex_ros.model.voices import VoiceLibrary  # noqa: E402
from personaplex_ros.model.wav_voice import MAX_PEAK  # noqa: E402
from personaplex_ros.model.wav_voice import read_wav_voice  # noqa: E402
from personaplex_ros.model.wav_voice import VoiceEncoder  # noqa: E402


def hum(seconds: float, rate_hz: int, amplitude: float = 0.1) -> np.ndarray:
    """A voice-like sound: a gliding tone with two overtones, swelling."""
    time = np.arange(round(seconds * rate_hz)) / rate_hz
    phase = 2 * np.pi * (180 * time + 40 * time**2)
    tones = sum(np.sin(k * phase) / k for k in (1, 2, 3))
    return amplitude * tones * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * time))


def loudness(frames: np.ndarray, seconds: float) -> float:
    voice = frames.reshape(-1)[: round(seconds * SAMPLE_RATE_HZ)].astype(np.float64)
    return pyloudnorm.Meter(SAMPLE_RATE_HZ).integrated_loudness(voice)


@pytest.mark.parametrize('amplitude', [0.002, 0.05, 0.6])
@pytest.mark.parametrize('rate_hz', [16_000, 24_000, 44_100, 48_000])
def test_a_voice_is_brought_to_minus_24_lufs(tmp_path, rate_hz, amplitude) -> None:
    soundfile.write(tmp_path / 'v.wav', hum(1.0, rate_hz, amplitude), rate_hz)
    frames = read_wav_voice(tmp_path / 'v.wav', tiny_config())
    assert frames.shape == (13, SAMPLES_PER_FRAME)
    assert frames.dtype == np.float32
    assert loudness(frames, 1.0) == pytest.approx(-24.0, abs=0.05)
    assert not frames.reshape(-1)[SAMPLE_RATE_HZ:].any()


def test_channels_are_averaged(tmp_path) -> None:
    left, right = hum(0.5, 24_000, 0.1), hum(0.5, 24_000, 0.3)[::-1]
    soundfile.write(tmp_path / 'two.wav', np.stack([left, right], axis=1), 24_000, 'FLOAT')
    soundfile.write(tmp_path / 'one.wav', (left + right) / 2, 24_000, 'FLOAT')
    two, one = (read_wav_voice(tmp_path / f'{name}.wav', tiny_config()) for name in ('two', 'one'))
    assert np.abs(two - one).max() < 1e-3


def test_a_click_does_not_clip(tmp_path) -> None:
    sharp = hum(1.0, 24_000, 0.002)
    sharp[12_000] = 0.9
    soundfile.write(tmp_path / 'v.wav', sharp, 24_000)
    frames = read_wav_voice(tmp_path / 'v.wav', tiny_config())
    assert np.abs(frames).max() == pytest.approx(MAX_PEAK, abs=1e-4)
    assert loudness(frames, 1.0) < -24.5


NO_VOICE = {
    'short': (hum(0.39, 24_000), 24_000, r'lasts 0.39 s; expected 0.4 to 8 s'),
    'long': (hum(8.1, 8_000), 8_000, r'lasts 8.10 s; expected 0.4 to 8 s'),
    'silent': (np.zeros(24_000), 24_000, 'it is silent'),
    'nearly silent': (hum(1.0, 24_000, 2e-4), 24_000, 'it is silent'),
    'cancelled out': (np.outer(hum(1.0, 24_000), [1, -1]), 24_000, 'it is silent'),
    'slow': (hum(1.0, 4_000), 4_000, '4000 Hz; expected 8000'),
    'six channels of nothing': (np.zeros((24_000, 6)), 24_000, 'it is silent'),
}


@pytest.mark.parametrize(('samples', 'rate_hz', 'reason'), NO_VOICE.values(), ids=NO_VOICE)
def test_what_is_no_voice_is_refused_with_its_name(tmp_path, samples, rate_hz, reason) -> None:
    soundfile.write(tmp_path / 'odd.wav', samples, rate_hz, 'FLOAT')
    with pytest.raises(
        PromptError, match=rf'^voices/odd\.wav cannot be used as a voice: .*{reason}'
    ):
        read_wav_voice(tmp_path / 'odd.wav', tiny_config())


def test_what_is_no_sound_is_refused_with_its_name(tmp_path) -> None:
    (tmp_path / 'odd.wav').write_text('hello')
    with pytest.raises(
        PromptError, match=r'voices/odd\.wav cannot be used as a voice: no sound file'
    ):
        read_wav_voice(tmp_path / 'odd.wav', tiny_config())


def test_codes_are_those_of_a_mimi_that_begins_afresh(tiny_checkpoint) -> None:
    frames = np.random.default_rng(0).uniform(-0.3, 0.3, (9, SAMPLES_PER_FRAME)).astype('f4')
    fresh = tiny_checkpoint.load_codec(torch.device('cpu'))
    with torch.inference_mode(), fresh.streaming(1):
        wanted = [fresh.encode(torch.from_numpy(frame)[None, None]) for frame in frames]
    busy = tiny_checkpoint.load_codec(torch.device('cpu'))
    busy.streaming_forever(1)
    with torch.inference_mode():
        busy.encode(torch.rand(1, 1, SAMPLES_PER_FRAME))
    assert torch.equal(VoiceEncoder(busy)(frames), torch.cat(wanted, dim=-1)[0])


@pytest.fixture(scope='module')
def model(tmp_path_factory) -> PersonaPlex:
    directory = write_tiny(tmp_path_factory.mktemp('with_wav'))
    soundfile.write(directory / 'voices/Ann.wav', hum(0.5, 44_100), 44_100)
    soundfile.write(directory / 'voices/Ben.wav', hum(0.6, 24_000)[::-1], 24_000)
    soundfile.write(directory / 'voices/NATF0.wav', hum(0.5, 24_000), 24_000)
    (directory / 'voices/A-first.wav').write_text('hello')
    return PersonaPlex.load(directory, device='cpu')


def talk(model: PersonaPlex, voice: str, *, disturb: str = '') -> list[int]:
    heard = np.random.default_rng(1).integers(-3_000, 3_000, (6, SAMPLES_PER_FRAME), np.int16)
    session = model.open_session(Sampling(seed=4))
    try:
        session.prompt(Prompt('', voice))
        said = []
        for frame in heard:
            if disturb:
                with pytest.raises(PromptError):
                    session.prompt(Prompt('la ' * 500, disturb))
            said.append(session.step(frame).pcm.tolist())
        return said
    finally:
        session.close()


def test_a_wav_in_the_voices_folder_is_a_voice(model) -> None:
    assert model.voices == ['A-first', 'Ann', 'Ben', 'NATF0', 'NATM0']
    assert talk(model, 'Ann') == talk(model, 'Ann.wav')
    assert talk(model, 'Ann') != talk(model, 'Ben')


def test_codes_are_preferred_to_a_wav_of_the_same_name(model, tiny_model) -> None:
    assert talk(model, 'NATF0') == talk(tiny_model, 'NATF0')


def test_a_conversation_goes_on_undisturbed_while_another_voice_is_made(model) -> None:
    assert talk(model, 'Ann', disturb='Ben') == talk(model, 'Ann')


def test_a_wav_that_is_no_voice_is_told_when_it_is_asked_for_and_not_at_loading(model) -> None:
    with pytest.raises(PromptError, match=r'voices/A-first\.wav cannot be used as a voice'):
        talk(model, 'A-first')


def test_without_a_codec_wav_files_are_no_voices(tmp_path) -> None:
    soundfile.write(tmp_path / 'Ann.wav', hum(0.5, 24_000), 24_000)
    assert VoiceLibrary(tmp_path, tiny_config()).names() == []


def test_a_wav_is_encoded_at_the_load_and_again_only_when_the_file_changes(tmp_path) -> None:
    directory = write_tiny(tmp_path)
    path = directory / 'voices/Ann.wav'
    soundfile.write(path, hum(0.5, 24_000), 24_000)
    runs = []
    library = VoiceLibrary(
        directory / 'voices',
        Checkpoint(directory).config,
        lambda frames: runs.append(1) or torch.zeros(4, 6),
    )
    library.encode_recordings()
    library.load('Ann')
    library.load('Ann.wav')
    assert len(runs) == 1
    soundfile.write(path, hum(0.7, 24_000), 24_000)
    library.load('Ann')
    assert len(runs) == 2
