# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A voice out of any folder, for one run: the model's own files with that voice beside them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
import tempfile

from personaplex_ros.engine.failure import StartFailure
from personaplex_ros.wire.limits import check_voice_name
from personaplex_ros.wire.limits import LimitError
from personaplex_ros.wire.limits import VOICE_SUFFIXES


def voice_files(voice: str, folder: Path) -> list[Path]:
    """Return the files of a voice in a folder: NAME in any form, or the one that is named.

    voice: NATF2, NATF2.pt, or a path to that file. Raises StartFailure for a voice that is not in
    the folder.
    """
    folder = folder.expanduser()
    if not folder.is_dir():
        raise StartFailure(f'--voice-prompt-dir {folder}: no such folder')
    asked = Path(voice).expanduser()
    if asked.name != voice and asked.parent.resolve() != folder.resolve():
        raise StartFailure(f'--voice-prompt {voice} does not lie in --voice-prompt-dir {folder}')
    stem = _stem(asked.name)
    there = [path for path in sorted(folder.iterdir()) if _is_voice(path)]
    found = [path for path in there if asked.name in (path.name, path.stem)]
    if not found:
        names = ', '.join(path.name for path in there[:20]) or 'no voice'
        raise StartFailure(f'voice {stem!r} is not in {folder} (it holds {names})')
    return found


@contextmanager
def with_voices(directory: Path, files: list[Path]) -> Iterator[Path]:
    """Give a model directory that is `directory` but for its voices; gone afterwards.

    It consists of links. What a StartFailure says of it, it says of `directory`.
    """
    with tempfile.TemporaryDirectory(prefix='personaplex-voice-') as temporary:
        overlay = Path(temporary)
        for path in directory.iterdir():
            if path.is_file():
                (overlay / path.name).symlink_to(path.resolve())
            else:  # the one folder of a model directory is that of its voices
                (overlay / path.name).mkdir()
                for file in files:
                    (overlay / path.name / file.name).symlink_to(file.resolve())
        try:
            yield overlay
        except StartFailure as failure:
            raise StartFailure(str(failure).replace(str(overlay), str(directory))) from None


def _stem(name: str) -> str:
    try:
        return check_voice_name(name)
    except LimitError as error:
        raise StartFailure(str(error)) from None


def _is_voice(path: Path) -> bool:
    return path.suffix in VOICE_SUFFIXES and path.is_file()
