# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Measures a codec in training: phones of voices that it never hears, and the agent's sound."""

from collections.abc import Mapping

import torch

from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from training.codec.batches import PHONE_DELAY_SLOTS
from training.codec.losses import phone_accuracy
from training.codec.losses import SpectralLoss
from training.codec.network import CodecNetwork
from training.codec.network import SLOTS_PER_FRAME
from training.speech.corpus import Clip
from training.speech.corpus import Corpus
from training.speech.phones import SILENCE
from training.speech.plan import AGENT
from training.speech.plan import TRAIN
from training.speech.plan import UNSEEN
from training.speech.voices import AGENT_VOICES

CLIPS = 96
AGENT_CLIPS = 3
"""Of each of the agent's voices."""

FRAMES = 16
SETTLED_FRAMES = 8


class Judge:
    """Phones of unseen voices, mel error of the agent's, and how loud silence comes out."""

    def __init__(self, corpus: Corpus, device: torch.device) -> None:
        """Take the first FRAMES of some clips, always the same ones."""
        agents = _of_each_voice(corpus.of(AGENT, TRAIN))
        clips = [*agents, *_some(corpus.judging(UNSEEN), CLIPS)]
        sound = torch.zeros(len(clips), FRAMES * SAMPLES_PER_FRAME)
        slots = torch.full((len(clips), SLOTS_PER_FRAME * FRAMES), SILENCE)
        for row, clip in enumerate(clips):
            samples = torch.from_numpy(corpus.samples(clip)[: sound.shape[1]].copy())
            sound[row, : len(samples)] = samples.float() / 32_768
            kept = corpus.slots(clip)[: slots.shape[1] - PHONE_DELAY_SLOTS]
            phones = torch.from_numpy(kept.copy()).long()
            slots[row, PHONE_DELAY_SLOTS : PHONE_DELAY_SLOTS + len(phones)] = phones
        self._agents = len(agents)
        self._sound, self._slots = sound.to(device), slots.to(device)
        self._loss = SpectralLoss().to(device)

    @torch.no_grad()
    def __call__(self, network: CodecNetwork) -> Mapping[str, float]:
        """Judge as it would be used now: with codebooks where they have been begun."""
        network.eval()
        begun = network.codebooks()[0].initialized
        through = network.quantized if begun else network.plain
        coded = through(self._sound[:, None], self._agents)
        _, mel = self._loss(coded.sound[:, 0], self._sound[: self._agents])
        silence = through(torch.zeros_like(self._sound[:1, None]), 1).sound
        tail = silence[..., -SETTLED_FRAMES * SAMPLES_PER_FRAME :]
        network.train()
        slots, read = self._slots[self._agents :], coded.read
        return {
            'judged mel': float(mel),
            'judged phones': float(phone_accuracy(read.phones[self._agents :], slots)),
            'judged all phones': float(
                phone_accuracy(coded.read.all_phones[self._agents :], slots)
            ),
            'silence dBFS': float(10 * torch.log10(tail.square().mean() + 1e-12)),
        }


def _of_each_voice(clips: list[Clip]) -> list[Clip]:
    """Return as many of one agent as of the other: their clips alternate, as a step might."""
    voices = [[one for one in clips if one.voice == agent.name] for agent in AGENT_VOICES]
    return [one for said in voices for one in _some(said, AGENT_CLIPS)]


def _some(clips: list[Clip], count: int) -> list[Clip]:
    return clips[:: max(1, len(clips) // count)][:count]
