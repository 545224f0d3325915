# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The echo bench measures what it says it measures."""

import numpy as np
import pytest

pytest.importorskip('pywebrtc_audio')
pytest.importorskip('webrtcvad')

from bench import echo_measures as measure
from bench.echo_scene import Take

RATE_HZ = 24_000
BLOCKS = 400


def noise(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(BLOCKS * 240) * 1000.0


def take(near: np.ndarray, output: np.ndarray) -> Take:
    echo = np.zeros(len(near), np.float32)
    return Take(RATE_HZ, echo, near, near.astype(np.int16), output.astype(np.int16), [], 0.0)


EVERYWHERE = np.ones(BLOCKS, bool)


@pytest.mark.parametrize('loss_db', [0.0, 6.0, 12.0])
def test_a_quieter_visitor_is_a_loss_and_echo_left_over_is_no_gain(loss_db):
    visitor = noise(1)
    left = visitor * 10 ** (-loss_db / 20) + noise(2) * 0.1
    assert measure.near_loss_db(take(visitor, left), EVERYWHERE) == pytest.approx(loss_db, abs=0.5)


def test_erle_is_the_level_of_the_microphone_over_the_output():
    microphone = noise(3)
    robot = EVERYWHERE.copy()
    assert measure.erle_db(take(microphone, microphone / 10), robot) == pytest.approx(20, abs=0.5)


def test_phases_keep_away_from_the_others_speech():
    echo = np.zeros(BLOCKS * 240, np.float32)
    echo[: 200 * 240] = noise(4)[: 200 * 240]
    near = np.zeros_like(echo, float)
    near[150 * 240 : 300 * 240] = noise(5)[150 * 240 : 300 * 240]
    silent = np.zeros(len(near), np.int16)
    of = measure.phases(Take(RATE_HZ, echo, near, silent, silent, [], 0.0))
    assert of.robot[:140].all()
    assert not of.robot[150:].any()
    assert of.both[150:200].all()
    assert not of.visitor[:250].any()
    assert of.visitor[270:300].all()
