# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Sentences written by hand, to be hard: what they lead to, word by word of config/tools.yaml."""

from collections.abc import Iterator
from pathlib import Path
import re

import pytest
from robot_hands import example
from robot_hands import Robot

from personaplex_ros.tools.steps import Step

SENTENCES = Path(__file__).parent / 'hard_sentences.txt'
SPEAKER = re.compile(r'(agent|anna|ben): ')
NOTHING = '-'
CATALOGUE = example()


def hard_sentences() -> Iterator[tuple[str, str]]:
    """Yield (outcomes that are right, what is said)."""
    for line in SENTENCES.read_text(encoding='utf-8').splitlines():
        if line and not line.startswith(('#', '==')):
            expected, _, said = line.partition(' | ')
            yield expected, said


class Outcome:
    """What a conversation led to, in the words of the list."""

    def __init__(self) -> None:
        self._robot = Robot(CATALOGUE)
        self._asked: list[str] = []
        self._open: dict[str, str] = {}

    def hear(self, said: str) -> None:
        """Let an utterance be said; the conversation is silent for a while after it."""
        speaker = SPEAKER.match(said)
        who, text = (speaker[1], said[speaker.end() :]) if speaker else ('', said)
        steps = self._robot.agent(text) if who == 'agent' else self._robot.user(text, who)
        self._note([*steps, *self._robot.wait(2.0)])

    def _note(self, steps: list[Step]) -> None:
        for step in steps:
            values = (str(value) for value in step.arguments.values())
            name = ' '.join((step.tool, *values))
            if step.stage.name == 'CONFIRMING':
                self._asked.append(step.call_id)
                self._open[step.call_id] = f'{name}?'
            if step.stage.name == 'SENT':
                self._open[step.call_id] = name

    def __str__(self) -> str:
        estop = ['estop'] if self._robot.intent.estop_pressed_by else []
        return ' + '.join([*self._open.values(), *estop]) or NOTHING


@pytest.mark.parametrize(('expected', 'said'), list(hard_sentences()))
def test_hard_sentences_lead_to_what_they_mean_and_to_nothing_else(expected, said):
    outcome = Outcome()
    for utterance in said.split(' / '):
        outcome.hear(utterance)
    assert str(outcome) in expected.split(' or ')
