# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Voices are found by name, and nothing else can be reached through one."""

import pickle

import pytest
from safetensors.torch import save_file
from tiny_checkpoint import tiny_config
import torch

from personaplex_ros.model.prompt import PromptError
from personaplex_ros.model.prompt import UnknownVoice
from personaplex_ros.model.voices import VoiceLibrary


@pytest.fixture
def library(tmp_path):
    folder = tmp_path / 'voices'
    folder.mkdir()
    save_file({'codes': torch.ones(4, 6, dtype=torch.long)}, folder / 'NATF0.safetensors')
    save_file({'codes': torch.ones(4, 6, dtype=torch.long)}, tmp_path / 'secret.safetensors')
    return VoiceLibrary(folder, tiny_config())


@pytest.mark.parametrize('name', ['NATF0', 'NATF0.pt', 'NATF0.wav', 'NATF0.safetensors'])
def test_a_voice_is_found_with_or_without_a_suffix(library, name):
    assert library.load(name).codes.shape == (4, 6)


@pytest.mark.parametrize(
    'name',
    ['', '.', '..', '../secret', '../secret.safetensors', '/etc/passwd', 'NATF0\x00', 'a/b'],
)
def test_a_name_never_leads_out_of_the_folder(library, name):
    with pytest.raises(UnknownVoice):
        library.load(name)


def test_an_unknown_voice_is_told_what_there_is(library):
    with pytest.raises(UnknownVoice, match=r"'NATF9' is not in voices/ \(have NATF0"):
        library.load('NATF9')


def test_a_voice_added_later_is_found(library, tmp_path):
    save_file({'codes': torch.ones(4, 2, dtype=torch.long)}, tmp_path / 'voices/New.safetensors')
    assert library.names() == ['NATF0', 'New']


@pytest.mark.parametrize(
    ('codes', 'reason'),
    [
        (torch.ones(8, 6, dtype=torch.long), r'expected \[4, frames\]'),
        (torch.ones(4, 0, dtype=torch.long), r'expected \[4, frames\]'),
        (torch.full((4, 6), 32), 'another codec'),
    ],
)
def test_codes_of_another_codec_are_refused(library, tmp_path, codes, reason):
    save_file({'codes': codes}, tmp_path / 'voices/odd.safetensors')
    with pytest.raises(PromptError, match=reason):
        library.load('odd')


def test_a_damaged_voice_is_refused(library, tmp_path):
    (tmp_path / 'voices/odd.safetensors').write_bytes(b'nonsense')
    with pytest.raises(PromptError, match='cannot be read'):
        library.load('odd')


class Trap:
    """Creates a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), 'w'))


def test_a_pickle_that_would_run_code_is_refused_unrun(library, tmp_path):
    path = tmp_path / 'voices/trap.pt'
    torch.save({'embeddings': Trap(tmp_path / 'sprung'), 'cache': torch.zeros(1)}, path)
    with pytest.raises(PromptError, match='no published voice'):
        library.load('trap')
    path.write_bytes(pickle.dumps(Trap(tmp_path / 'sprung')))
    with pytest.raises(PromptError, match='no published voice'):
        library.load('trap')
    assert not (tmp_path / 'sprung').exists()


@pytest.mark.parametrize(
    ('embeddings', 'ring'),
    [
        (torch.zeros(5, 1, 1, 64), torch.zeros(1, 9, 4, dtype=torch.long)),
        (torch.zeros(5, 1, 1, 32), torch.zeros(1, 17, 4, dtype=torch.long)),
    ],
)
def test_a_published_voice_of_another_model_is_refused(library, tmp_path, embeddings, ring):
    torch.save({'embeddings': embeddings, 'cache': ring}, tmp_path / 'voices/odd.pt')
    with pytest.raises(PromptError, match='another model'):
        library.load('odd')
