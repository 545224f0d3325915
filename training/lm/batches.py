# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Batches of conversations, composed in processes of their own while the model learns."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sentencepiece
import torch
from torch.utils.data import DataLoader
from torch.utils.data import get_worker_info
from torch.utils.data import IterableDataset

from training.lm.banks import Banks
from training.lm.banks import load_banks
from training.lm.compose import Composer
from training.lm.dialogue import Dialogue
from training.model_config import model_config
from training.settings import Home
from training.settings import seeded
from training.speech.plan import TRAIN

LONG_SHARE = 0.1
"""Of the batches whose conversations fill the window; the others are SHORT_FRAMES long."""

SHORT_FRAMES = 240
BATCHES_A_LOAD = 200
"""The banks are read again from time to time: they may have grown."""

PROMPTS_FOR_ONE = 3
"""Prompts alone in a batch for each conversation in one: they are shorter."""

FRAMES_AFTER_PROMPT = 8

Batch = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Shares:
    """Of the batches; the rest are conversations."""

    listening: float
    """In which visitors talk and are not answered."""

    prompts: float
    """Which end soon after the prompt."""


def composer(banks: Banks, vocabulary: Path, split: str) -> Composer:
    """Return a composer of a split."""
    tokenizer = sentencepiece.SentencePieceProcessor(model_file=str(vocabulary))
    return Composer(model_config(banks.silence_codes, banks.sine_codes), banks, tokenizer, split)


def as_batch(dialogues: list[Dialogue]) -> Batch:
    """Stack conversations of one length."""
    return {
        'frames': torch.from_numpy(np.stack([one.frames for one in dialogues])).long(),
        'prompts': torch.tensor([one.prompt for one in dialogues]),
        'intents': torch.from_numpy(np.stack([one.intents for one in dialogues])).long(),
        'words': torch.from_numpy(np.stack([one.words for one in dialogues])).long(),
        'persona': torch.from_numpy(np.stack([one.persona for one in dialogues])).long(),
        'speaking': torch.from_numpy(np.stack([one.speaking for one in dialogues])),
    }


def shortest(batch: Batch) -> Batch:
    """Cut a batch soon after its longest prompt."""
    length = int(batch['prompts'].max()) + FRAMES_AFTER_PROMPT
    timed = {'frames', 'intents', 'words', 'speaking'}
    return {name: v[..., :length] if name in timed else v for name, v in batch.items()}


class Conversations(IterableDataset):
    """An endless run of batches that depends on the seed, the first step and the worker alone."""

    def __init__(
        self, home: Home, size: int, first_step: int, long_frames: int, shares: Shares
    ) -> None:
        """size: short conversations in a batch; a long batch has as many positions.

        shares: of the kinds of batches.
        """
        self._home, self._size, self._first_step = home, size, first_step
        self._long_frames, self._shares = long_frames, shares

    def __iter__(self) -> Iterator[Batch]:
        """Yield batches of this worker."""
        worker = get_worker_info()
        rng = seeded('conversations', self._first_step, worker.id if worker else 0)
        while True:
            composing = composer(load_banks(self._home.banks), self._home.vocabulary, TRAIN)
            for _ in range(BATCHES_A_LOAD):
                yield self._batch(rng, composing)

    def _batch(self, rng: np.random.Generator, composing: Composer) -> Batch:
        dice = rng.random()
        if dice < self._shares.listening:
            return as_batch([composing.listening(rng, SHORT_FRAMES) for _ in range(self._size)])
        if dice < self._shares.listening + self._shares.prompts:
            count = PROMPTS_FOR_ONE * self._size
            return shortest(
                as_batch([composing.prompted(rng, SHORT_FRAMES) for _ in range(count)])
            )
        long = rng.random() < LONG_SHARE
        length = self._long_frames if long else SHORT_FRAMES
        count = max(1, self._size * SHORT_FRAMES // length)
        return as_batch([composing.conversation(rng, length) for _ in range(count)])


def stream(dataset: Conversations, workers: int) -> Iterator[Batch]:
    """Return the batches, composed ahead where there are workers."""
    return iter(DataLoader(dataset, batch_size=None, num_workers=workers))
