# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A training loop that may stop at any time: it saves, goes on, draws curves, keeps a budget."""

from collections.abc import Mapping
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

    Goes on from the folder's state. Ctrl-C and SIGTERM save and end.
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
                if clock.judge_due:
                    _judge(trainer, curves, index, bar)
                    clock.judged()
                if clock.save_due:
                    _save(trainer, folder / STATE, index)
                    clock.saved()
        except KeyboardInterrupt:
            tqdm.write('interrupted: saving')
        _judge(trainer, curves, index, bar)
        _save(trainer, folder / STATE, index)
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
    return stored['step']


def _save(trainer: Trainer, path: Path, index: int) -> None:
    """The old state stays until the new one is whole."""
    partial = path.with_suffix('.partial')
    torch.save({'step': index, 'trainer': trainer.state()}, partial)
    partial.replace(path)


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
