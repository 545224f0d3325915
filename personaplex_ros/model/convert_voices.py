# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Takes the voices out of voices.tgz or a voices folder, and nothing else."""

from pathlib import Path
import re
import tarfile
import zlib

from personaplex_ros.model.checkpoint import CheckpointError

ARCHIVE_NAME = 'voices.tgz'
FOLDER_NAME = 'voices'

MAX_VOICE_BYTES = 16 * 2**20
"""A published voice has about 0.4 MB: 50 frames of 4096 bfloat16."""

MAX_VOICES = 1_000

_MEMBER = re.compile(r'(?:\./)?voices/([A-Za-z0-9][A-Za-z0-9_-]{0,63}\.pt)')
_FILE = re.compile(r'[A-Za-z0-9][A-Za-z0-9_-]{0,63}\.pt')


def take_voices(source: Path, target: Path) -> list[Path]:
    """Write the .pt files of source/voices/, or else source/voices.tgz, into the folder target.

    A tar member is written under its bare name and only if it is a plain voices/NAME.pt; other
    plain files and folders are left out. Raises CheckpointError for links, paths that lead
    elsewhere, damage, more or larger files than voices are, or no voice at all.
    """
    folder, archive = source / FOLDER_NAME, source / ARCHIVE_NAME
    target.mkdir()
    if folder.is_dir():
        taken, origin = _from_folder(folder, target), folder
    elif archive.is_file():
        taken, origin = _from_archive(archive, target), archive
    else:
        raise CheckpointError(f'{source}: has neither {ARCHIVE_NAME} nor {FOLDER_NAME}/')
    if not taken:
        raise CheckpointError(f'{origin}: holds no voice; expected voices/NAME.pt')
    return taken


def _from_folder(folder: Path, target: Path) -> list[Path]:
    taken: list[Path] = []
    for path in sorted(folder.iterdir()):
        if _FILE.fullmatch(path.name) and path.is_file():
            _check_size(path, path.stat().st_size, len(taken))
            taken.append(target / path.name)
            taken[-1].write_bytes(path.read_bytes())
    return taken


def _from_archive(archive: Path, target: Path) -> list[Path]:
    taken: list[Path] = []
    try:
        with tarfile.open(archive, 'r:gz') as tar:
            for member in tar:
                content = _content(archive, tar, member, len(taken))
                if content is not None:
                    taken.append(target / member.name.rpartition('/')[2])
                    taken[-1].write_bytes(content)
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise CheckpointError(
            f'{archive}: damaged or truncated ({error}): fetch it again'
        ) from None
    return taken


def _content(
    archive: Path, tar: tarfile.TarFile, member: tarfile.TarInfo, taken: int
) -> bytes | None:
    """Return what a voice holds, None for what is no voice."""
    where = f'{archive}: member {member.name[:80]!r}'
    if not (member.isreg() or member.isdir()):
        raise CheckpointError(f'{where} is a link or a device; nothing of it was used')
    if member.name.startswith('/') or '..' in member.name.split('/'):
        raise CheckpointError(f'{where} leads out of the folder; nothing of it was used')
    if member.isdir() or not _MEMBER.fullmatch(member.name):
        return None
    _check_size(where, member.size, taken)
    file = tar.extractfile(member)
    return file.read() if file else None


def _check_size(where: Path | str, size: int, taken: int) -> None:
    if size > MAX_VOICE_BYTES:
        raise CheckpointError(f'{where} has {size} bytes; a voice has {MAX_VOICE_BYTES} at most')
    if taken >= MAX_VOICES:
        raise CheckpointError(f'{where} is one too many; expected {MAX_VOICES} voices at most')
