# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Batches of conversations, composed in processes of their own while the model learns."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
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


class Kind(Enum):
    """What a batch is of, and so what can be learnt from it."""

    LISTENING = 'listening'
    """Visitors talk and are not answered; there is no prompt."""

    PROMPT = 'prompt'
    """A prompt and next to nothing behind it."""

    TALK = 'talk'
    """A conversation behind a prompt."""


@dataclass(frozen=True)
class Drawn:
    """A batch and its kind."""

    kind: Kind
    batch: Batch


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
        self,
        home: Home,
        size: int,
        first_step: int,
        long_frames: int,
        shares: Shares,
        codec_step: int,
    ) -> None:
        """size: short conversations in a batch; a long batch has as many positions.

        shares: of the kinds of batches. codec_step: of the codec whose codes are learnt.
        """
        self._home, self._size, self._first_step = home, size, first_step
        self._long_frames, self._shares, self._codec_step = long_frames, shares, codec_step

    def __iter__(self) -> Iterator[Drawn]:
        """Yield batches of this worker.

        Raises ValueError where the banks have become codes of another codec meanwhile.
        """
        worker = get_worker_info()
        rng = seeded('conversations', self._first_step, worker.id if worker else 0)
        while True:
            composing = composer(self._banks(), self._home.vocabulary, TRAIN)
            for _ in range(BATCHES_A_LOAD):
                yield self._drawn(rng, composing)

    def _banks(self) -> Banks:
        banks = load_banks(self._home.banks)
        if banks.codec_step != self._codec_step:
            raise ValueError(
                f'{self._home.banks} holds codes of step {banks.codec_step} of the codec, the '
                f'language model learns those of {self._codec_step}: remove lm and begin anew'
            )
        return banks

    def _drawn(self, rng: np.random.Generator, composing: Composer) -> Drawn:
        dice = rng.random()
        if dice < self._shares.listening:
            heard = [composing.listening(rng, SHORT_FRAMES) for _ in range(self._size)]
            return Drawn(Kind.LISTENING, as_batch(heard))
        if dice < self._shares.listening + self._shares.prompts:
            count = PROMPTS_FOR_ONE * self._size
            told = [composing.prompted(rng, SHORT_FRAMES) for _ in range(count)]
            return Drawn(Kind.PROMPT, shortest(as_batch(told)))
        long = rng.random() < LONG_SHARE
        length = self._long_frames if long else SHORT_FRAMES
        count = max(1, self._size * SHORT_FRAMES // length)
        talks = [composing.conversation(rng, length) for _ in range(count)]
        return Drawn(Kind.TALK, as_batch(talks))


def stream(dataset: Conversations, workers: int) -> Iterator[Drawn]:
    """Return the batches, composed ahead where there are workers."""
    return iter(DataLoader(dataset, batch_size=None, num_workers=workers))
