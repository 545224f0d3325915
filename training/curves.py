# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a training run measured, as lines of JSON and as a picture."""

from collections.abc import Mapping
import json
from pathlib import Path

import matplotlib

matplotlib.use('Agg')

import matplotlib.pyplot as plt

HISTORY, PICTURE = 'history.jsonl', 'curves.png'
COLUMNS = 3


class Curves:
    """The history of one folder."""

    def __init__(self, folder: Path) -> None:
        """Take up what is there."""
        self._folder = folder
        path = folder / HISTORY
        lines = path.read_text(encoding='utf-8').splitlines() if path.exists() else []
        self._rows: list[dict[str, float]] = [json.loads(line) for line in lines]

    def forget_after(self, step: int) -> None:
        """Drop what was measured after the state that is gone on from."""
        self._rows = [row for row in self._rows if row['step'] <= step]
        text = ''.join(json.dumps(row) + '\n' for row in self._rows)
        (self._folder / HISTORY).write_text(text, encoding='utf-8')

    def add(self, step: int, values: Mapping[str, float]) -> None:
        """Note values at a step."""
        row = {'step': step, **{name: round(value, 5) for name, value in values.items()}}
        self._rows.append(row)
        with (self._folder / HISTORY).open('a', encoding='utf-8') as file:
            file.write(json.dumps(row) + '\n')

    def line(self) -> str:
        """Return the latest values for a progress bar."""
        return ' '.join(f'{k} {v:.3g}' for k, v in self._rows[-1].items() if k != 'step')

    def draw(self) -> None:
        """Write curves.png: one small picture a value."""
        names = sorted({name for row in self._rows for name in row} - {'step'})
        if not names:
            return
        rows = -(-len(names) // COLUMNS)
        figure, axes = plt.subplots(
            rows, COLUMNS, figsize=(5 * COLUMNS, 2.6 * rows), layout='constrained', squeeze=False
        )
        for axis, name in zip(axes.flat, names, strict=False):
            known = [(row['step'], row[name]) for row in self._rows if name in row]
            axis.plot(*zip(*known, strict=True), linewidth=1)
            axis.set_title(name, fontsize=9)
            axis.grid(alpha=0.3)
        for axis in list(axes.flat)[len(names) :]:
            axis.set_axis_off()
        figure.savefig(self._folder / PICTURE, dpi=80)
        plt.close(figure)
