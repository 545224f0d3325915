# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Models of random weights: every size and every operation of a real one, and no files."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
import math
from pathlib import Path
import tempfile
from typing import Any
import zlib

from moshi.models import loaders
from moshi.models.compression import MimiModel
from moshi.models.lm import LMModel
from safetensors.torch import save_file
import torch
from torch import nn

from personaplex_ros.engine.bench.plan import RANDOM_7B
from personaplex_ros.model.checkpoint import Checkpoint
from personaplex_ros.model.checkpoint import CONFIG_NAME
from personaplex_ros.model.config import ModelConfig
from personaplex_ros.model.convert_recipe import PERSONAPLEX
from personaplex_ros.model.nano import nano_directory

SEED = 20_261_121
VOICE_FRAMES = 51
"""Four seconds: with 29 tokens of text and the silences a prompt of 92 positions."""

GAIN = 1.5
"""Variance times fan-in that keeps values in range through Mimi's ELU; denormal numbers, which
CPUs are slow with, would falsify the times."""


def random_config(model: str) -> ModelConfig:
    """Return PersonaPlex's own sizes, or nano's for machines without a GPU.

    model: one of plan.RANDOM_MODELS. Raises CheckpointError where nano's files are damaged.
    """
    if model == RANDOM_7B:
        return replace(PERSONAPLEX, name=model)
    return replace(Checkpoint(nano_directory()).config, name=model)


def random_lm(table: dict[str, Any], device: torch.device, dtype: torch.dtype) -> LMModel:
    """Return a language model in eval mode, made on the device; table: as ModelConfig.lm."""
    lm = loaders.get_moshi_lm(None, table, device=device, dtype=dtype)
    _fill(lm, device)
    return lm


def random_codec(config: ModelConfig, device: torch.device) -> MimiModel:
    """Return Mimi in eval mode, float32."""
    mimi = loaders.get_mimi(None, config.codec, device, config.agent_codebooks)
    _fill(mimi, device)
    return mimi


class RandomCheckpoint(Checkpoint):
    """A model directory whose weights are drawn; only its voice lies on the disk."""

    def __init__(self, config: ModelConfig, directory: Path) -> None:
        """Take the folder as it is: there is nothing to check."""
        self.config = config
        self.directory = directory
        self.lm_path = directory / config.files.lm
        self.voices_directory = directory / config.files.voices

    def load_lm(self, device: torch.device, dtype: torch.dtype) -> LMModel:
        """Return the language model."""
        return random_lm(self.config.lm, device, dtype)

    def load_codec(self, device: torch.device) -> MimiModel:
        """Return Mimi."""
        return random_codec(self.config, device)

    def load_tokenizer(self) -> Any:
        """Return a WordTokenizer of as many pieces as the model has."""
        return WordTokenizer(self.config.lm['text_card'])


class WordTokenizer:
    """One token a word, in SentencePiece's place."""

    _SPECIAL = 4

    def __init__(self, pieces: int) -> None:
        self._pieces = pieces

    def encode(self, text: str) -> list[int]:
        """Return an id for every word."""
        room = self._pieces - self._SPECIAL
        return [self._SPECIAL + zlib.crc32(word.encode()) % room for word in text.split()]

    def id_to_piece(self, text_id: int) -> str:
        """Return a word that tells its id."""
        return f'\u2581w{text_id}'

    def is_byte(self, text_id: int) -> bool:
        """Tell that no id is a single byte."""
        return False


@contextmanager
def random_checkpoint(config: ModelConfig) -> Iterator[RandomCheckpoint]:
    """Make the few files that a model is identified by, and remove them again."""
    with tempfile.TemporaryDirectory(prefix='personaplex-random-') as folder:
        checkpoint = RandomCheckpoint(config, Path(folder))
        (checkpoint.directory / CONFIG_NAME).write_text(config.to_json(), encoding='utf-8')
        checkpoint.lm_path.touch()
        checkpoint.voices_directory.mkdir()
        generator = torch.Generator().manual_seed(SEED)
        shape = (config.agent_codebooks, VOICE_FRAMES)
        codes = torch.randint(config.lm['card'], shape, generator=generator)
        save_file({'codes': codes}, checkpoint.voices_directory / 'RANDOM.safetensors')
        yield checkpoint


@torch.no_grad()
def _fill(module: nn.Module, device: torch.device) -> None:
    generator = torch.Generator(device).manual_seed(SEED)
    for name, weight in module.named_parameters():
        if name.endswith('weight') and weight.dim() > 1:
            fan_in = weight.numel() // weight.shape[0]
            weight.normal_(0.0, math.sqrt(GAIN / fan_in), generator=generator)
    for name, buffer in module.named_buffers():
        if name.endswith('embedding_sum'):
            buffer.normal_(0.0, 1.0, generator=generator)
