# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""nano answers somebody who lets the button go with the last word: no sound comes after it."""

import json
from pathlib import Path
import time

from graph import wait_until
import numpy as np
import pytest
from robot import sums_up

pytest.importorskip('torch', reason='the engine is not installed here')

pytestmark = pytest.mark.graph

SPEECH = Path(__file__).parents[1] / 'nano' / 'speech'
CHUNK = 480
CHUNK_S = 0.02


def recording(text: str) -> np.ndarray:
    """Return what a visitor says, int16 at 24 kHz."""
    clips = map(json.loads, (SPEECH / 'clips.jsonl').read_text().splitlines())
    clip = next(clip for clip in clips if clip['text'] == text)
    samples = np.fromfile(SPEECH / 'samples.s16', np.int16)
    return samples[clip['start'] : clip['start'] + clip['samples']]


@pytest.fixture
def robot(graph):
    """Give a robot whose engine is nano."""
    from real_engine import RealEngine
    from robot import Robot

    from personaplex_ros.model.nano import nano_directory

    with RealEngine(nano_directory()) as engine:
        yield Robot(graph, engine.url).bring_up()


def test_a_question_by_push_to_talk_is_answered_and_heard_out(robot, silence_stands_in):
    said = recording('what is your name')
    due_s = time.monotonic()
    for start in range(0, len(said) - CHUNK, CHUNK):
        robot.hear(said[start : start + CHUNK])
        due_s += CHUNK_S
        time.sleep(max(0.0, due_s - time.monotonic()))
    answer = robot.transcript.wait(lambda t: t.is_final, 'the answer')
    assert answer.text.lower().startswith('my name is'), answer.text
    wait_until(lambda: robot.speaking.last.data is False, 'the end of its sound')
    metrics = robot.metrics.wait(lambda m: m.frames_filled > 0, 'metrics')
    assert sums_up(metrics)
    assert metrics.frames_in == len(said) // 1920
