# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Nothing but plain voices comes out of voices.tgz, wherever its members point."""

import gzip
import tarfile

from published_checkpoint import write_tar
import pytest

from personaplex_ros.model import convert_voices
from personaplex_ros.model.checkpoint import CheckpointError
from personaplex_ros.model.convert_voices import take_voices


@pytest.fixture
def archive(tmp_path):
    """Write source/voices.tgz with these members."""
    source = tmp_path / 'source'
    source.mkdir()

    def _archive(members):
        write_tar(source / 'voices.tgz', members)
        return source

    return _archive


def special(name, kind, target=''):
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


def refusal(source, tmp_path):
    before = {path for path in tmp_path.rglob('*')}
    with pytest.raises(CheckpointError) as caught:
        take_voices(source, tmp_path / 'taken')
    assert '\n' not in str(caught.value)
    new = {path for path in tmp_path.rglob('*')} - before
    assert all(tmp_path / 'taken' in (path, path.parent) for path in new)
    return str(caught.value)


def test_voices_are_taken_by_their_bare_names(archive, tmp_path):
    source = archive({'voices/NATF0.pt': b'one', './voices/VARM4.pt': b'two'})
    take_voices(source, tmp_path / 'taken')
    assert {path.name: path.read_bytes() for path in (tmp_path / 'taken').iterdir()} == {
        'NATF0.pt': b'one',
        'VARM4.pt': b'two',
    }


def test_folders_and_other_plain_files_are_left_out(archive, tmp_path):
    source = archive({
        'voices': special('voices', tarfile.DIRTYPE),
        'voices/._NATF0.pt': b'left by another system',
        'voices/README.md': b'read me',
        'voices/deep/NATF1.pt': b'deeper',
        'NATF2.pt': b'elsewhere',
        'voices/NATF0.pt': b'one',
    })  # fmt: skip
    assert [path.name for path in take_voices(source, tmp_path / 'taken')] == ['NATF0.pt']
    assert [path.name for path in (tmp_path / 'taken').iterdir()] == ['NATF0.pt']


LINKS = {
    'symbolic link': special('voices/a.pt', tarfile.SYMTYPE, '/etc/passwd'),
    'hard link': special('voices/a.pt', tarfile.LNKTYPE, 'voices/NATF0.pt'),
    'folder that is a link': special('voices', tarfile.SYMTYPE, '/tmp'),
    'device': special('voices/a.pt', tarfile.CHRTYPE),
    'pipe': special('voices/a.pt', tarfile.FIFOTYPE),
}


@pytest.mark.parametrize('member', LINKS.values(), ids=LINKS.keys())
def test_a_link_or_device_is_refused(archive, tmp_path, member):
    source = archive({'voices/NATF0.pt': b'one', member.name: member})
    assert 'is a link or a device' in refusal(source, tmp_path)


@pytest.mark.parametrize(
    'name', ['../evil.pt', 'voices/../../evil.pt', '/etc/evil.pt', 'voices/../evil.pt']
)
def test_a_path_that_leads_elsewhere_is_refused(archive, tmp_path, name):
    assert 'leads out of the folder' in refusal(archive({name: b'evil'}), tmp_path)


def test_an_archive_without_voices_is_refused(archive, tmp_path):
    assert 'holds no voice' in refusal(archive({'voices/readme.txt': b''}), tmp_path)


def test_a_voice_that_is_far_too_large_is_refused_unread(archive, tmp_path, monkeypatch):
    monkeypatch.setattr(convert_voices, 'MAX_VOICE_BYTES', 1_000)
    assert '1000 at most' in refusal(archive({'voices/NATF0.pt': bytes(1_001)}), tmp_path)


def test_more_voices_than_anyone_has_are_refused(archive, tmp_path, monkeypatch):
    monkeypatch.setattr(convert_voices, 'MAX_VOICES', 3)
    members = {f'voices/V{i}.pt': b'' for i in range(4)}
    assert 'one too many' in refusal(archive(members), tmp_path)


@pytest.mark.parametrize('content', [b'', b'nonsense', gzip.compress(b'no tar')])
def test_what_is_no_archive_is_called_damaged(archive, tmp_path, content):
    source = archive({})
    (source / 'voices.tgz').write_bytes(content)
    assert 'voices.tgz: damaged or truncated' in refusal(source, tmp_path)


def test_an_archive_that_ends_early_is_called_damaged(archive, tmp_path):
    source = archive({'voices/NATF0.pt': bytes(range(256)) * 4_000})
    whole = (source / 'voices.tgz').read_bytes()
    (source / 'voices.tgz').write_bytes(whole[: len(whole) // 2])
    assert 'voices.tgz: damaged or truncated' in refusal(source, tmp_path)
