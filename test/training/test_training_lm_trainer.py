# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The language model learns from each batch what is in it, and goes on from where it was."""

import pytest
import torch
from torch.nn.utils import parameters_to_vector

from training.lm import train
from training.lm.banks import load_banks
from training.lm.batches import as_batch
from training.lm.batches import composer
from training.lm.batches import Conversations
from training.lm.batches import Drawn
from training.lm.batches import Kind
from training.lm.batches import Shares
from training.lm.batches import SHORT_FRAMES
from training.lm.train import LanguageTrainer
from training.loop import run
from training.settings import Home
from training.settings import seeded
from training.speech.plan import TRAIN

CPU = torch.device('cpu')


def trainer_of(home: Home) -> LanguageTrainer:
    return LanguageTrainer(home, CPU, steps=8, batch=2, workers=0)


@pytest.fixture
def trained(banked_home, tmp_path, monkeypatch):
    """Train in a folder up to a step; returns the weights, which nobody judges."""
    monkeypatch.setattr(train, 'WARM_STEPS', 1)
    monkeypatch.setattr(LanguageTrainer, 'judge', lambda trainer: {})

    def weights(folder: str, upto: int) -> torch.Tensor:
        trainer = trainer_of(banked_home)
        assert run(trainer, tmp_path / folder, upto, minutes=0) == upto
        return parameters_to_vector(trainer.network.parameters()).detach()

    return weights


def test_training_goes_on_from_where_it_was(trained):
    # conversations begin anew where listening ends: what is broken off there misses none
    broken_off, parts = trained('parts', 2), trained('parts', 4)
    straight = trained('straight', 4)
    way = float((straight - broken_off).norm())
    assert way > 0
    assert float((straight - parts).norm()) < 0.2 * way  # moments are kept in bfloat16


def test_a_judgement_draws_nothing_of_the_training(banked_home):
    trainer = trainer_of(banked_home)
    before = torch.get_rng_state()
    assert trainer.judge()
    assert torch.equal(torch.get_rng_state(), before)


LEARNT = {
    Kind.LISTENING: {'total', 'intent', 'word'},
    Kind.PROMPT: {'total', 'persona'},
    Kind.TALK: {'total', 'text', 'audio', 'intent', 'word', 'persona'},
}


@pytest.mark.parametrize(
    ('kind', 'listening', 'prompts'),
    [(Kind.LISTENING, 1.0, 0.0), (Kind.PROMPT, 0.0, 1.0), (Kind.TALK, 0.0, 0.0)],
)
def test_a_batch_says_of_what_kind_it_is(banked_home, kind, listening, prompts):
    step = load_banks(banked_home.banks).codec_step
    shares = Shares(listening, prompts)
    assert next(iter(Conversations(banked_home, 1, 0, 300, shares, step))).kind is kind


def test_a_batch_is_learnt_from_as_what_it_was_drawn_for_however_long_it_is(banked_home):
    made = composer(load_banks(banked_home.banks), banked_home.vocabulary, TRAIN)
    rng, trainer = seeded('kinds'), trainer_of(banked_home)
    drawn = [
        Drawn(Kind.PROMPT, as_batch([made.prompted(rng, SHORT_FRAMES)])),
        Drawn(Kind.TALK, as_batch([made.conversation(rng, SHORT_FRAMES - 40)])),
        Drawn(Kind.LISTENING, as_batch([made.listening(rng, SHORT_FRAMES)])),
    ]
    trainer._batches = iter(drawn)
    for one in drawn:
        assert trainer.step(7).keys() == LEARNT[one.kind]
