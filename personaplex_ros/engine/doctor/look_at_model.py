# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The doctor looks for the model: its files, or what it takes to get them."""

from dataclasses import dataclass
import os
from pathlib import Path
import shutil

from huggingface_hub import constants

from personaplex_ros.engine.doctor.findings import Report
from personaplex_ros.engine.doctor.units import gigabytes
from personaplex_ros.engine.download import check_disks
from personaplex_ros.engine.download import TOKEN_VARIABLE
from personaplex_ros.engine.failure import StartFailure
from personaplex_ros.engine.published import is_hugging_face_id
from personaplex_ros.model.catalog import published_directory
from personaplex_ros.model.catalog import resolve_model
from personaplex_ros.model.checkpoint import Checkpoint
from personaplex_ros.model.checkpoint import CheckpointError
from personaplex_ros.model.config import ModelConfig
from personaplex_ros.model.convert_recipe import PERSONAPLEX

DOWNLOAD_BYTES = 17_100_000_000
MODEL_BYTES = 15_800_000_000
"""Of nvidia/personaplex-7b-v1 as published and as converted (docs/engine.md, Needs)."""


@dataclass(frozen=True)
class Sight:
    """What is known of the model."""

    config: ModelConfig
    directory: Path | None
    """None while its files are not here, or not whole."""


def look_at_model(report: Report, model: str) -> Sight | None:
    """Check the files; a published model that is not here yet is judged by PersonaPlex's table.

    Nothing is fetched. Returns None where there is nothing to judge.
    """
    if is_hugging_face_id(model) and not published_directory(model).is_dir():
        _look_at_way_here(report, model)
        return Sight(PERSONAPLEX, None)
    try:
        checkpoint = Checkpoint(_directory(model))
        checkpoint.load_tokenizer()
    except CheckpointError as error:
        report.bad('model', str(error), 'make it anew with personaplex-engine convert')
        return None
    _look_at_voices(report, checkpoint)
    free = gigabytes(shutil.disk_usage(checkpoint.directory).free)
    report.ok('disk', f'{free} free where the model is; nothing more is written')
    _tell_token(report)
    return Sight(checkpoint.config, checkpoint.directory)


def _directory(model: str) -> Path:
    return published_directory(model) if is_hugging_face_id(model) else resolve_model(model)


def _look_at_voices(report: Report, checkpoint: Checkpoint) -> None:
    voices = [one for one in checkpoint.voices_directory.iterdir() if not one.name.startswith('.')]
    size = checkpoint.lm_path.stat().st_size
    text = (
        f'{checkpoint.config.name} is whole in {checkpoint.directory}, '
        f'{gigabytes(size)}, {len(voices)} voices'
    )
    if voices:
        report.ok('model', text)
    else:
        report.bad('model', text, f'put a voice into {checkpoint.voices_directory}')


def _look_at_way_here(report: Report, model: str) -> None:
    """Tell what fetching and converting would need, without asking anybody."""
    directory = published_directory(model)
    report.warn(
        'model',
        f'{model} is not here yet; what follows is computed from PersonaPlex-7B, not from files',
        f'personaplex-engine serve --model {model} fetches it and converts it into {directory}',
    )
    if os.environ.get(TOKEN_VARIABLE, '').strip():
        report.ok('token', f'{TOKEN_VARIABLE} is set')
    else:
        report.bad(
            'token',
            f'{TOKEN_VARIABLE} is not set; the repository is gated',
            f'accept the licence at huggingface.co/{model} and export {TOKEN_VARIABLE}',
        )
    try:
        check_disks([(Path(constants.HF_HUB_CACHE), DOWNLOAD_BYTES), (directory, MODEL_BYTES)])
    except StartFailure as failure:
        report.bad('disk', str(failure), 'make room, or set HF_HOME and XDG_CACHE_HOME elsewhere')
    else:
        needed = gigabytes(DOWNLOAD_BYTES + MODEL_BYTES)
        report.ok('disk', f'room for {needed}: the download and the model directory')


def _tell_token(report: Report) -> None:
    there = 'is set' if os.environ.get(TOKEN_VARIABLE, '').strip() else 'is not set'
    report.ok('token', f'{TOKEN_VARIABLE} {there}; not needed, the files are here')
