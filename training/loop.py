# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A training loop that may stop at any time: it saves, goes on, draws curves, keeps a budget."""

from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path
import signal
import time
from typing import Any
from typing import Protocol

import torch
from tqdm import tqdm

from training.curves import Curves

SAVE_MINUTES = 3.0
JUDGE_MINUTES = 5.0
RECORD_STEPS = 25
STATE = 'state.pt'


class Trainer(Protocol):
    """What is trained."""

    def step(self, index: int) -> Mapping[str, torch.Tensor]:
        """Take one step of the schedule; returns losses, still on the device."""

    def judge(self) -> Mapping[str, float]:
        """Measure on what is never trained with."""

    def state(self) -> dict[str, Any]:
        """Return all that going on needs, as torch.load(weights_only=True) can read it."""

    def restore(self, state: dict[str, Any]) -> None:
        """Be where state() was."""


def run(trainer: Trainer, folder: Path, steps: int, minutes: float) -> int:
    """Train up to `steps`, or for `minutes` where that is not 0; returns the step reached.

    Goes on from the folder's state. Ctrl-C and SIGTERM save and end. Nothing is judged before it
    is saved: a judgement takes its time, and whatever ends it must not cost what was learnt.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder.mkdir(parents=True, exist_ok=True)
    curves = Curves(folder)
    index = _restored(trainer, folder / STATE)
    curves.forget_after(index)
    clock = _Clock(minutes)
    with tqdm(total=steps, initial=index, mininterval=2.0) as bar:
        try:
            while index < steps and not clock.over:
                losses = trainer.step(index)
                index += 1
                bar.update()
                if index % RECORD_STEPS == 0:
                    curves.add(index, {name: float(value) for name, value in losses.items()})
                    bar.set_postfix_str(curves.line())
                if clock.save_due or clock.judge_due:
                    _save(trainer, folder / STATE, index)
                    clock.saved()
                if clock.judge_due:
                    _judge(trainer, curves, index, bar)
                    clock.judged()
        except KeyboardInterrupt:
            tqdm.write('interrupted: saving')
        _save(trainer, folder / STATE, index)
        _judge(trainer, curves, index, bar)
    return index


def compact(optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    """Return the optimiser's state with moments in bfloat16: half the size, as good to go on."""
    state = optimizer.state_dict()
    moments = {
        key: {name: _halved(value) for name, value in one.items()}
        for key, one in state['state'].items()
    }
    return {**state, 'state': moments}


def _halved(value: Any) -> Any:
    many = isinstance(value, torch.Tensor) and value.is_floating_point() and value.numel() > 1
    return value.to(torch.bfloat16) if many else value


def _judge(trainer: Trainer, curves: Curves, index: int, bar: tqdm) -> None:
    found = trainer.judge()
    curves.add(index, found)
    curves.draw()
    bar.write(f'{index}: ' + '  '.join(f'{name} {value:.3f}' for name, value in found.items()))


def _restored(trainer: Trainer, path: Path) -> int:
    if not path.exists():
        return 0
    stored = torch.load(path, map_location='cpu', weights_only=True)
    trainer.restore(stored['trainer'])
    _restore_random(stored.get('random', {}))  # states of before November 22 have none
    return stored['step']


def _random() -> dict[str, torch.Tensor]:
    """Return where torch's own generators are: moshi draws new entries of codebooks from them."""
    found = {'cpu': torch.get_rng_state()}
    if torch.cuda.is_available():
        found['cuda'] = torch.cuda.get_rng_state()
    return found


def _restore_random(found: dict[str, torch.Tensor]) -> None:
    if 'cpu' in found:
        torch.set_rng_state(found['cpu'])
    if 'cuda' in found and torch.cuda.is_available():
        torch.cuda.set_rng_state(found['cuda'])


def _save(trainer: Trainer, path: Path, index: int) -> None:
    """The old state stays until the new one is whole; signals wait for that too."""
    with _signals_waiting():
        partial = path.with_suffix('.partial')
        stored = {'step': index, 'trainer': trainer.state(), 'random': _random()}
        torch.save(stored, partial)
        partial.replace(path)


@contextmanager
def _signals_waiting() -> Iterator[None]:
    """Hold Ctrl-C and SIGTERM back until the end; a mask would leave them to other threads."""
    waiting: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _: waiting.append(number))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    for number in waiting:
        signal.raise_signal(number)


class _Clock:
    """When to save, to judge, to end; the first judgement comes when there is something."""

    def __init__(self, minutes: float) -> None:
        now = time.monotonic()
        self._end = now + 60 * minutes if minutes else float('inf')
        self._saved = self._judged = now

    @property
    def over(self) -> bool:
        return time.monotonic() >= self._end

    @property
    def save_due(self) -> bool:
        return time.monotonic() - self._saved >= 60 * SAVE_MINUTES

    @property
    def judge_due(self) -> bool:
        return time.monotonic() - self._judged >= 60 * JUDGE_MINUTES

    def saved(self) -> None:
        self._saved = time.monotonic()

    def judged(self) -> None:
        self._judged = time.monotonic()
