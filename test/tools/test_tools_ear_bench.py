# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What `make bench-ear` plays to the ear, without the ear."""

import numpy as np
import pytest
from robot_hands import example
from robot_hands import Robot

from bench import ear_sounds as sounds
from bench.ear_speech import LEVEL_DBFS
from bench.ear_speech import MATERIAL

WITHOUT = 200
SOUND = (np.random.default_rng(0).normal(0, 3_000, 16_000)).astype(np.int16)


@pytest.mark.parametrize('name', MATERIAL)
def test_each_set_has_thirty_commands_that_mean_something_to_the_robot(name):
    assert len(set(MATERIAL[name].commands)) == 30
    for text in MATERIAL[name].commands:
        robot = Robot(example())
        steps = robot.user(f'robot {text}')
        is_cancel = text in ('stop it', 'forget it', 'cancel that', 'never mind')
        assert steps or is_cancel or robot.intent.estop_pressed_by, text


@pytest.mark.parametrize('name', MATERIAL)
def test_talk_is_the_same_every_time_and_never_calls_the_robot(name):
    talk = MATERIAL[name].without_wake_word(WITHOUT)
    assert talk == MATERIAL[name].without_wake_word(WITHOUT)
    assert len(set(talk)) == WITHOUT
    assert not any('robot' in sentence.lower() for sentence in talk)


def test_the_ear_is_judged_by_other_sentences_and_voices_than_it_was_tuned_on():
    tuning, report = MATERIAL['tuning'], MATERIAL['report']
    assert not set(tuning.commands) & set(report.commands)
    spoken = (set(m.without_wake_word(WITHOUT)) for m in (tuning, report))
    assert not set.intersection(*spoken)
    assert not set(tuning.voices.values()) & set(report.voices.values())


def test_voices_are_brought_to_the_same_level():
    for gain in (0.1, 1.0, 3.0):
        level = sounds.level_dbfs(sounds.at_level((SOUND * gain).astype(np.int16), LEVEL_DBFS))
        assert level == pytest.approx(LEVEL_DBFS, abs=0.2)


def test_noise_has_the_level_that_is_asked_for():
    noise = sounds.white_noise(-40.0, seed=1)(np.zeros(16_000, np.int16)).astype(float)
    assert 20 * np.log10(noise.std() / 32_768) == pytest.approx(-40.0, abs=0.2)


@pytest.mark.parametrize(
    'make',
    [
        lambda: sounds.white_noise(-40.0, 1),
        lambda: sounds.dither(1),
        lambda: sounds.babble([SOUND, SOUND[:9_000]], -40.0, 1),
        lambda: sounds.room(0.4, -60.0, 1),
        lambda: sounds.quieter(10.0),
    ],
)
def test_surroundings_are_the_same_every_time(make):
    heard = make()(SOUND)
    assert heard.dtype == np.int16 and len(heard) >= len(SOUND)
    assert np.array_equal(heard, make()(SOUND))
