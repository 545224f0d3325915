# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A model directory: config.json, the weights, the tokenizer and the voices, all checked."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from moshi.models import loaders
from moshi.models.compression import MimiModel
from moshi.models.lm import LMModel
import sentencepiece
import torch
from torch import nn

from personaplex_ros.model.config import ConfigError
from personaplex_ros.model.config import ModelConfig
from personaplex_ros.model.weights import check_weights
from personaplex_ros.model.weights import filled
from personaplex_ros.model.weights import WeightsError

CONFIG_NAME = 'config.json'

M = TypeVar('M', bound=nn.Module)


class CheckpointError(Exception):
    """A model directory that cannot be used; one line says which file, why and what to do."""


class Checkpoint:
    """The files of a model; making one reads headers only, so faults show before a long load."""

    def __init__(self, directory: Path | str) -> None:
        """Raises CheckpointError for anything missing, damaged or not matching config.json."""
        self.directory = Path(directory)
        self.config = self._read_config()
        files = self.config.files
        self.lm_path = self._require(files.lm)
        self.codec_path = self._require(files.codec)
        self.tokenizer_path = self._require(files.tokenizer)
        self.voices_directory = self.directory / files.voices
        if not self.voices_directory.is_dir():
            raise CheckpointError(f'{self.voices_directory}: no such folder; it holds the voices')
        self._empty_lm = self._checked(self.lm_path, 'lm', self._build_lm)
        self._empty_codec = self._checked(self.codec_path, 'codec', self._build_codec)

    def load_lm(self, device: torch.device, dtype: torch.dtype) -> LMModel:
        """Return the language model in eval mode."""
        return filled(self._empty_lm, self.lm_path, device, dtype)

    def load_codec(self, device: torch.device) -> MimiModel:
        """Return Mimi in eval mode, float32, with as many codebooks as the LM speaks."""
        return filled(self._empty_codec, self.codec_path, device, torch.float32)

    def load_tokenizer(self) -> sentencepiece.SentencePieceProcessor:
        """Return the text tokenizer; raises CheckpointError if it does not fit the LM."""
        try:
            tokenizer = sentencepiece.SentencePieceProcessor(model_file=str(self.tokenizer_path))
        except (RuntimeError, OSError) as error:
            reason = str(error).splitlines()[0]
            raise CheckpointError(
                f'{self.tokenizer_path}: no SentencePiece model ({reason}): fetch it again'
            ) from None
        size, wanted = tokenizer.vocab_size(), self.config.lm['text_card']
        if size != wanted:
            raise CheckpointError(
                f'{self.tokenizer_path}: {size} pieces; config.json says lm.text_card {wanted}'
            )
        return tokenizer

    def _read_config(self) -> ModelConfig:
        path = self._require(CONFIG_NAME)
        try:
            return ModelConfig.from_json(path.read_text(encoding='utf-8'))
        except (ConfigError, UnicodeDecodeError) as error:
            raise CheckpointError(f'{path}: {error}') from None

    def _require(self, name: str) -> Path:
        path = self.directory / name
        if not path.is_file():
            raise CheckpointError(
                f'{path}: no such file; a model directory holds {CONFIG_NAME} and what it names'
            )
        return path

    def _checked(self, path: Path, section: str, build: Callable[[], M]) -> M:
        """Return what config.json describes, on the meta device, if the file fits it."""
        try:
            module = build()
        except Exception as error:  # moshi asserts, divides and indexes by what it is given
            raise CheckpointError(
                f'{self.directory / CONFIG_NAME}: {section} describes no model moshi can build: '
                f'{type(error).__name__}: {error}'
            ) from None
        try:
            check_weights(path, module)
        except WeightsError as error:
            raise CheckpointError(f'{path}: {error}') from None
        return module

    def _build_lm(self) -> LMModel:
        return loaders.get_moshi_lm(None, self.config.lm, device='meta')

    def _build_codec(self) -> MimiModel:
        with torch.device('meta'):
            return loaders.get_mimi(None, self.config.codec, 'meta', self.config.agent_codebooks)
