# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`make lm`: trains the temporal and the depth transformer on composed conversations."""

import argparse
from collections.abc import Iterator
from collections.abc import Mapping
import os
from typing import Any

import sentencepiece
import torch

from training.arguments import add_training
from training.arguments import device_of
from training.codec.train import rate_at
from training.lm.augment import Blur
from training.lm.augment import blurred
from training.lm.banks import load_banks
from training.lm.batches import as_batch
from training.lm.batches import Batch
from training.lm.batches import composer
from training.lm.batches import Conversations
from training.lm.batches import Drawn
from training.lm.batches import Kind
from training.lm.batches import Shares
from training.lm.batches import SHORT_FRAMES
from training.lm.batches import stream
from training.lm.free import answers
from training.lm.free import exchanges
from training.lm.network import accuracies
from training.lm.network import LanguageNetwork
from training.lm.network import Table
from training.loop import compact
from training.loop import run
from training.model_config import model_config
from training.recipe import LM
from training.settings import Home
from training.settings import SEED
from training.settings import seeded
from training.speech.plan import KNOWN
from training.speech.plan import UNSEEN
from training.text.domain import load_domain

RATE, LAST_RATE = 1.5e-3, 3e-5
WARM_STEPS = 200
BEGINNING_SHARE = 0.25
"""Of the schedule in which the model learns nothing but to understand, visitors and prompts: four
times as many questions pass in a second as in conversations."""

BEGINNING = Shares(listening=0.8, prompts=0.2)
LATER = Shares(listening=0.3, prompts=0.05)

MAX_NORM = 1.0
WEIGHT_DECAY = 0.05
JUDGED = 32


class LanguageTrainer:
    """The language model, its optimiser and its conversations."""

    def __init__(
        self, home: Home, device: torch.device, steps: int, batch: int, workers: int
    ) -> None:
        """workers: processes that compose; 0 composes between the steps."""
        torch.manual_seed(SEED)
        self._home, self._device, self._steps = home, device, steps
        self._batch, self._workers = batch, workers
        banks = load_banks(home.banks)
        self._codec_step = banks.codec_step
        self._composers = {
            split: composer(banks, home.vocabulary, split) for split in (KNOWN, UNSEEN)
        }
        self._config = model_config(banks.silence_codes, banks.sine_codes)
        self._tokenizer = sentencepiece.SentencePieceProcessor(model_file=str(home.vocabulary))
        domain = load_domain()
        self.network = LanguageNetwork(len(domain.intents), len(domain.visitor_words))
        self.network.begin_from_codec(torch.from_numpy(banks.vectors))
        self.network.to(device).train()
        self._optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=RATE, betas=(0.9, 0.95), weight_decay=WEIGHT_DECAY
        )
        self._random = torch.Generator(device).manual_seed(SEED)
        self._batches: Iterator[Drawn] | None = None
        self._shares = LATER

    def step(self, index: int) -> Mapping[str, torch.Tensor]:
        """One batch; what is read is blurred, what is predicted is not."""
        shares = BEGINNING if index < BEGINNING_SHARE * self._steps else LATER
        if self._batches is None or shares != self._shares:
            dataset = Conversations(
                self._home, self._batch, index, LM['context'], shares, self._codec_step
            )
            self._batches, self._shares = stream(dataset, self._workers), shares
        drawn = next(self._batches)
        table = self._table(drawn.batch)
        inputs = blurred(table.positions, table.prompts, LM['card'], Blur(), self._random)
        losses = self._losses(drawn.kind, table, inputs)
        for group in self._optimizer.param_groups:
            group['lr'] = rate_at(index, self._steps, RATE, LAST_RATE, WARM_STEPS)
        self._optimizer.zero_grad(set_to_none=True)
        losses['total'].backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), MAX_NORM)
        self._optimizer.step()
        return {name: value.detach() for name, value in losses.items()}

    def _losses(self, kind: Kind, table: Table, inputs: torch.Tensor) -> dict[str, torch.Tensor]:
        if kind is Kind.LISTENING:
            return self.network.listening_losses(table, inputs)
        if kind is Kind.PROMPT:
            return self.network.prompt_losses(table, inputs)
        return self.network.losses(table, inputs, self._random)

    @torch.no_grad()
    def judge(self) -> Mapping[str, float]:
        """Intents and whole replies, for new renderings of known voices and for unseen voices.

        Replies are drawn from torch's generator, always from the same place in it.
        """
        with torch.random.fork_rng():
            torch.manual_seed(SEED)
            return self._judged()

    def _judged(self) -> Mapping[str, float]:
        self.network.eval()
        found, right = {}, {}
        for split, composing in self._composers.items():
            rng = seeded('judge', split)
            begins = self._shares == BEGINNING
            compose = composing.listening if begins else composing.conversation
            talks = [compose(rng, SHORT_FRAMES) for _ in range(JUDGED)]
            found[f'{split} intents'] = self.network.intents_right(self._table(as_batch(talks)))
            if begins:
                continue
            given = answers(
                self.network.lm,
                self._tokenizer,
                self._config.control_ids,
                exchanges(composing, rng, JUDGED),
            )
            right[f'{split} replies'] = sum(one.right for one in given) / len(given)
        self.network.train()
        return {**accuracies(found), **right}

    def state(self) -> dict[str, Any]:
        """All of it."""
        return {
            'network': self.network.state_dict(),
            'optimizer': compact(self._optimizer),
            'random': self._random.get_state(),
            'codec_step': self._codec_step,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on; conversations begin anew, with other random numbers for each first step.

        Raises ValueError where the banks are codes of another codec.
        """
        if state['codec_step'] != self._codec_step:
            raise ValueError('the language model knows codes of another codec: remove lm')
        self.network.load_state_dict(state['network'])
        self._optimizer.load_state_dict(state['optimizer'])
        self._random.set_state(state['random'])

    def _table(self, batch: Batch) -> Table:
        moved = {name: value.to(self._device, non_blocking=True) for name, value in batch.items()}
        return self.network.table(**moved)


def main() -> None:
    """Train until the schedule or the time is over."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_training(parser, steps=10_000, batch=128)
    parser.add_argument('--workers', type=int, default=max(0, (os.cpu_count() or 1) - 4))
    args = parser.parse_args()
    home = Home(args.home)
    trainer = LanguageTrainer(home, device_of(args), args.steps, args.batch, args.workers)
    reached = run(trainer, home.lm, args.steps, args.minutes)
    print(f'lm: step {reached} of {args.steps} in {home.lm}')


if __name__ == '__main__':
    main()
