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
from training import recipe
from training.init import initialise
from training.recipe import CODEC
from training.settings import seeded
from training.speech.phones import CLASSES

SLOTS_PER_FRAME = 2
MEL_PER_FRAME, MEL_BANDS = 4, 40
LAST_CONV_GAIN = 0.2
"""Speech is quiet: without it the first hundred steps go into turning the output down."""

CODEBOOK_DECAY = 0.997
"""Of the codebooks' running means; moshi's 0.99 is for larger batches."""


@dataclass(frozen=True)
class Read:
    """What the heads read from the codes."""

    phones: torch.Tensor
    """Logits [B, T, SLOTS_PER_FRAME, CLASSES], read from the first codebook alone."""

    all_phones: torch.Tensor
    """The same, read from all codebooks."""

    mel: torch.Tensor
    """[B, T * MEL_PER_FRAME, MEL_BANDS]: the logarithmic spectrum, read from all codebooks."""


@dataclass(frozen=True)
class Coded:
    """What one pass through the codec gives."""

    sound: torch.Tensor
    """[B, 1, n]."""

    commitment: torch.Tensor
    read: Read


class CodecNetwork(nn.Module):
    """Mimi and what reads its codes while it is trained.

    Mimi's first codebook is meant to hold what is said rather than how: the original learns that
    from WavLM (arXiv 2410.00037, 3.3.3), ours from the synthesiser's own phone times. Visitors are
    never spoken, so the decoder learns the agent's voices alone; of the visitors' voices, linear
    heads read phones and spectrum from the codes, at a hundredth of a decoder's cost.
    """

    def __init__(self) -> None:
        """Weights drawn as ELU without norm needs them (training.init)."""
        super().__init__()
        self.mimi: MimiModel = loaders.get_mimi(None, CODEC, num_codebooks=recipe.CODEBOOKS)
        initialise(self.mimi, seeded('codec'))
        last = [one for one in self.mimi.decoder.modules() if isinstance(one, StreamingConv1d)][-1]
        with torch.no_grad():
            last.conv.conv.weight.mul_(LAST_CONV_GAIN)
        for codebook in self.codebooks():
            codebook.decay = CODEBOOK_DECAY
        self.phone_head = nn.Linear(recipe.CODEC_DIM, SLOTS_PER_FRAME * CLASSES)
        self.all_phones_head = nn.Linear(recipe.CODEC_DIM, SLOTS_PER_FRAME * CLASSES)
        self.mel_head = nn.Linear(recipe.CODEC_DIM, MEL_PER_FRAME * MEL_BANDS)

    def codebooks(self) -> list[EuclideanCodebook]:
        """Return all codebooks, the first one first."""
        return [one for one in self.mimi.quantizer.modules() if isinstance(one, EuclideanCodebook)]

    def latents(self, sound: torch.Tensor) -> torch.Tensor:
        """[B, 1, n] -> [B, dim, T]."""
        (inner,) = self.mimi.encoder_transformer(self.mimi.encoder(sound))
        return self.mimi._to_framerate(inner)

    def plain(self, sound: torch.Tensor, decoded: int) -> Coded:
        """Pass through without quantizing, by way of the quantizers' projections.

        sound: [B, 1, n]. decoded: how many of the rows, the first ones, become sound again.
        """
        parts = [
            one.output_proj(one.input_proj(latents))
            for latents in (self.latents(sound),)
            for one in (self.mimi.quantizer.rvq_first, self.mimi.quantizer.rvq_rest)
        ]
        return self._coded(*parts, torch.zeros((), device=sound.device), sound, decoded)

    def quantized(self, sound: torch.Tensor, decoded: int) -> Coded:
        """Pass through the quantizers, which learn their codebooks where they are in training."""
        latents = self.latents(sound)
        first = self.mimi.quantizer.rvq_first(latents, FRAME_RATE_HZ)
        rest = self.mimi.quantizer.rvq_rest(latents, FRAME_RATE_HZ)
        return self._coded(first.x, rest.x, first.penalty + rest.penalty, sound, decoded)

    def decode(self, latents: torch.Tensor, samples: int) -> torch.Tensor:
        """[B, dim, T] -> [B, 1, samples]."""
        (inner,) = self.mimi.decoder_transformer(self.mimi._to_encoder_framerate(latents))
        return self.mimi.decoder(inner)[..., :samples]

    def read(self, first: torch.Tensor, every: torch.Tensor) -> Read:
        """Return what the heads see in the first codebook, and in all: [B, dim, T] each."""
        each = (SLOTS_PER_FRAME, CLASSES)
        every = every.transpose(1, 2)
        return Read(
            phones=self.phone_head(first.transpose(1, 2)).unflatten(-1, each),
            all_phones=self.all_phones_head(every).unflatten(-1, each),
            mel=self.mel_head(every).unflatten(-1, (MEL_PER_FRAME, MEL_BANDS)).flatten(1, 2),
        )

    def _coded(
        self,
        first: torch.Tensor,
        rest: torch.Tensor,
        commitment: torch.Tensor,
        sound: torch.Tensor,
        decoded: int,
    ) -> Coded:
        both = first + rest
        heard = self.decode(both[:decoded], sound.shape[-1])
        return Coded(heard, commitment, self.read(first, both))
