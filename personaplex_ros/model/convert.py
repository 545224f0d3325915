# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""From the files that NVIDIA publishes to a model directory with the agent's depth steps alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
import fcntl
import json
import os
from pathlib import Path
import shutil

from personaplex_ros.model.checkpoint import Checkpoint
from personaplex_ros.model.checkpoint import CheckpointError
from personaplex_ros.model.checkpoint import CONFIG_NAME
from personaplex_ros.model.config import ConfigError
from personaplex_ros.model.config import FORMAT
from personaplex_ros.model.config import ModelConfig
from personaplex_ros.model.convert_copy import copy_ranges
from personaplex_ros.model.convert_copy import copy_whole
from personaplex_ros.model.convert_copy import hash_file
from personaplex_ros.model.convert_lm import cut_lm
from personaplex_ros.model.convert_progress import no_progress
from personaplex_ros.model.convert_progress import Progress
from personaplex_ros.model.convert_recipe import PERSONAPLEX
from personaplex_ros.model.convert_record import Origin
from personaplex_ros.model.convert_record import write_record
from personaplex_ros.model.convert_voices import take_voices
from personaplex_ros.model.prompt import PromptError
from personaplex_ros.model.voices import VoiceLibrary

SPARE_BYTES = 64 * 2**20
"""Left free beside what is written: no disk should be filled to its last block."""


def convert(
    source: Path,
    directory: Path,
    origin: Origin,
    progress: Progress = no_progress,
    name: str | None = None,
) -> None:
    """Write the model directory of the published files in source.

    source: a folder with model.safetensors (a depth step per codebook), Mimi, the SentencePiece
    file and voices.tgz or voices/. Sizes come from the tensors; the rest is PersonaPlex's, or
    what source/config.json says where that is one of ours. name: what callers are told.

    directory appears whole or not at all, and must be absent or empty before. Raises
    CheckpointError with one line for files that are missing, damaged or of another model, for a
    disk that is too small, and while another process converts to the same place.
    """
    if not is_free(directory):
        raise CheckpointError(f'{directory}: is there already; remove it or take another')
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        with _partial(directory) as partial:
            _write(source, partial, origin, progress, name)
            partial.rename(directory)
    except OSError as error:
        reason = error.strerror or str(error)
        raise CheckpointError(f'{directory}: cannot be written: {reason}') from None


def is_free(directory: Path) -> bool:
    """Whether a model directory can be made here: nothing is there, or an empty folder."""
    if directory.is_dir():
        return not any(directory.iterdir())
    return not directory.exists()


def _write(
    source: Path, partial: Path, origin: Origin, progress: Progress, name: str | None
) -> None:
    config = _description(source)
    files = config.files
    for one in (files.lm, files.codec, files.tokenizer):
        if not (source / one).is_file():
            raise CheckpointError(f'{source / one}: no such file; it belongs to a published model')
    cut = cut_lm(source / files.lm, config.lm)
    config = replace(config, lm=cut.lm, name=name or config.name)
    (partial / CONFIG_NAME).write_text(config.to_json(), encoding='utf-8')
    voices = take_voices(source, partial / files.voices)
    whole = (files.codec, files.tokenizer)
    size = cut.size + sum((source / one).stat().st_size for one in whole)
    check_space(partial, size)
    with progress('converting', size) as advance:
        written = {one: copy_whole(source / one, partial / one, advance) for one in whole}
        with (partial / files.lm).open('wb') as lm:
            lm.write(cut.head)
            lm.truncate(cut.size)
        _check(source, partial)  # all but the numbers in the LM, before gigabytes are copied
        written[files.lm] = copy_ranges(
            source / files.lm, cut.ranges, partial / files.lm, advance, cut.head
        )
    for path in (partial / CONFIG_NAME, *voices):
        written[str(path.relative_to(partial))] = hash_file(path, lambda size: None)
    write_record(partial, origin, written)


def check_space(directory: Path, size: int) -> None:
    """Raise CheckpointError if the disk of this folder has no room for `size` more bytes."""
    free = shutil.disk_usage(directory).free
    if size + SPARE_BYTES > free:
        raise CheckpointError(
            f'{directory.parent}: {size / 1e9:.1f} GB are needed and {free / 1e9:.1f} GB are free'
        )


def _description(source: Path) -> ModelConfig:
    """Return source/config.json if it is of our format, else PersonaPlex's numbers.

    The published config.json holds nothing about the model.
    """
    path = source / CONFIG_NAME
    try:
        text = path.read_text(encoding='utf-8')
        ours = json.loads(text).get('format') == FORMAT
    except (OSError, ValueError, AttributeError):
        ours = False
    if not ours:
        return PERSONAPLEX
    try:
        return ModelConfig.from_json(text)
    except ConfigError as error:
        raise CheckpointError(f'{path}: {error}') from None


def _check(source: Path, partial: Path) -> None:
    """Find whatever is wrong in small files and headers; name the published file in its place."""
    try:
        checkpoint = Checkpoint(partial)
        checkpoint.load_tokenizer()
        voices = VoiceLibrary(checkpoint.voices_directory, checkpoint.config)
        for voice in voices.names():
            voices.load(voice)
    except (CheckpointError, PromptError) as error:
        raise CheckpointError(str(error).replace(str(partial), str(source))) from None


@contextmanager
def _partial(directory: Path) -> Iterator[Path]:
    """Give an empty folder beside `directory`, to be renamed to it; gone after an exception.

    The lock on it ends with the process that holds it, however that ends, and what a killed
    process has left in it is removed by the next.
    """
    partial = directory.with_name(f'.{directory.name}.partial')
    partial.mkdir(exist_ok=True)
    handle = os.open(partial, os.O_RDONLY)
    try:
        if not _lock(handle, partial):
            raise CheckpointError(
                f'{directory}: another process is converting to it; wait for it to end'
            )
        _empty(partial)
        try:
            yield partial
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
    finally:
        os.close(handle)


def _lock(handle: int, path: Path) -> bool:
    """Lock an open folder; False if another holds it, or has just renamed it."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(handle), path.stat())
    except (BlockingIOError, FileNotFoundError):
        return False


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
