# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`make polish`: trains the decoder on, at last against an adversary; the codes stay the same."""

import argparse
from collections.abc import Mapping
from typing import Any

import torch

from training.arguments import add_training
from training.arguments import device_of
from training.codec.adversary import Adversary
from training.codec.adversary import adversary_loss
from training.codec.adversary import deceit_loss
from training.codec.adversary import feature_loss
from training.codec.batches import Pieces
from training.codec.export import codec_step
from training.codec.export import trained_codec
from training.codec.losses import SpectralLoss
from training.codec.train import FRAMES
from training.codec.train import rate_at
from training.loop import compact
from training.loop import run
from training.settings import Home
from training.settings import SEED
from training.speech.corpus import Corpus

AGENT_SHARE = 1.0
"""Only the agent is ever heard."""

RATE, LAST_RATE = 5e-4, 1e-5
WARM_STEPS = 100
ADVERSARY_ALONE = 200
"""Steps in which the adversary learns before it is listened to."""

DECEIT, FEATURES = 1.0, 4.0
DECODER_PARTS = ('decoder.', 'decoder_transformer.', 'upsample.')


class PolishTrainer:
    """The decoder of a trained codec and its adversary."""

    def __init__(
        self, home: Home, device: torch.device, steps: int, batch: int, adversary_from: float
    ) -> None:
        """Begin from the codec's checkpoint. adversary_from: share of steps before it joins."""
        torch.manual_seed(SEED)
        self._steps, self._batch = steps, batch
        self._adversary_from = round(adversary_from * steps)
        corpus = Corpus(home.speech)
        self._codec_step = codec_step(home.codec)
        self._mimi = trained_codec(home.codec).to(device)
        for name, parameter in self._mimi.named_parameters():
            parameter.requires_grad_(name.startswith(DECODER_PARTS))
        self._adversary = Adversary().to(device)
        self._loss = SpectralLoss().to(device)
        self._pieces = Pieces(corpus, device, FRAMES, AGENT_SHARE, SEED + 1)
        made = [one for one in self._mimi.parameters() if one.requires_grad]
        self._optimizer = torch.optim.AdamW(made, lr=RATE, betas=(0.5, 0.9))
        self._against = torch.optim.AdamW(self._adversary.parameters(), lr=RATE, betas=(0.5, 0.9))

    def step(self, index: int) -> Mapping[str, torch.Tensor]:
        """One step of the decoder, and one of the adversary where it has joined."""
        for optimizer in (self._optimizer, self._against):
            for group in optimizer.param_groups:
                group['lr'] = rate_at(index, self._steps, RATE, LAST_RATE, WARM_STEPS)
        batch = self._pieces.draw(self._batch)
        made, wanted = self._made(batch.sound[: batch.agents]), batch.wanted[: batch.agents]
        spectral, mel = self._loss(made, wanted)
        told = {'loss': spectral.detach(), 'mel': mel}
        total = spectral
        if index >= self._adversary_from:
            against = adversary_loss(self._adversary(wanted), self._adversary(made.detach()))
            _descend(self._against, against)
            told['adversary'] = against.detach()
        if index >= self._adversary_from + ADVERSARY_ALONE:
            judged = self._adversary(made)
            total = total + DECEIT * deceit_loss(judged)
            total = total + FEATURES * feature_loss(self._adversary(wanted), judged)
        _descend(self._optimizer, total)
        return told

    @torch.no_grad()
    def judge(self) -> Mapping[str, float]:
        """Mel error of a fresh batch."""
        batch = self._pieces.draw(self._batch)
        made = self._made(batch.sound[: batch.agents])
        _, mel = self._loss(made, batch.wanted[: batch.agents])
        return {'judged mel': float(mel)}

    def state(self) -> dict[str, Any]:
        """The decoder's weights and what it is trained with."""
        weights = self._mimi.state_dict()
        return {
            'decoder': {k: v for k, v in weights.items() if k.startswith(DECODER_PARTS)},
            'adversary': self._adversary.state_dict(),
            'optimizer': compact(self._optimizer),
            'against': compact(self._against),
            'pieces': self._pieces.state(),
            'codec_step': self._codec_step,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on."""
        self._mimi.load_state_dict(state['decoder'], strict=False)
        self._adversary.load_state_dict(state['adversary'])
        self._optimizer.load_state_dict(state['optimizer'])
        self._against.load_state_dict(state['against'])
        self._pieces.restore(state['pieces'])

    def _made(self, sound: torch.Tensor) -> torch.Tensor:
        """[B, n] -> [B, n], by way of the codes."""
        with torch.no_grad():
            codes = self._mimi.encode(sound[:, None])
        return self._mimi.decode(codes)[:, 0, : sound.shape[1]]


def _descend(optimizer: torch.optim.Optimizer, loss: torch.Tensor) -> None:
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()


def main() -> None:
    """Polish until the schedule or the time is over."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_training(parser, steps=5_000, batch=48)
    parser.add_argument(
        '--adversary-from', type=float, default=0.3, help='share of the steps; 1: without it'
    )
    args = parser.parse_args()
    home = Home(args.home)
    trainer = PolishTrainer(home, device_of(args), args.steps, args.batch, args.adversary_from)
    reached = run(trainer, home.codec / 'polish', args.steps, args.minutes)
    print(f'polish: step {reached} of {args.steps} in {home.codec / "polish"}')


if __name__ == '__main__':
    main()
