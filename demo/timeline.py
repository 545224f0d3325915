# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The demo as a picture: who was heard when, which words, and what was asked of the robot."""

from pathlib import Path

import matplotlib

matplotlib.use('Agg')

from matplotlib.axes import Axes
import matplotlib.pyplot as plt
import numpy as np

from demo.report import Recording
from personaplex_ros.audio.format import SAMPLE_RATE_HZ

HEARD, SPOKEN, INTERRUPT, PERSONA, WORDS = '#33658a', '#c8553d', '#8b1e3f', '#2d6a4f', '#444444'
TOOLS = {'REFUSED': '#8b1e3f', 'FAILED': '#8b1e3f', 'CANCELLED': '#8b1e3f', 'SENT': '#2d6a4f'}
COLUMNS = 1_600
MAX_WORD_LABELS = 60
WORD_ROWS = 4
TOOL_ROWS = 5


def draw(recording: Recording, path: Path) -> None:
    """Write timeline.png."""
    figure, (heard, spoken, words, tools) = plt.subplots(
        4, 1, figsize=(14, 7), sharex=True, height_ratios=(2, 2, 1, 1), layout='constrained'
    )
    _envelope(heard, recording.tape[:, 0], HEARD, 'the robot hears')
    _write_heard(heard, recording)
    _envelope(spoken, recording.tape[:, 1], SPOKEN, 'the robot says')
    _write_words(words, recording)
    _write_tools(tools, recording)
    _mark_requests((heard, spoken, words, tools), recording)
    tools.set_xlabel('seconds')
    tools.set_xlim(0, max(1, len(recording.tape)) / SAMPLE_RATE_HZ)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _envelope(axes: Axes, samples: np.ndarray, colour: str, title: str) -> None:
    """Draw smallest and largest sample of every column."""
    step = max(1, len(samples) // COLUMNS)
    blocks = samples[: len(samples) // step * step].reshape(-1, step) / 32768
    seconds = np.arange(len(blocks)) * step / SAMPLE_RATE_HZ
    axes.fill_between(seconds, blocks.min(axis=1), blocks.max(axis=1), color=colour, linewidth=0)
    axes.set_ylim(-1, 1)
    axes.set_yticks([])
    axes.set_ylabel(title)


def _write_heard(axes: Axes, recording: Recording) -> None:
    """Write what the visitor said, where something told it; it ends there."""
    for number, event in enumerate(recording.of('heard')):
        height = 0.85 - 0.2 * (number % 2)
        axes.text(event['t_s'], height, event['text'], fontsize=8, color=WORDS, ha='right')


def _write_words(axes: Axes, recording: Recording) -> None:
    """Write every word where it was spoken; of too many, every n-th."""
    words = _words(recording)
    stride = 1 + len(words) // MAX_WORD_LABELS
    for number, (t_s, word) in enumerate(words[::stride]):
        height = 0.06 + 0.24 * (number % WORD_ROWS)
        axes.text(t_s, height, word, fontsize=8, color=WORDS)
    axes.set_ylim(0, 1)
    axes.set_yticks([])
    axes.set_ylabel('text' if stride == 1 else f'text (1 in {stride})')


def _words(recording: Recording) -> list[tuple[float, str]]:
    """Return the words and their times; the pieces of one belong together."""
    words: list[tuple[float, str]] = []
    for token in recording.of('token'):
        if token['piece'].startswith(' ') or not words:
            words.append((token['t_s'], token['piece'].strip()))
        elif token['piece']:
            t_s, begun = words[-1]
            words[-1] = (t_s, begun + token['piece'])
    return words


def _write_tools(axes: Axes, recording: Recording) -> None:
    """Write every step of a call but its feedback."""
    steps = [event for event in recording.of('tool') if event['stage'] != 'FEEDBACK']
    for number, step in enumerate(steps):
        height = 0.04 + 0.19 * (number % TOOL_ROWS)
        text = f'{step["tool"]} {step["stage"].lower()}'
        colour = TOOLS.get(step['stage'], WORDS)
        axes.plot([step['t_s']], [height], marker='.', color=colour)
        axes.text(step['t_s'] + 0.05, height, text, fontsize=7, color=colour)
    axes.set_ylim(0, 1)
    axes.set_yticks([])
    axes.set_ylabel('tools')


def _mark_requests(lanes: tuple[Axes, ...], recording: Recording) -> None:
    """Draw where players were told to drop what they held: the interrupt, the new persona."""
    labels = [('interrupt', INTERRUPT), (f'persona {recording.visit.get("persona")}', PERSONA)]
    for event, (label, colour) in zip(recording.of('epoch'), labels, strict=False):
        for axes in lanes:
            axes.axvline(event['t_s'], color=colour, linewidth=1.5)
        lanes[0].text(event['t_s'], 1.04, label, color=colour, fontsize=10)
