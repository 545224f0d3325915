# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""From settings to a loaded model, on the model's thread."""

from pathlib import Path
from typing import TYPE_CHECKING

from personaplex_ros.engine.cuda_device import absent_device
from personaplex_ros.engine.failure import StartFailure
from personaplex_ros.engine.settings import ServeSettings

if TYPE_CHECKING:
    from personaplex_ros.model.checkpoint import Checkpoint
    from personaplex_ros.model.personaplex import PersonaPlex


def load_model(settings: ServeSettings, checkpoint: 'Checkpoint | None' = None) -> 'PersonaPlex':
    """Return the model, warmed up. Raises StartFailure for what the settings got wrong.

    checkpoint: the model's, where it has been checked already; it is used up.
    """
    # Imported here, not above: torch takes seconds, and /health answers in the meantime.
    import torch

    from personaplex_ros.engine.published import model_directory
    from personaplex_ros.model.checkpoint import CheckpointError
    from personaplex_ros.model.hold import HoldSettings
    from personaplex_ros.model.memory import MemorySettings
    from personaplex_ros.model.personaplex import PersonaPlex
    from personaplex_ros.model.session import SessionSettings

    absent = absent_device(settings.device)
    if absent:
        raise StartFailure(absent)
    torch.set_num_threads(settings.threads)
    cache_mb = settings.persona_cache_mb
    try:
        directory = checkpoint.directory if checkpoint else model_directory(settings.model)
        model = PersonaPlex.load(
            checkpoint or directory,
            device=settings.device,
            persona_cache_bytes=None if cache_mb is None else cache_mb << 20,
            sessions=settings.sessions,
            settings=SessionSettings(
                hold=HoldSettings(hold_ms=settings.hold_ms),
                memory=MemorySettings(memory_s=settings.memory_s),
            ),
        )
    except CheckpointError as error:
        raise StartFailure(str(error)) from None
    _use_disk(model, directory, settings)
    return model


def _use_disk(model: 'PersonaPlex', directory: Path, settings: ServeSettings) -> None:
    """Let personas outlive the engine, where a folder was named for them."""
    from personaplex_ros.model.checkpoint import CONFIG_NAME
    from personaplex_ros.model.config import ModelConfig
    from personaplex_ros.model.persona_disk import PersonaDisk

    if settings.persona_cache_dir:
        config = ModelConfig.from_json((directory / CONFIG_NAME).read_text(encoding='utf-8'))
        budget = settings.persona_cache_disk_mb << 20
        model.persona_cache.use_disk(PersonaDisk(settings.persona_cache_dir, budget, config))
