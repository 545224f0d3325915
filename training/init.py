# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Weights from numpy's generator, whose streams do not change with torch or the machine."""

import math

import numpy as np
import torch
from torch import nn

CONV_GAIN = 1.5
"""Variance times fan-in that ELU without norm neither kills nor blows up; torch's own
initialisation is dead there."""


def initialise(module: nn.Module, rng: np.random.Generator) -> None:
    """Fill all weights; norms, layer scales and zero biases are put where they belong."""
    with torch.no_grad():
        for one in module.modules():
            _initialise_one(one, rng)


def _initialise_one(module: nn.Module, rng: np.random.Generator) -> None:
    if isinstance(module, nn.ConvTranspose1d):
        fan_in = module.weight.shape[0] // module.groups * module.weight.shape[2]
        fill(module.weight, rng, math.sqrt(CONV_GAIN * module.stride[0] / fan_in))
    elif isinstance(module, nn.Conv1d):
        fan_in = module.weight.shape[1] * module.weight.shape[2]
        fill(module.weight, rng, math.sqrt(CONV_GAIN / fan_in))
    elif isinstance(module, nn.Linear):
        fill(module.weight, rng, 1 / math.sqrt(module.in_features))
    elif isinstance(module, nn.Embedding):
        fill(module.weight, rng, 1 / math.sqrt(module.embedding_dim))
    if isinstance(getattr(module, 'bias', None), torch.Tensor):
        module.bias.zero_()


def fill(weight: torch.Tensor, rng: np.random.Generator, std: float) -> None:
    """Draw a normal weight of this standard deviation, in place."""
    drawn = rng.standard_normal(tuple(weight.shape), dtype=np.float32) * np.float32(std)
    weight.copy_(torch.from_numpy(drawn))
