# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A small discriminator on spectrograms: what removes the buzz that spectral losses leave."""

from itertools import pairwise

import torch
from torch import nn
import torch.nn.functional as F  # noqa: N812 (its usual name)
from torch.nn.utils.parametrizations import weight_norm

SIZES = (1_024, 512, 256)
CHANNELS = 24
SLOPE = 0.2

Layers = list[torch.Tensor]


class Adversary(nn.Module):
    """One stack of convolutions for each size of STFT (after EnCodec, arXiv 2210.13438, 3.4)."""

    def __init__(self) -> None:
        """Weights as torch draws them."""
        super().__init__()
        self.stacks = nn.ModuleList(_stack() for _ in SIZES)
        for size in SIZES:
            self.register_buffer(f'window{size}', torch.hann_window(size), persistent=False)

    def forward(self, sound: torch.Tensor) -> list[Layers]:
        """[B, n] -> for each size the outputs of all layers, the verdict last."""
        return [
            _through(stack, _picture(sound, size, getattr(self, f'window{size}')))
            for size, stack in zip(SIZES, self.stacks, strict=True)
        ]


def adversary_loss(real: list[Layers], made: list[Layers]) -> torch.Tensor:
    """Hinge: real above 1, made below -1."""
    return sum(
        F.relu(1 - a[-1]).mean() + F.relu(1 + b[-1]).mean()
        for a, b in zip(real, made, strict=True)
    ) / len(SIZES)


def deceit_loss(made: list[Layers]) -> torch.Tensor:
    """What the codec loses where it is found out."""
    return sum(F.relu(1 - layers[-1]).mean() for layers in made) / len(SIZES)


def feature_loss(real: list[Layers], made: list[Layers]) -> torch.Tensor:
    """How far the layers' outputs are apart, against their size."""
    pairs = [
        (a.detach(), b)
        for layers, others in zip(real, made, strict=True)
        for a, b in zip(layers[:-1], others[:-1], strict=True)
    ]
    return sum((a - b).abs().mean() / a.abs().mean().clamp(min=1e-4) for a, b in pairs) / len(
        pairs
    )


def _stack() -> nn.ModuleList:
    widths = (2, CHANNELS, CHANNELS, CHANNELS, CHANNELS)
    layers = [
        weight_norm(nn.Conv2d(a, b, (9, 3), stride=(1 if index == 0 else 2, 1), padding=(4, 1)))
        for index, (a, b) in enumerate(pairwise(widths))
    ]
    return nn.ModuleList([*layers, weight_norm(nn.Conv2d(CHANNELS, 1, 3, padding=1))])


def _through(stack: nn.ModuleList, picture: torch.Tensor) -> Layers:
    outputs = []
    for layer in stack[:-1]:
        picture = F.leaky_relu(layer(picture), SLOPE)
        outputs.append(picture)
    return [*outputs, stack[-1](picture)]


def _picture(sound: torch.Tensor, size: int, window: torch.Tensor) -> torch.Tensor:
    """[B, n] -> [B, 2, size // 2 + 1, frames], real and imaginary."""
    spectrum = torch.stft(
        sound, size, size // 4, window=window, return_complex=True, normalized=True
    )
    return torch.view_as_real(spectrum).permute(0, 3, 1, 2)
