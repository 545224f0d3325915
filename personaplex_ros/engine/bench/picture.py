# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A result as a picture: every frame against the 80 ms it has, and where the time goes."""

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use('Agg')

from matplotlib.axes import Axes
import matplotlib.pyplot as plt

from personaplex_ros.audio.format import FRAME_MS

LOOPS = {'engine': '#33658a', 'upstream': '#c8553d'}
STAGES = {
    'encode': '#2f4858',
    'temporal': '#33658a',
    'text': '#86bbd8',
    'depth': '#c8553d',
    'decode': '#f6ae2d',
}


def draw(result: dict[str, Any], path: Path) -> None:
    """Write the picture as PNG."""
    figure, (frames, stages) = plt.subplots(
        1, 2, figsize=(13, 5), width_ratios=(2, 1), layout='constrained'
    )
    _frames(frames, result['loops'])
    _stages(stages, result['loops'])
    figure.suptitle(_title(result), fontsize=10)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _frames(axes: Axes, loops: dict[str, Any]) -> None:
    for name, loop in loops.items():
        p50, p99 = (loop['back_to_back_ms'][one] for one in ('p50', 'p99'))
        thread = loop['thread_cpu_ms']['p50']
        label = f'{name}: p50 {p50:.1f} ms (this thread {thread:.1f}), p99 {p99:.1f} ms'
        axes.plot(loop['frame_ms'], '.', markersize=3, color=LOOPS[name], label=label)
        axes.axhline(p50, color=LOOPS[name], linewidth=1)
    axes.axhline(FRAME_MS, color='black', linewidth=1, linestyle='--')
    axes.annotate('80 ms', (0, FRAME_MS), xytext=(2, 3), textcoords='offset points')
    axes.set_ylim(0, None)
    axes.set_xlabel('frame, back to back')
    axes.set_ylabel('milliseconds')
    axes.legend(loc='upper right')


def _stages(axes: Axes, loops: dict[str, Any]) -> None:
    bottom = [0.0] * len(loops)
    for stage, colour in STAGES.items():
        heights = [loop['stages_ms'][stage]['p50'] for loop in loops.values()]
        axes.bar(list(loops), heights, 0.6, bottom, color=colour, label=stage)
        bottom = [low + height for low, height in zip(bottom, heights, strict=True)]
    axes.set_ylabel('milliseconds, p50 of each stage')
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], labels[::-1], loc='upper right')
    axes.set_xlim(-0.6, len(loops) + 0.3)


def _title(result: dict[str, Any]) -> str:
    conditions, model = result['conditions'], result['model']
    gpu = conditions['gpu']
    where = gpu['name'] if gpu else f'{conditions["machine"]["cpu"]}, CPU'
    return (
        f'{model["name"]}, {model["dtype"]}, {where}, {conditions["threads"]} thread(s), '
        f'torch {conditions["torch"]}, load {conditions["machine"]["load"]:.1f}, '
        f'{conditions["date"][:10]}, {conditions["git"]}'
    )
