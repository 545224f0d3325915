# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""How far two sounds are apart, and whether the phones are right."""

import math

import torch
from torch import nn
import torch.nn.functional as F  # noqa: N812 (its usual name)

from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from training.speech.phones import SILENCE

FLOOR = 5e-4
"""Magnitudes below about -66 dBFS do not count: otherwise digital silence rules the loss."""

MEL_BANDS = {2_048: 80, 512: 40, 256: 20}
WAVE = 10.0
"""The agent's pulses stand still (speech/monotone.py): its wave follows from its envelope."""

SILENCE_WEIGHT = 0.2


class SpectralLoss(nn.Module):
    """Three resolutions of STFT: convergence, logarithm, mel; and the wave itself."""

    def __init__(self) -> None:
        """Windows and mel filters are made once."""
        super().__init__()
        for size, bands in MEL_BANDS.items():
            self.register_buffer(f'window{size}', torch.hann_window(size))
            self.register_buffer(f'mel{size}', mel_filters(size, bands))

    def forward(
        self, sound: torch.Tensor, wanted: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """[B, n] each -> the loss, and the mel error alone in nepers."""
        total = WAVE * F.l1_loss(sound, wanted)
        mel_error = torch.zeros((), device=sound.device)
        for size in MEL_BANDS:
            floor = FLOOR * math.sqrt(0.375 * size)
            window, filters = getattr(self, f'window{size}'), getattr(self, f'mel{size}')
            a, b = (_magnitudes(one, size, window) for one in (sound, wanted))
            convergence = (a - b).norm() / b.norm().clamp(min=floor * math.sqrt(b.numel()))
            logarithms = F.l1_loss((a + floor).log(), (b + floor).log())
            mel = F.l1_loss((filters @ a + floor).log(), (filters @ b + floor).log())
            total = total + (0.5 * convergence + 0.5 * logarithms + mel)
            mel_error = mel_error + mel.detach() / len(MEL_BANDS)
        return total, mel_error


class MelTarget(nn.Module):
    """The spectrum that a linear head has to read from the codes of a voice."""

    SIZE = 1_024

    def __init__(self, hop: int, bands: int) -> None:
        """hop: samples from one spectrum to the next."""
        super().__init__()
        self._hop = hop
        self.register_buffer('window', torch.hann_window(self.SIZE), persistent=False)
        self.register_buffer('filters', mel_filters(self.SIZE, bands), persistent=False)

    def forward(self, sound: torch.Tensor) -> torch.Tensor:
        """[B, n] -> [B, n / hop, bands], natural logarithms; none of them sees ahead."""
        before = F.pad(sound, (self.SIZE - self._hop, 0))
        spectrum = torch.stft(
            before, self.SIZE, self._hop, window=self.window, center=False, return_complex=True
        )
        floor = FLOOR * math.sqrt(0.375 * self.SIZE)
        return (self.filters @ spectrum.abs() + floor).log().transpose(1, 2)


def phone_loss(logits: torch.Tensor, slots: torch.Tensor) -> torch.Tensor:
    """logits: [B, T, slots a frame, classes]; slots: int64 [B, T * slots a frame]."""
    weights = torch.ones(logits.shape[-1], device=logits.device)
    weights[SILENCE] = SILENCE_WEIGHT
    return F.cross_entropy(logits.flatten(0, 2), slots.flatten(), weight=weights)


def phone_accuracy(logits: torch.Tensor, slots: torch.Tensor) -> torch.Tensor:
    """Return the share of slots that are no silence and right."""
    spoken = slots.flatten() != SILENCE
    right = logits.flatten(0, 2).argmax(dim=-1) == slots.flatten()
    return (right & spoken).sum() / spoken.sum().clamp(min=1)


def mel_filters(size: int, bands: int) -> torch.Tensor:
    """Return triangles [bands, size // 2 + 1], even steps on the mel scale (O'Shaughnessy)."""
    top = 2_595 * math.log10(1 + SAMPLE_RATE_HZ / 2 / 700)
    edges = 700 * (10 ** (torch.linspace(0, top, bands + 2) / 2_595) - 1)
    bins = torch.linspace(0, SAMPLE_RATE_HZ / 2, size // 2 + 1)
    width = torch.full_like(edges[1:-1], SAMPLE_RATE_HZ / size)[:, None]  # at least one bin
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None].maximum(width)
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None].maximum(width)
    return rising.minimum(falling).clamp(min=0)


def _magnitudes(sound: torch.Tensor, size: int, window: torch.Tensor) -> torch.Tensor:
    spectrum = torch.stft(
        sound, size, size // 4, window=window, return_complex=True, pad_mode='constant'
    )
    return torch.view_as_real(spectrum).square().sum(-1).clamp(min=1e-12).sqrt()
