# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Mimi for training: moshi's modules, called one by one, and a head that knows phones."""

from dataclasses import dataclass

from moshi.models import loaders
from moshi.models.compression import MimiModel
from moshi.modules.conv import StreamingConv1d
from moshi.quantization.core_vq import EuclideanCodebook
import torch
from torch import nn

from personaplex_ros.audio.format import FRAME_RATE_HZ
from personaplex_ros.model.nano import recipe
from personaplex_ros.model.nano.init import initialise
from training.settings import CODEC
from training.settings import seeded
from training.speech.phones import CLASSES

SLOTS_PER_FRAME = 2
LAST_CONV_GAIN = 0.2
"""Speech is quiet: without it the first hundred steps go into turning the output down."""

CODEBOOK_DECAY = 0.997
"""Of the codebooks' running means; moshi's 0.99 is for larger batches."""


@dataclass(frozen=True)
class Coded:
    """What one pass through the codec gives."""

    sound: torch.Tensor
    """[B, 1, n]."""

    commitment: torch.Tensor
    phones: torch.Tensor
    """Logits [B, T, SLOTS_PER_FRAME, CLASSES], read from the first codebook alone."""


class CodecNetwork(nn.Module):
    """Mimi and the phone head; the head is for training only.

    Mimi's first codebook is meant to hold what is said rather than how: the original learns that
    from WavLM (arXiv 2410.00037, 3.3.3), ours from the synthesiser's own phone times.
    """

    def __init__(self) -> None:
        """Weights drawn as ELU without norm needs them (personaplex_ros.model.nano.init)."""
        super().__init__()
        self.mimi: MimiModel = loaders.get_mimi(None, CODEC, num_codebooks=recipe.CODEBOOKS)
        initialise(self.mimi, seeded('codec'))
        last = [one for one in self.mimi.decoder.modules() if isinstance(one, StreamingConv1d)][-1]
        with torch.no_grad():
            last.conv.conv.weight.mul_(LAST_CONV_GAIN)
        for codebook in self.codebooks():
            codebook.decay = CODEBOOK_DECAY
        self.phone_head = nn.Linear(recipe.CODEC_DIM, SLOTS_PER_FRAME * CLASSES)

    def codebooks(self) -> list[EuclideanCodebook]:
        """Return all codebooks, the first one first."""
        return [one for one in self.mimi.quantizer.modules() if isinstance(one, EuclideanCodebook)]

    def latents(self, sound: torch.Tensor) -> torch.Tensor:
        """[B, 1, n] -> [B, dim, T]."""
        (inner,) = self.mimi.encoder_transformer(self.mimi.encoder(sound))
        return self.mimi._to_framerate(inner)

    def plain(self, sound: torch.Tensor) -> Coded:
        """Pass through without quantizing, by way of the quantizers' projections."""
        parts = [
            one.output_proj(one.input_proj(latents))
            for latents in (self.latents(sound),)
            for one in (self.mimi.quantizer.rvq_first, self.mimi.quantizer.rvq_rest)
        ]
        return Coded(
            sound=self.decode(parts[0] + parts[1], sound.shape[-1]),
            commitment=torch.zeros((), device=sound.device),
            phones=self._phones(parts[0]),
        )

    def quantized(self, sound: torch.Tensor) -> Coded:
        """Pass through the quantizers, which learn their codebooks where they are in training."""
        latents = self.latents(sound)
        first = self.mimi.quantizer.rvq_first(latents, FRAME_RATE_HZ)
        rest = self.mimi.quantizer.rvq_rest(latents, FRAME_RATE_HZ)
        return Coded(
            sound=self.decode(first.x + rest.x, sound.shape[-1]),
            commitment=first.penalty + rest.penalty,
            phones=self._phones(first.x),
        )

    def decode(self, latents: torch.Tensor, samples: int) -> torch.Tensor:
        """[B, dim, T] -> [B, 1, samples]."""
        (inner,) = self.mimi.decoder_transformer(self.mimi._to_encoder_framerate(latents))
        return self.mimi.decoder(inner)[..., :samples]

    def _phones(self, semantic: torch.Tensor) -> torch.Tensor:
        logits = self.phone_head(semantic.transpose(1, 2))
        return logits.unflatten(-1, (SLOTS_PER_FRAME, CLASSES))
