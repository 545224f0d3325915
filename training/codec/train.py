# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`make codec`: trains Mimi, first as a plain autoencoder, then with its codebooks."""

import argparse
from collections.abc import Mapping
import math
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)

from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from training.arguments import add_training
from training.arguments import device_of
from training.codec.batches import Pieces
from training.codec.codebooks import fill_codebooks
from training.codec.codebooks import FRAMES_PER_CODE
from training.codec.judge import Judge
from training.codec.losses import MelTarget
from training.codec.losses import phone_accuracy
from training.codec.losses import phone_loss
from training.codec.losses import SpectralLoss
from training.codec.network import CodecNetwork
from training.codec.network import MEL_BANDS
from training.codec.network import MEL_PER_FRAME
from training.loop import compact
from training.loop import run
from training.settings import Home
from training.settings import SEED
from training.speech.corpus import Corpus

PLAIN_SHARE = 0.15
"""Of the schedule without quantizing."""

AGENT_SHARE = 0.375
RATE, LAST_RATE = 1.0e-3, 2e-5
WARM_STEPS = 200
COMMITMENT, PHONES, READ_MEL = 0.25, 2.0, 2.0
MAX_NORM = 5.0
FRAMES = 10
"""800 ms: what the transformers attend to at 25 Hz."""


class CodecTrainer:
    """Mimi, its optimiser and its pieces of sound."""

    def __init__(self, corpus: Corpus, device: torch.device, steps: int, batch: int) -> None:
        """steps: of the whole schedule."""
        torch.manual_seed(SEED)
        self._device, self._steps, self._batch = device, steps, batch
        self.network = CodecNetwork().to(device)
        self._loss = SpectralLoss().to(device)
        self._mel = MelTarget(SAMPLES_PER_FRAME // MEL_PER_FRAME, MEL_BANDS).to(device)
        self._pieces = Pieces(corpus, device, FRAMES, AGENT_SHARE, SEED)
        self._optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=RATE, betas=(0.8, 0.99), weight_decay=1e-3
        )
        self._judge = Judge(corpus, device)

    def step(self, index: int) -> Mapping[str, torch.Tensor]:
        """Plain until PLAIN_SHARE of the schedule, quantized from there on."""
        plain = index < PLAIN_SHARE * self._steps
        if not plain and not self.network.codebooks()[0].initialized:
            self._begin_codebooks()
        self.network.mimi.quantizer.train()
        batch = self._pieces.draw(self._batch)
        passed = self.network.plain if plain else self.network.quantized
        coded = passed(batch.sound[:, None], batch.agents)
        spectral, mel = self._loss(coded.sound[:, 0], batch.wanted[: batch.agents])
        read = coded.read
        phones = phone_loss(read.phones, batch.slots) + phone_loss(read.all_phones, batch.slots)
        read_mel = F.l1_loss(read.mel, self._mel(batch.wanted))
        told = COMMITMENT * coded.commitment + PHONES * phones + READ_MEL * read_mel
        self._descend(index, spectral + told)
        return {
            'loss': spectral.detach(),
            'mel': mel,
            'read mel': read_mel.detach(),
            'phones': phone_accuracy(read.phones.detach(), batch.slots),
            'all phones': phone_accuracy(read.all_phones.detach(), batch.slots),
            'commitment': coded.commitment.detach(),
        }

    def judge(self) -> Mapping[str, float]:
        """Measure on visitors that training never hears."""
        return self._judge(self.network)

    def state(self) -> dict[str, Any]:
        """All of it."""
        return {
            'network': self.network.state_dict(),
            'optimizer': compact(self._optimizer),
            'pieces': self._pieces.state(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on; what lies on the CPU goes where it is needed."""
        self.network.load_state_dict(state['network'])
        self._optimizer.load_state_dict(state['optimizer'])
        self._pieces.restore(state['pieces'])

    def _descend(self, index: int, loss: torch.Tensor) -> None:
        for group in self._optimizer.param_groups:
            group['lr'] = rate_at(index, self._steps, RATE, LAST_RATE, WARM_STEPS)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), MAX_NORM)
        self._optimizer.step()

    @torch.no_grad()
    def _begin_codebooks(self) -> None:
        wanted = FRAMES_PER_CODE * self.network.codebooks()[0].codebook_size
        count = math.ceil(wanted / FRAMES / self._batch)
        batches = [self._pieces.draw(self._batch) for _ in range(count)]
        latents = torch.cat([self.network.latents(one.sound[:, None]) for one in batches])
        fill_codebooks(self.network, latents, self._batch * FRAMES)


def rate_at(index: int, steps: int, first: float, last: float, warm: int) -> float:
    """Return the learning rate: up in `warm` steps, down in half a cosine."""
    share = min(1.0, index / max(1, steps))
    cosine = last + (first - last) * (1 + math.cos(math.pi * share)) / 2
    return min(1.0, (index + 1) / warm) * cosine


def main() -> None:
    """Train until the schedule or the time is over."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_training(parser, steps=12_000, batch=64)
    args = parser.parse_args()
    home = Home(args.home)
    trainer = CodecTrainer(Corpus(home.speech), device_of(args), args.steps, args.batch)
    reached = run(trainer, home.codec, args.steps, args.minutes)
    print(f'codec: step {reached} of {args.steps} in {home.codec}')


if __name__ == '__main__':
    main()
