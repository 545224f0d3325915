# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Measures a codec in training on clips it never hears, always the same ones."""

from collections.abc import Mapping

import torch

from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from training.codec.losses import phone_accuracy
from training.codec.losses import SpectralLoss
from training.codec.network import CodecNetwork
from training.speech.corpus import Corpus
from training.speech.plan import UNSEEN
from training.speech.plan import VISITOR

CLIPS = 24
FRAMES = 16
SETTLED_FRAMES = 8


class Judge:
    """Mel error and phones of unseen voices, and how loud silence comes out."""

    def __init__(self, corpus: Corpus, device: torch.device) -> None:
        """Take the first FRAMES of some clips."""
        clips = corpus.of(VISITOR, UNSEEN)
        clips = clips[:: max(1, len(clips) // CLIPS)][:CLIPS]
        sound = torch.zeros(len(clips), FRAMES * SAMPLES_PER_FRAME)
        slots = torch.zeros(len(clips), 2 * FRAMES, dtype=torch.long)
        for row, clip in enumerate(clips):
            samples = torch.from_numpy(corpus.samples(clip)[: sound.shape[1]].copy())
            sound[row, : len(samples)] = samples.float() / 32_768
            phones = torch.from_numpy(corpus.slots(clip)[: slots.shape[1]].copy())
            slots[row, : len(phones)] = phones.long()
        self._sound, self._slots = sound.to(device), slots.to(device)
        self._loss = SpectralLoss().to(device)

    @torch.no_grad()
    def __call__(self, network: CodecNetwork) -> Mapping[str, float]:
        """Judge as it would be used now: with codebooks where they have been begun."""
        network.eval()
        begun = network.codebooks()[0].initialized
        through = network.quantized if begun else network.plain
        coded = through(self._sound[:, None])
        _, mel = self._loss(coded.sound[:, 0], self._sound)
        silence = through(torch.zeros_like(self._sound[:1, None])).sound
        tail = silence[..., -SETTLED_FRAMES * SAMPLES_PER_FRAME :]
        network.train()
        return {
            'judged mel': float(mel),
            'judged phones': float(phone_accuracy(coded.phones, self._slots)),
            'silence dBFS': float(10 * torch.log10(tail.square().mean() + 1e-12)),
        }
