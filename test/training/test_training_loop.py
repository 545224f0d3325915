# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A training that ends, however it does, has saved what was learnt."""

from collections.abc import Mapping
from pathlib import Path
import signal
from typing import Any

import pytest
import torch

from training import loop
from training.loop import run
from training.loop import STATE


class Counting:
    """A trainer that counts its steps; a call of step or judge may do something else first."""

    def __init__(self, **first) -> None:
        self.learnt, self._first = 0, first

    def step(self, index: int) -> Mapping[str, torch.Tensor]:
        self._first.get('step', int)()
        self.learnt += 1
        return {'loss': torch.zeros(())}

    def judge(self) -> Mapping[str, float]:
        self._first.get('judge', int)()
        return {'judged': 1.0}

    def state(self) -> dict[str, Any]:
        self._first.get('state', int)()
        return {'learnt': self.learnt}

    def restore(self, state: dict[str, Any]) -> None:
        self.learnt = state['learnt']


@pytest.fixture(autouse=True)
def handlers():
    """Ctrl-C as in a terminal: a background job ignores it. Afterwards signals as they were."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def saved(folder: Path) -> int:
    state = torch.load(folder / STATE, weights_only=True)
    assert state['step'] == state['trainer']['learnt']
    return state['step']


def broken() -> None:
    raise RuntimeError('no such clip')


def signalled(number: int, at: int = 1):
    """Return a call that sends this process a signal when it is made for the nth time."""
    calls = []

    def call() -> None:
        calls.append(number)
        if len(calls) == at:
            signal.raise_signal(number)

    return call


def test_a_judgement_that_fails_costs_nothing_that_was_learnt(tmp_path):
    with pytest.raises(RuntimeError, match='no such clip'):
        run(Counting(judge=broken), tmp_path, steps=5, minutes=0)
    assert saved(tmp_path) == 5


def test_neither_does_one_in_between(tmp_path, monkeypatch):
    monkeypatch.setattr(loop, 'JUDGE_MINUTES', 0.0)
    with pytest.raises(RuntimeError, match='no such clip'):
        run(Counting(judge=broken), tmp_path, steps=5, minutes=0)
    assert saved(tmp_path) == 1


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_training_where_it_is(tmp_path, number):
    assert run(Counting(step=signalled(number, at=4)), tmp_path, steps=9, minutes=0) == 3
    assert saved(tmp_path) == 3


def test_a_second_signal_ends_the_judgement_and_costs_nothing(tmp_path):
    trainer = Counting(step=signalled(signal.SIGTERM, at=4), judge=signalled(signal.SIGTERM))
    with pytest.raises(KeyboardInterrupt):
        run(trainer, tmp_path, steps=9, minutes=0)
    assert saved(tmp_path) == 3


def test_a_signal_while_it_saves_waits_until_all_is_saved(tmp_path):
    trainer = Counting(step=signalled(signal.SIGINT, at=4), state=signalled(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        run(trainer, tmp_path, steps=9, minutes=0)
    assert saved(tmp_path) == 3
    assert run(Counting(), tmp_path, steps=9, minutes=0) == 9


class Dicing(Counting):
    """A trainer that learns what torch's own generator gives."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)

    def step(self, index: int) -> Mapping[str, torch.Tensor]:
        self.learnt = 2 * self.learnt + int(torch.randint(2, ()))
        return {}


def test_what_is_drawn_goes_on_from_where_it_was(tmp_path):
    straight = Dicing()
    run(straight, tmp_path / 'straight', steps=40, minutes=0)
    for steps in (20, 40):
        parts = Dicing()
        run(parts, tmp_path / 'parts', steps, minutes=0)
    assert parts.learnt == straight.learnt


def test_a_state_without_random_numbers_is_gone_on_from(tmp_path):
    torch.save({'step': 3, 'trainer': {'learnt': 3}}, tmp_path / STATE)
    assert run(Counting(), tmp_path, steps=5, minutes=0) == saved(tmp_path) == 5
