# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""From a published model, by its Hugging Face id or its folder, to a model directory."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
import re
from typing import TYPE_CHECKING

from tqdm import tqdm

from personaplex_ros.engine.failure import StartFailure

if TYPE_CHECKING:
    from personaplex_ros.model.convert_copy import Advance

_HUGGING_FACE_ID = re.compile(r'[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}')


def is_hugging_face_id(model: str) -> bool:
    """Whether a name like nvidia/personaplex-7b-v1 means a repository and not a path here."""
    return bool(_HUGGING_FACE_ID.fullmatch(model)) and not Path(model).exists()


def model_directory(model: str) -> Path:
    """Return the directory of nano, of a path, or of a Hugging Face id, converted when absent.

    Raises StartFailure, and CheckpointError for a path or nano.
    """
    from personaplex_ros.model.catalog import published_directory  # it imports torch
    from personaplex_ros.model.catalog import resolve_model

    if not is_hugging_face_id(model):
        return resolve_model(model)
    directory = published_directory(model)
    if not directory.is_dir():
        convert_published(model, directory)
    return directory


def convert_published(source: str, directory: Path, revision: str | None = None) -> None:
    """Convert a folder, or a repository after fetching it; raises StartFailure with one line.

    revision: of the repository; None takes its default branch. What was taken is said and
    recorded in the directory.
    """
    from personaplex_ros.model.checkpoint import CheckpointError  # they import torch
    from personaplex_ros.model.convert import convert
    from personaplex_ros.model.convert import is_free
    from personaplex_ros.model.convert_record import Origin

    folder = Path(source).expanduser()
    name = None
    if not is_free(directory):
        raise StartFailure(f'{directory} is there already; remove it, or check it with --verify')
    if folder.is_dir():
        if revision is not None:
            raise StartFailure(f'--revision: {source} is a folder; it has no revisions')
        origin = Origin(str(folder.resolve()))
    elif is_hugging_face_id(source):
        from personaplex_ros.engine.download import Download

        folder = Download(source, revision).fetch(directory, progress_bar)
        origin = Origin(source, folder.name)
        name = source.rpartition('/')[2]
        say(f'taking {source} at commit {folder.name}')
    else:
        raise StartFailure(f'{source!r} is neither a folder nor a Hugging Face id (owner/name)')
    try:
        convert(folder, directory, origin, progress_bar, name)
    except CheckpointError as error:
        raise StartFailure(str(error)) from None
    say(f'{source} is converted to {directory}')


@contextmanager
def progress_bar(what: str, total: int) -> 'Iterator[Advance]':
    """Show one on a terminal, nothing elsewhere."""
    with tqdm(desc=what, total=total, unit='B', unit_scale=True, disable=None) as bar:
        yield lambda size: bar.update(size) and None


def say(line: str) -> None:
    """Tell the person who started the command."""
    print(f'personaplex-engine: {line}', flush=True)
