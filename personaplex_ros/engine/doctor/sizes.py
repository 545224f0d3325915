# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a model asks of memory: counted on moshi's own classes without a byte of weights."""

from dataclasses import dataclass

from moshi.models import loaders
import torch
from torch import nn

from personaplex_ros.model.config import ModelConfig
from personaplex_ros.model.memory import MemorySettings
from personaplex_ros.model.memory import Window

TABLES = ('emb', 'text_emb', 'depformer_emb', 'depformer_text_emb')
"""Embeddings of moshi's LMModel: a frame reads a row of each, not the table."""


@dataclass(frozen=True)
class ModelSizes:
    """Bytes of one model in one dtype; Mimi is float32 always."""

    weights: int
    """Language model and Mimi as they lie in memory."""

    read_per_frame: int
    """Weights of the language model that every frame reads."""

    codec_read_per_frame: int
    """Mimi's weights and the codebooks that are used."""

    positions: int
    """Length of the attention window."""

    ring: int
    """Keys and values of the whole window, read in every frame however full it is."""

    codec_state: int
    """Mimi's state of one conversation."""

    layer_calls: int
    """Transformer layers that run in a frame, each depth step's counted."""

    @property
    def frame(self) -> int:
        """Everything a frame reads."""
        return self.read_per_frame + self.ring + self.codec_read_per_frame

    @property
    def position(self) -> int:
        """Keys and values of one position."""
        return self.ring // self.positions

    @property
    def session(self) -> int:
        """What one conversation holds."""
        return self.ring + self.codec_state


def count(config: ModelConfig, dtype: torch.dtype) -> ModelSizes:
    """Build the modules on torch's meta device and add up; takes seconds for the full size."""
    lm = loaders.get_moshi_lm(None, config.lm, device='meta', dtype=dtype)
    with torch.device('meta'):
        mimi = loaders.get_mimi(None, config.codec, 'meta', config.agent_codebooks)
    tables = sum(_weights(getattr(lm, name)) for name in TABLES)
    codebooks = _buffers(mimi.quantizer) * config.agent_codebooks // mimi.total_codebooks
    return ModelSizes(
        weights=_weights(lm) + _weights(mimi) + _buffers(mimi),
        read_per_frame=_weights(lm) - tables,
        codec_read_per_frame=_weights(mimi) + codebooks,
        positions=config.lm['context'],
        ring=_state(lm.transformer),
        codec_state=_state(mimi),
        layer_calls=_layer_calls(lm, mimi),
    )


def spare_positions(config: ModelConfig, memory_s: float) -> int:
    """Return the positions of the one state beside all sessions, in which prompts are prefilled.

    It holds the longest prompt and what a conversation remembers (model/personaplex.py).
    """
    window = Window(config.lm['context'], MemorySettings(memory_s=memory_s))
    return window.spare_positions(config.prompt.max_positions)


def _layer_calls(lm: nn.Module, mimi: nn.Module) -> int:
    once = [lm.transformer, mimi.encoder_transformer.transformer]
    once.append(mimi.decoder_transformer.transformer)
    depth = len(lm.depformer.layers) * lm.dep_q
    return sum(len(transformer.layers) for transformer in once) + depth


def _weights(module: nn.Module) -> int:
    return sum(one.nbytes for one in module.parameters())


def _buffers(module: nn.Module) -> int:
    return sum(one.nbytes for one in module.buffers())


def _state(module: nn.Module) -> int:
    """Return the bytes of a streaming state; moshi keeps it in the modules themselves."""
    with module.streaming(1):
        states = [getattr(one, '_streaming_state', None) for one in module.modules()]
        return sum(_tensors(state) for state in states if state is not None)


def _tensors(state: object) -> int:
    total = 0
    for value in vars(state).values():
        if isinstance(value, torch.Tensor):
            total += value.nbytes
        elif hasattr(value, 'cache'):  # moshi's RingKVCache
            total += value.cache.nbytes + value.end_offset.nbytes
    return total
