# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`make polish`: trains the decoder to be understood, at last against an adversary.

The codes stay the same.
"""

import argparse
from collections.abc import Mapping
import math
from typing import Any

import torch

from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from training.arguments import add_training
from training.arguments import device_of
from training.codec.adversary import Adversary
from training.codec.adversary import adversary_loss
from training.codec.adversary import deceit_loss
from training.codec.adversary import feature_loss
from training.codec.export import codec_step
from training.codec.export import POLISH
from training.codec.export import trained_codec
from training.codec.losses import SpectralLoss
from training.codec.reader import misread
from training.codec.reader import phone_reader
from training.codec.train import FRAMES
from training.codec.train import rate_at
from training.codec.utterances import steady_silence
from training.codec.utterances import utterances
from training.loop import compact
from training.loop import run
from training.settings import Home
from training.settings import SEED

AGENT_SHARE = 0.375
"""The codec's own training decodes the agent alone; here visitors learn to be understood."""

RATE, LAST_RATE = 7e-4, 1e-5
WARM_STEPS = 100
KEPT_BACK, JUDGED = 15, 24
"""Every 15th clip is for judging alone (odd, since the agent's two voices alternate), and so many
of the agent's and of visitors' are judged."""

ADVERSARY_ALONE = 200
"""Steps in which the adversary learns before it is listened to."""

MISREAD, HUSH = 1.0, 0.05
HUSHED_DBFS = -85.0
"""What silence may come out as; every dB above counts HUSH."""

SILENT_FRAMES, SETTLED_FRAMES = 16, 6
"""Of the agent's silence, and how many of them pass before it is judged."""

DECEIT, FEATURES = 1.0, 4.0
DECODER_PARTS = ('decoder.', 'decoder_transformer.', 'upsample.')


class PolishTrainer:
    """The decoder of a trained codec and its adversary."""

    def __init__(
        self,
        home: Home,
        device: torch.device,
        steps: int,
        batch: int,
        adversary_from: float,
        jobs: int = 1,
    ) -> None:
        """Begin from the codec's checkpoint. adversary_from: share of steps before it joins.

        jobs: processes that make what it learns from, where that is not made yet.
        """
        torch.manual_seed(SEED)
        self._steps, self._batch = steps, batch
        self._agents = max(1, round(batch * AGENT_SHARE))
        self._adversary_from = round(adversary_from * steps)
        self._utterances = utterances(home, home.codec / POLISH, device, jobs)
        self._random = torch.Generator(device).manual_seed(SEED + 1)
        self._codec_step = codec_step(home.codec)
        self._mimi = trained_codec(home.codec).to(device)
        for name, parameter in self._mimi.named_parameters():
            parameter.requires_grad_(name.startswith(DECODER_PARTS))
        self._adversary = Adversary().to(device)
        agent_ear = trained_codec(home.codec, sharp=False)
        self._silence = steady_silence(agent_ear, SILENT_FRAMES)[None].to(device)
        self._loss = SpectralLoss().to(device)
        self._reader = phone_reader(home, home.codec / POLISH / 'reader.pt', device)
        made = [one for one in self._mimi.parameters() if one.requires_grad]
        self._optimizer = torch.optim.AdamW(made, lr=RATE, betas=(0.5, 0.9))
        self._against = torch.optim.AdamW(self._adversary.parameters(), lr=RATE, betas=(0.5, 0.9))

    def step(self, index: int) -> Mapping[str, torch.Tensor]:
        """One step of the decoder, and one of the adversary where it has joined."""
        for optimizer in (self._optimizer, self._against):
            for group in optimizer.param_groups:
                group['lr'] = rate_at(index, self._steps, RATE, LAST_RATE, WARM_STEPS)
        codes, wanted = self._utterances.cut(*self._drawn(), FRAMES)
        made = self._mimi.decode(codes)[:, 0]
        spectral, mel = self._loss(made, wanted)
        unlike = misread(self._reader, made, wanted)
        silence = self._silence_dbfs()
        told = {'loss': spectral.detach(), 'mel': mel, 'misread': unlike.detach()}
        total = spectral + MISREAD * unlike + HUSH * (silence - HUSHED_DBFS).clamp(min=0)
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
        """Mel error of pieces that were kept back, the agent's and visitors'; how these read."""
        _, mel = self._errors(agents=True)
        unlike, visitors_mel = self._errors(agents=False)
        return {
            'judged mel': mel,
            'judged mel of visitors': visitors_mel,
            'visitors misread': unlike,
            'silence dBFS': float(self._silence_dbfs()),
        }

    def state(self) -> dict[str, Any]:
        """The decoder's weights and what it is trained with."""
        weights = self._mimi.state_dict()
        return {
            'decoder': {k: v for k, v in weights.items() if k.startswith(DECODER_PARTS)},
            'adversary': self._adversary.state_dict(),
            'optimizer': compact(self._optimizer),
            'against': compact(self._against),
            'random': self._random.get_state(),
            'codec_step': self._codec_step,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on."""
        self._mimi.load_state_dict(state['decoder'], strict=False)
        self._adversary.load_state_dict(state['adversary'])
        self._optimizer.load_state_dict(state['optimizer'])
        self._against.load_state_dict(state['against'])
        self._random.set_state(state['random'])

    def _drawn(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Draw clips, the agent's first, none that is kept back, and where to begin: [B] each."""
        dice = torch.rand(2, self._batch, generator=self._random, device=self._random.device)
        first = torch.full((self._batch,), self._utterances.agents, device=dice.device)
        count = len(self._utterances.first) - 1 - first
        count[: self._agents] = self._utterances.agents
        first[: self._agents] = 0
        clips = (dice[0] * count).long()
        clips -= (clips % KEPT_BACK == KEPT_BACK - 1).long()
        return first + clips, dice[1]

    def _silence_dbfs(self) -> torch.Tensor:
        """Return how loud the agent's silence comes out, as the loudest of its frames."""
        tail = self._mimi.decode(self._silence)[0, 0, SETTLED_FRAMES * SAMPLES_PER_FRAME :]
        power = tail.view(-1, SAMPLES_PER_FRAME).square().mean(1).max()
        return 10 * torch.log10(power + 1e-10)

    def _kept_back(self, agents: bool) -> torch.Tensor:
        """Return which clips are for judging, always the same ones: int64 [up to JUDGED]."""
        one, other = self._utterances.agents, len(self._utterances.first) - 1
        low, high = (0, one) if agents else (one, other)
        clips = torch.arange(low + KEPT_BACK - 1, high, KEPT_BACK)
        return clips[:: max(1, len(clips) // JUDGED)][:JUDGED].to(self._random.device)

    def _errors(self, agents: bool) -> tuple[float, float]:
        """Return how the middles of the clips kept back are misread, and their mel error."""
        clips = self._kept_back(agents)
        if not len(clips):
            return math.nan, math.nan
        middles = torch.full(clips.shape, 0.5, device=clips.device)
        codes, wanted = self._utterances.cut(clips, middles, FRAMES)
        made = self._mimi.decode(codes)[:, 0]
        return float(misread(self._reader, made, wanted)), float(self._loss(made, wanted)[1])


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
    parser.add_argument('--jobs', type=int, default=1, help='processes that make the utterances')
    args = parser.parse_args()
    home = Home(args.home)
    trainer = PolishTrainer(
        home, device_of(args), args.steps, args.batch, args.adversary_from, args.jobs
    )
    reached = run(trainer, home.codec / POLISH, args.steps, args.minutes)
    print(f'polish: step {reached} of {args.steps} in {home.codec / POLISH}')


if __name__ == '__main__':
    main()
