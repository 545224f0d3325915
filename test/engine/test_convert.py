# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`convert`, and `serve` of a published model, against a Hugging Face on loopback."""

import errno
import json
from pathlib import Path
import shutil
import sys
from types import SimpleNamespace

import pytest

pytest.importorskip('torch')
pytest.importorskip('moshi')
sys.path.append(str(Path(__file__).parents[1] / 'model'))  # where small checkpoints are made

from fake_hub import COMMIT
from fake_hub import REPOSITORY
from fake_hub import serve_hub
from huggingface_hub import constants
from process import run_engine
from published_checkpoint import write_published
from tiny_checkpoint import write_tiny

from personaplex_ros.engine import download
from personaplex_ros.engine import published
from personaplex_ros.engine.cli import main
from personaplex_ros.engine.loader import load_model
from personaplex_ros.engine.settings import ServeSettings

LM = 'model.safetensors'


@pytest.fixture(scope='module')
def files(tmp_path_factory):
    tiny = write_tiny(tmp_path_factory.mktemp('tiny'))
    return write_published(tmp_path_factory.mktemp('published'), tiny)


@pytest.fixture
def hub(files, tmp_path, monkeypatch):
    """A hub and empty caches of our own; a good token."""
    folder = shutil.copytree(files, tmp_path / 'hub')
    with serve_hub(folder) as hub:
        places = SimpleNamespace(ENDPOINT=hub.endpoint, HF_HUB_CACHE=str(tmp_path / 'hf'))
        monkeypatch.setattr(download, 'constants', places)
        monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
        monkeypatch.setenv('HF_TOKEN', 'hf_good')
        yield hub


@pytest.fixture
def refused(tmp_path, capsys):
    """Run convert; returns the one line with which it is refused."""

    def _refused(source=REPOSITORY, *options):
        directory = tmp_path / 'model'
        there_before = directory.exists()
        assert main(['convert', source, str(directory), *options]) == 2
        out, err = capsys.readouterr()
        assert err.count('\n') == 1, err
        assert err.startswith('personaplex-engine convert: ')
        assert 'hf_' not in (out + err).replace('hf_hub', ''), 'a token is shown to nobody'
        assert directory.exists() == there_before
        return err

    return _refused


def fetched(hub):
    """Return the names of the files whose content was asked for."""
    return [one.rpartition('/')[2] for one in hub.asked if 'GET' in one and 'resolve' in one]


def test_a_repository_becomes_a_model_directory(hub, tmp_path, capsys):
    directory = tmp_path / 'models' / 'personaplex'
    assert main(['convert', REPOSITORY, str(directory)]) == 0
    model = load_model(ServeSettings(model=str(directory), device='cpu'))
    assert model.name == 'personaplex-7b-v1'
    assert model.voices == ['F0', 'M0']
    record = json.loads((directory / 'conversion.json').read_text())
    assert (record['source'], record['revision']) == (REPOSITORY, COMMIT)
    assert f'at commit {COMMIT}' in capsys.readouterr().out


def test_the_smallest_file_is_fetched_first_and_the_largest_last(hub, tmp_path):
    assert main(['convert', REPOSITORY, str(tmp_path / 'model')]) == 0
    assert fetched(hub)[0] == 'config.json'
    assert fetched(hub)[-1] == LM


def test_everything_works_offline_once_the_files_are_there(hub, tmp_path):
    assert main(['convert', REPOSITORY, str(tmp_path / 'first')]) == 0
    hub.asked.clear()
    hub.status = 503
    assert main(['convert', REPOSITORY, str(tmp_path / 'second')]) == 0
    assert main(['convert', REPOSITORY, str(tmp_path / 'third'), '--revision', COMMIT]) == 0
    assert not hub.asked


def test_serving_a_published_model_converts_it_once(hub):
    settings = ServeSettings(model=REPOSITORY, device='cpu')
    assert load_model(settings).voices == ['F0', 'M0']
    hub.asked.clear()
    assert load_model(settings).voices == ['F0', 'M0']
    assert not hub.asked


def test_without_a_token_it_says_where_to_get_one(hub, refused, monkeypatch):
    monkeypatch.delenv('HF_TOKEN')
    line = refused()
    assert 'HF_TOKEN' in line and '/settings/tokens' in line and 'licence' in line
    assert not fetched(hub)


def test_a_token_is_taken_from_the_environment_alone(hub, refused, monkeypatch, tmp_path):
    stored = tmp_path / 'token'
    stored.write_text('hf_good')
    monkeypatch.setattr(constants, 'HF_TOKEN_PATH', str(stored))
    monkeypatch.delenv('HF_TOKEN')
    assert 'HF_TOKEN' in refused()


def test_a_licence_that_is_not_accepted_is_called_so(hub, refused, monkeypatch):
    monkeypatch.setenv('HF_TOKEN', 'hf_new')
    line = refused()
    assert 'licence is not accepted' in line and REPOSITORY in line
    assert LM not in fetched(hub)


def test_a_token_that_is_not_known_is_called_so(hub, refused, monkeypatch):
    monkeypatch.setenv('HF_TOKEN', 'hf_old')
    assert 'does not accept the token' in refused()
    assert not fetched(hub)


def test_an_unknown_repository_is_called_so(hub, refused):
    assert 'knows no such model' in refused('nvidia/personaplex-8b')
    assert not fetched(hub)


def test_an_unknown_revision_is_named(hub, refused):
    assert "no revision 'v9'" in refused(REPOSITORY, '--revision', 'v9')


def test_a_repository_of_something_else_is_refused_before_it_is_fetched(hub, refused):
    (hub.folder / 'voices.tgz').unlink()
    assert 'has no voices.tgz' in refused()
    assert not fetched(hub)


def test_no_network_is_told_with_what_to_do(hub, refused, monkeypatch):
    monkeypatch.setattr(download.constants, 'ENDPOINT', 'http://127.0.0.1:9')
    line = refused()
    assert 'cannot be fetched from 127.0.0.1:9' in line and 'check the network' in line


def test_a_broken_service_is_told_with_its_status(hub, refused):
    hub.status = 500
    assert 'answered 500' in refused()


def test_a_disk_that_is_too_small_is_told_before_anything_is_fetched(hub, refused):
    hub.said_sizes[LM] = 10**15
    line = refused()
    assert 'disk is too small' in line and '2000000.0 GB are needed' in line
    assert not fetched(hub)


def test_a_disk_that_fills_up_is_told(hub, refused, monkeypatch):
    def fill(*args, **kwargs):
        raise OSError(errno.ENOSPC, 'No space left on device')

    monkeypatch.setattr(download, 'hf_hub_download', fill)
    assert 'disk is full' in refused()


def test_a_download_that_breaks_off_is_one_line(hub, refused, monkeypatch):
    def break_off(*args, **kwargs):
        raise OSError('Consistency check failed: file should be of size 9.\nPlease retry.')

    monkeypatch.setattr(download, 'hf_hub_download', break_off)
    line = refused()
    assert 'Consistency check failed' in line and 'run again' in line


def test_a_repository_that_changes_while_it_is_fetched_is_not_mixed(hub, refused, monkeypatch):
    monkeypatch.setattr(
        download, 'hf_hub_download', lambda repository, name, **rest: f'/commit-of-{name}/{name}'
    )
    assert 'changed while it was fetched' in refused()


@pytest.mark.parametrize('name', [LM, 'voices.tgz'])
def test_a_file_with_another_hash_is_refused_and_its_place_named(hub, refused, name, tmp_path):
    hub.damaged = name
    line = refused()
    assert f'{name}: its sha256 is' in line
    blob = Path(line.partition('delete ')[2].partition(' and run')[0])
    blob.unlink()
    hub.damaged = None
    assert main(['convert', REPOSITORY, str(tmp_path / 'model')]) == 0


def test_a_file_that_was_damaged_in_the_cache_is_found_offline(hub, refused, tmp_path):
    assert main(['convert', REPOSITORY, str(tmp_path / 'first')]) == 0
    for blob in (tmp_path / 'hf').rglob('blobs/*'):
        if blob.stat().st_size == (hub.folder / LM).stat().st_size:
            blob.write_bytes(bytes(blob.stat().st_size))
    assert f'{LM}: its sha256 is' in refused()


def test_a_folder_becomes_a_model_directory_and_is_verified(files, tmp_path, capsys):
    directory = tmp_path / 'model'
    assert main(['convert', str(files), str(directory), '--verify']) == 0
    assert f'{directory} is whole, made of {files}' in capsys.readouterr().out
    assert main(['convert', str(files), str(directory), '--verify']) == 0


def test_a_damaged_model_directory_is_found(files, tmp_path, refused):
    directory = tmp_path / 'model'
    assert main(['convert', str(files), str(directory)]) == 0
    content = bytearray((directory / LM).read_bytes())
    content[-1] ^= 1
    (directory / LM).write_bytes(content)
    assert 'sha256' in refused(str(files), '--verify')


def test_a_directory_that_is_there_is_not_overwritten(files, tmp_path, refused):
    assert main(['convert', str(files), str(tmp_path / 'model')]) == 0
    assert 'is there already' in refused(str(files))


def test_what_is_neither_folder_nor_id_is_refused(refused, tmp_path):
    assert 'neither a folder nor a Hugging Face id' in refused(str(tmp_path / 'nothing'))


def test_a_folder_has_no_revisions(refused, files):
    assert '--revision' in refused(str(files), '--revision', 'main')


def test_a_fault_of_the_files_is_one_line(refused, files, tmp_path):
    source = shutil.copytree(files, tmp_path / 'source')
    (source / LM).write_bytes((source / LM).read_bytes()[:-100])
    assert 'damaged or truncated' in refused(str(source))


def test_ctrl_c_ends_it_without_a_traceback(files, tmp_path, monkeypatch, capsys):
    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(published, 'convert_published', interrupt)
    assert main(['convert', str(files), str(tmp_path / 'model')]) == 130
    assert capsys.readouterr().err.count('\n') == 1


def test_the_process_itself_shows_one_line_and_status_2(hub, tmp_path):
    variables = {
        'HF_ENDPOINT': hub.endpoint,
        'HF_HOME': str(tmp_path / 'home'),
        'HF_TOKEN': 'hf_new',
        'XDG_CACHE_HOME': str(tmp_path / 'cache'),
    }
    for command in (
        ('convert', REPOSITORY, str(tmp_path / 'model')),
        ('serve', '--port', '0', '--model', REPOSITORY),
    ):
        ended = run_engine(*command, **variables)
        assert ended.returncode == 2
        assert ended.stderr.count('\n') == 1, ended.stderr
        assert 'licence is not accepted' in ended.stderr
        assert 'hf_new' not in ended.stdout + ended.stderr
