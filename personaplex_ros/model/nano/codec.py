# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""nano's untrained Mimi: its codes follow the sound, silence stays silent, output is audible."""

from collections import Counter

from moshi.models import loaders
from moshi.models.compression import MimiModel
from moshi.modules.conv import StreamingConv1d
from moshi.quantization import ResidualVectorQuantizer
import numpy as np
import torch

from personaplex_ros.model.nano import recipe
from personaplex_ros.model.nano import signals
from personaplex_ros.model.nano.init import initialise

OUTPUT_RMS = 0.06
"""-24 dBFS for codes drawn at random: plainly audible, peaks far from full scale."""

MEDLEY_FRAMES = 64

SHRINKAGE = 0.8
"""Entries are a little shorter than the latents they come from, so that something is left for
the levels below."""

SETTLED_FRAMES = 20
"""The last frames of a steady sound, from which its codes are taken."""


@torch.no_grad()
def make_codec(rng: np.random.Generator) -> MimiModel:
    """Return a codec that is random, yet maps different sounds to different codes."""
    mimi = loaders.get_mimi(None, recipe.CODEC, num_codebooks=recipe.CODEBOOKS)
    initialise(mimi, rng)
    sounds = torch.from_numpy(signals.medley(rng, MEDLEY_FRAMES))
    latents = torch.cat([mimi.encode_to_latent(one[None, None], quantize=False) for one in sounds])
    for quantizer in (mimi.quantizer.semantic_quantizer, mimi.quantizer.acoustic_quantizer):
        _fill_codebooks(quantizer, latents, rng)
    _set_output_level(mimi, rng)
    return mimi


@torch.no_grad()
def steady_codes(mimi: MimiModel, sound: np.ndarray) -> list[int]:
    """Return the code that each codebook gives most often once the sound has settled."""
    codes = mimi.encode(torch.from_numpy(sound)[None, None])[0]
    return [Counter(row.tolist()).most_common(1)[0][0] for row in codes[:, -SETTLED_FRAMES:]]


def _fill_codebooks(
    quantizer: ResidualVectorQuantizer, latents: torch.Tensor, rng: np.random.Generator
) -> None:
    """Make entries of latents that occur, level by level on what the levels above left over.

    One entry per codebook is zero: silence, whose latent is zero, falls on it exactly.
    """
    residual = quantizer.input_proj(latents).transpose(1, 2).flatten(0, 1)
    for layer in quantizer.vq.layers:
        codebook = layer._codebook
        rows = rng.choice(len(residual), codebook.codebook_size, replace=False)
        entries = SHRINKAGE * residual[torch.from_numpy(rows)]
        entries[rng.integers(codebook.codebook_size)] = 0
        codebook.embedding_sum.copy_(entries)
        codebook.cluster_usage.fill_(1)
        codebook._initialized.fill_(1)
        residual = residual - entries[torch.cdist(residual, entries).argmin(dim=1)]


def _set_output_level(mimi: MimiModel, rng: np.random.Generator) -> None:
    """Scale the last convolution so that random codes are heard at OUTPUT_RMS."""
    codes = rng.integers(recipe.BINS, size=(1, recipe.CODEBOOKS, MEDLEY_FRAMES))
    rms = mimi.decode(torch.from_numpy(codes)).square().mean().sqrt()
    last = [one for one in mimi.decoder.modules() if isinstance(one, StreamingConv1d)][-1]
    last.conv.conv.weight.mul_(OUTPUT_RMS / rms)
