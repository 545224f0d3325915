# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Damaged voices, persona files and recordings are refused in a line, and nothing in them runs."""

from collections.abc import Callable
import io
import os
from pathlib import Path
from random import Random

import numpy as np
import pytest
from safetensors.torch import save
import soundfile
import torch

from personaplex_ros.audio.sound_file import SoundFile
from personaplex_ros.audio.sound_file import SoundFileError
from personaplex_ros.engine.failure import StartFailure
from personaplex_ros.engine.loader import load_model
from personaplex_ros.engine.offline import read_recording
from personaplex_ros.engine.settings import ServeSettings
from personaplex_ros.model.catalog import resolve_model
from personaplex_ros.model.checkpoint import Checkpoint
from personaplex_ros.model.config import ModelConfig
from personaplex_ros.model.prompt import Prompt
from personaplex_ros.model.prompt import PromptError
from personaplex_ros.model.voices import VoiceLibrary

from .damage_bytes import ANY
from .damage_bytes import flip_bits

FILES = 600
MAX_LINE_CHARS = 600
HOUR_S = 3_600


@pytest.fixture(scope='module')
def config() -> ModelConfig:
    load_model(ServeSettings())
    return Checkpoint(resolve_model('nano')).config


def published(config: ModelConfig, **options: bool) -> bytes:
    """A .pt voice in order."""
    streams, slots = config.lm['n_q'] + 1, max(config.lm['delays']) + 3
    file = io.BytesIO()
    embeddings = torch.zeros(5, 1, 1, config.lm['dim'])
    ring = torch.zeros(1, streams, slots, dtype=torch.long)
    torch.save({'embeddings': embeddings, 'cache': ring}, file, **options)
    return file.getvalue()


def recording(seconds: float = 0.5) -> bytes:
    file = io.BytesIO()
    time = np.arange(round(seconds * 24_000)) / 24_000
    soundfile.write(file, 0.1 * np.sin(2 * np.pi * 220 * time), 24_000, format='wav')
    return file.getvalue()


VOICES: dict[str, tuple[str, Callable[[ModelConfig], bytes]]] = {
    'pt': ('.pt', published),
    'pt of old': ('.pt', lambda c: published(c, _use_new_zipfile_serialization=False)),
    'safetensors': (
        '.safetensors',
        lambda c: save({'codes': torch.ones(c.agent_codebooks, 6, dtype=torch.long)}),
    ),
    'wav': ('.wav', lambda c: recording()),
}


def damaged(random: Random, whole: bytes) -> bytes:
    """Return the file with little damage mostly: a file of noise is refused at its first byte."""
    if random.random() < 0.5:
        return flip_bits(random, whole)
    return random.choice(ANY)(random, whole)


@pytest.mark.fault
@pytest.mark.filterwarnings('ignore:Detected pickle protocol')
@pytest.mark.parametrize(
    'kind',
    VOICES,
)
def test_a_damaged_voice_is_refused_in_a_line_or_is_a_voice(
    kind: str, config: ModelConfig, tmp_path: Path
) -> None:
    if kind == 'wav':
        pytest.importorskip('pyloudnorm', reason='wav voices need pyloudnorm')
    suffix, make = VOICES[kind]
    whole, random = make(config), Random(8)
    library = VoiceLibrary(
        tmp_path,
        config,
        lambda frames: torch.zeros(config.agent_codebooks, len(frames), dtype=torch.long),
    )
    path = tmp_path / f'Ann{suffix}'
    path.write_bytes(whole)
    assert library.load('Ann').codes.shape[0] == config.agent_codebooks
    refused = 0
    for number in range(FILES):
        path.write_bytes(damaged(random, whole))
        try:
            library.load('Ann')
        except PromptError as error:
            refused += 1
            assert '\n' not in str(error) and len(str(error)) < MAX_LINE_CHARS
        except Exception as error:
            pytest.fail(f'file {number}: {type(error).__name__}: {error}')
    assert refused > FILES // 10


@pytest.mark.fault
def test_a_damaged_recording_is_refused_in_a_line_or_is_heard(tmp_path: Path) -> None:
    whole, random = recording(), Random(9)
    path = tmp_path / 'in.wav'
    refused = 0
    for _ in range(FILES):
        path.write_bytes(damaged(random, whole))
        try:
            samples = read_recording(path)
            assert samples.dtype == np.int16 and len(samples) < 100 * len(whole)
        except StartFailure as error:
            refused += 1
            assert '\n' not in str(error)
        try:
            file = SoundFile(path)
            assert len(file.read(1 << 20)) <= 2 * len(whole)
            file.close()
        except SoundFileError as error:
            assert '\n' not in str(error)
    assert refused > FILES // 10


def test_a_voice_of_an_hour_is_refused_unread(
    config: ModelConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with soundfile.SoundFile(tmp_path / 'long.wav', 'w', 8_000, 1, 'PCM_U8') as file:
        for _ in range(HOUR_S // 60):
            file.write(np.zeros(60 * 8_000, np.int16))
    monkeypatch.setattr(SoundFile, 'read', lambda *_: pytest.fail('it is read'))
    library = VoiceLibrary(tmp_path, config, lambda frames: torch.zeros(1))
    with pytest.raises(PromptError, match=r'lasts 3600.00 s; expected 0.4 to'):
        library.load('long')


@pytest.mark.parametrize('suffix', ['.pt', '.safetensors', '.wav'])
def test_a_voice_of_no_bytes_is_refused(config: ModelConfig, tmp_path: Path, suffix: str) -> None:
    (tmp_path / f'none{suffix}').touch()
    library = VoiceLibrary(tmp_path, config, lambda frames: torch.zeros(1))
    with pytest.raises(PromptError, match=rf'voices/none\{suffix}'):
        library.load('none')


def test_a_voice_that_is_a_folder_a_pipe_or_a_link_to_nothing_is_no_voice(
    config: ModelConfig, tmp_path: Path
) -> None:
    (tmp_path / 'folder.pt').mkdir()
    os.mkfifo(tmp_path / 'pipe.pt')
    (tmp_path / 'nothing.pt').symlink_to(tmp_path / 'gone')
    assert VoiceLibrary(tmp_path, config).names() == []


def test_a_prompt_that_fits_the_wire_but_not_the_model_is_refused_and_the_talk_goes_on(
    config: ModelConfig,
) -> None:
    model = load_model(ServeSettings())
    session = model.open_session()
    try:
        session.prompt(Prompt('You sell tea.', model.voices[0]))
        with pytest.raises(PromptError, match='shorten'):
            session.prompt(Prompt('x' * 4_000, model.voices[0]))
        assert len(session.step(np.zeros(1_920, np.int16)).pcm) == 1_920
    finally:
        session.close()
