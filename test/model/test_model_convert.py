# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Converting keeps exactly the agent's half of a published model, or says why it cannot."""

import fcntl
import json
import os
import shutil

from moshi.models import loaders
from published_checkpoint import FILES
from published_checkpoint import packed
from published_checkpoint import write_published
import pytest
from safetensors.torch import load_file
from safetensors.torch import save_file
from tiny_checkpoint import BINS
from tiny_checkpoint import CODEBOOKS
from tiny_checkpoint import LM
from tiny_checkpoint import tiny_config
import torch

from personaplex_ros.model import convert as convert_module
from personaplex_ros.model.checkpoint import Checkpoint
from personaplex_ros.model.checkpoint import CheckpointError
from personaplex_ros.model.convert import convert
from personaplex_ros.model.convert_progress import no_progress
from personaplex_ros.model.convert_record import Origin
from personaplex_ros.model.convert_record import verify
from personaplex_ros.model.personaplex import PersonaPlex
from personaplex_ros.model.prompt import Prompt

ORIGIN = Origin('someone/published', 'c0ffee')


@pytest.fixture(scope='module')
def published(tmp_path_factory, tiny_directory):
    return write_published(tmp_path_factory.mktemp('published'), tiny_directory)


@pytest.fixture(scope='module')
def converted(tmp_path_factory, published):
    directory = tmp_path_factory.mktemp('converted') / 'model'
    convert(published, directory, ORIGIN)
    return directory


@pytest.fixture
def source(published, tmp_path):
    """A copy to damage."""
    return shutil.copytree(published, tmp_path / 'source')


def refusal(source, directory):
    with pytest.raises(CheckpointError) as caught:
        convert(source, directory, ORIGIN)
    message = str(caught.value)
    assert '\n' not in message
    assert '.partial' not in message, 'a user never sees the folder that is gone'
    assert not directory.exists() or not any(directory.iterdir())
    assert [one.name for one in directory.parent.iterdir() if one.name.startswith('.')] == []
    return message


def edit(path, change):
    state = load_file(path)
    change(state)
    save_file(state, path)


def test_every_tensor_is_the_published_one_or_its_first_half(published, converted):
    whole, half = load_file(published / FILES.lm), load_file(converted / FILES.lm)
    for name, value in half.items():
        rows = len(whole[name]) // (2 if 'depformer' in name and '_proj' in name else 1)
        assert torch.equal(value, whole[name][:rows]), name
    empty = loaders.get_moshi_lm(None, LM, dtype=torch.float32)
    assert set(half) == set(packed(empty, empty.state_dict()))


def test_the_directory_is_one_that_the_engine_holds_a_conversation_with(converted):
    model = PersonaPlex.load(converted, device='cpu')
    assert model.voices == ['F0', 'M0']
    session = model.open_session()
    assert session.prompt(Prompt('You are Ada.', 'F0')).positions > 0
    session.close()


def test_the_rest_of_the_files_are_the_published_bytes(published, converted):
    for name in (FILES.codec, FILES.tokenizer):
        assert (published / name).read_bytes() == (converted / name).read_bytes()


def test_sizes_come_from_the_tensors_and_not_from_the_description(source, tmp_path):
    path = source / 'config.json'
    config = json.loads(path.read_text())
    for key in ('dim', 'num_layers', 'depformer_dim', 'depformer_num_layers', 'text_card'):
        config['lm'][key] *= 2
    path.write_text(json.dumps(config))
    convert(source, tmp_path / 'model', ORIGIN)
    written = Checkpoint(tmp_path / 'model').config.lm
    assert written == tiny_config().lm


def test_a_voices_folder_serves_as_well_as_the_archive(source, converted, tmp_path):
    shutil.copytree(converted / 'voices', source / 'voices')
    (source / 'voices.tgz').unlink()
    convert(source, tmp_path / 'model', ORIGIN)
    assert PersonaPlex.load(tmp_path / 'model', device='cpu').voices == ['F0', 'M0']


def test_an_empty_folder_is_a_place_for_a_model_directory(published, tmp_path):
    (tmp_path / 'model').mkdir()
    convert(published, tmp_path / 'model', ORIGIN, name='ours')
    assert Checkpoint(tmp_path / 'model').config.name == 'ours'


def test_a_folder_that_holds_something_is_left_alone(published, tmp_path):
    (tmp_path / 'model').mkdir()
    (tmp_path / 'model' / 'diary.txt').write_text('dear diary')
    with pytest.raises(CheckpointError, match='is there already'):
        convert(published, tmp_path / 'model', ORIGIN)
    assert [one.name for one in (tmp_path / 'model').iterdir()] == ['diary.txt']


@pytest.mark.parametrize('name', [FILES.lm, FILES.codec, FILES.tokenizer, 'voices.tgz'])
def test_a_missing_file_is_named(source, tmp_path, name):
    (source / name).unlink()
    assert name in refusal(source, tmp_path / 'model')


@pytest.mark.parametrize('name', [FILES.lm, FILES.codec, FILES.tokenizer, 'voices.tgz'])
@pytest.mark.parametrize('keep', [0.9, 0.5, 0.001, 0.0])
def test_a_truncated_file_is_named_by_its_published_path(source, tmp_path, name, keep):
    whole = (source / name).read_bytes()
    (source / name).write_bytes(whole[: int(len(whole) * keep)])
    assert str(source / name) in refusal(source, tmp_path / 'model')


def test_a_voice_of_another_model_is_named(source, tmp_path):
    from published_checkpoint import voice_bytes
    from published_checkpoint import write_tar

    write_tar(source / 'voices.tgz', {'voices/F0.pt': voice_bytes(dim=48)})
    assert 'voices/F0.pt holds embeddings' in refusal(source, tmp_path / 'model')


def drop(name):
    return lambda state: state.pop(name)


def put(name, *shape):
    return lambda state: state.update({name: torch.zeros(shape)})


def halve_steps(state):
    for step in range(CODEBOOKS, 2 * CODEBOOKS):
        del state[f'depformer_in.{step}.weight']


WRONG = {
    'a missing tensor': (drop('out_norm.alpha'), "key 'out_norm.alpha' is missing"),
    'an unknown tensor': (put('extra.weight', 2, 2), "unknown key 'extra.weight'"),
    'another shape': (put('linears.7.weight', BINS, 8), "'linears.7.weight' has shape [32, 8]"),
    'packed attention cut': (
        put('depformer.layers.0.self_attn.in_proj_weight', 4 * 48, 16), 'has shape [192, 16]'
    ),
    'another kind of model': (drop('text_linear.weight'), 'no language model of PersonaPlex'),
    'a file that was converted before': (halve_steps, '4 depth steps for 8 codebooks'),
}  # fmt: skip


@pytest.mark.parametrize(('change', 'expected'), WRONG.values(), ids=WRONG.keys())
def test_a_language_model_that_does_not_fit_is_explained(source, tmp_path, change, expected):
    edit(source / FILES.lm, change)
    message = refusal(source, tmp_path / 'model')
    assert str(source / FILES.lm) in message
    assert expected in message


def test_what_was_converted_is_not_converted_again(converted, tmp_path):
    assert '4 depth steps for 8 codebooks' in refusal(converted, tmp_path / 'model')


def test_a_codec_of_another_model_is_explained(source, tmp_path):
    edit(source / FILES.codec, put('extra.weight', 2, 2))
    message = refusal(source, tmp_path / 'model')
    assert str(source / FILES.codec) in message and "'extra.weight'" in message


def test_a_description_of_ours_that_is_wrong_is_refused(source, tmp_path):
    path = source / 'config.json'
    path.write_text(path.read_text().replace('"silence_frames": 2', '"silence_frames": 0'))
    assert 'silence_frames' in refusal(source, tmp_path / 'model')


def test_a_disk_that_is_too_small_is_told_before_anything_large_is_written(
    source, tmp_path, monkeypatch
):
    def no_copy(*args):
        raise AssertionError('copied')

    full = shutil._ntuple_diskusage(10**12, 10**12 - 10**6, 10**6)
    monkeypatch.setattr(convert_module.shutil, 'disk_usage', lambda path: full)
    monkeypatch.setattr(convert_module, 'copy_ranges', no_copy)
    assert '0.0 GB are free' in refusal(source, tmp_path / 'model')


def test_a_disk_that_fills_up_leaves_nothing_behind(source, tmp_path, monkeypatch):
    def fill(*args):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(convert_module, 'copy_ranges', fill)
    assert 'No space left on device' in refusal(source, tmp_path / 'model')


def test_what_a_killed_run_left_is_no_model_and_goes_with_the_next(source, tmp_path):
    left = tmp_path / '.model.partial'
    (left / 'voices').mkdir(parents=True)
    (left / FILES.lm).write_bytes(b'half')
    convert(source, tmp_path / 'model', ORIGIN)
    assert not left.exists()
    assert verify(tmp_path / 'model', no_progress) == ORIGIN


def test_two_processes_do_not_write_the_same_directory(source, tmp_path):
    partial = tmp_path / '.model.partial'
    partial.mkdir()
    (partial / 'theirs').write_text('')
    handle = os.open(partial, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        with pytest.raises(CheckpointError, match='another process'):
            convert(source, tmp_path / 'model', ORIGIN)
    finally:
        os.close(handle)
    assert (partial / 'theirs').exists()


def test_the_progress_reaches_its_end(published, tmp_path):
    from contextlib import contextmanager

    works = []

    @contextmanager
    def progress(what, total):
        done = []
        yield done.append
        works.append((what, total, sum(done)))

    convert(published, tmp_path / 'model', ORIGIN, progress)
    verify(tmp_path / 'model', progress)
    for what, total, done in works:
        # the header of the LM is written at once
        assert total * 0.8 < done <= total, what
    assert [what for what, *_ in works] == ['converting', 'verifying']


def test_a_whole_directory_is_verified(converted):
    assert verify(converted, no_progress) == ORIGIN


@pytest.mark.parametrize('name', [FILES.lm, FILES.codec, 'config.json', 'voices/F0.pt'])
def test_a_changed_byte_is_found(converted, tmp_path, name):
    directory = shutil.copytree(converted, tmp_path / 'model')
    content = bytearray((directory / name).read_bytes())
    content[-2] ^= 1
    (directory / name).write_bytes(content)
    with pytest.raises(CheckpointError, match='sha256'):
        verify(directory, no_progress)


def test_a_missing_and_a_shorter_file_are_found(converted, tmp_path):
    directory = shutil.copytree(converted, tmp_path / 'model')
    (directory / FILES.lm).write_bytes(b'')
    with pytest.raises(CheckpointError, match='0 bytes'):
        verify(directory, no_progress)
    (directory / FILES.lm).unlink()
    with pytest.raises(CheckpointError, match='no such file'):
        verify(directory, no_progress)


@pytest.mark.parametrize('record', [None, '', '{}', '[]', '{"source": 1, "files": {"a": 2}}'])
def test_a_directory_without_a_record_cannot_be_verified(converted, tmp_path, record):
    directory = shutil.copytree(converted, tmp_path / 'model')
    (directory / 'conversion.json').unlink()
    if record is not None:
        (directory / 'conversion.json').write_text(record)
    with pytest.raises(CheckpointError, match=r'conversion\.json'):
        verify(directory, no_progress)
