# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""From the name of a model to its directory."""

from pathlib import Path

from personaplex_ros.model.cache_home import cache_home
from personaplex_ros.model.checkpoint import CheckpointError
from personaplex_ros.model.nano import nano_directory

NANO = 'nano'


def published_directory(repository: str) -> Path:
    """Return where the model directory of a Hugging Face id (owner/name) belongs."""
    return cache_home() / 'models' / repository.replace('/', '--')


def resolve_model(model: str) -> Path:
    """Return the directory of 'nano', which this package brings, or of a path.

    Raises CheckpointError if there is no such directory.
    """
    if model == NANO:
        return nano_directory()
    directory = Path(model).expanduser()
    if not directory.is_dir():
        raise CheckpointError(
            f'model {model!r} is neither {NANO!r} nor a folder; give a model directory or the '
            'Hugging Face id of a published model (owner/name)'
        )
    return directory
