# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""nano stops for who interrupts it, goes on when others talk, and is silent where nobody is."""

from reached import hold

from training.evaluation.behaviour import babble
from training.evaluation.behaviour import interruption
from training.evaluation.behaviour import quiet

INTERRUPTIONS, BABBLES = 12, 4
MINUTES = 0.3


def test_it_stops_when_it_is_interrupted(model, corpus, domain):
    hold(interruption(model, corpus, domain, INTERRUPTIONS), at_least_of=INTERRUPTIONS // 2)


def test_it_goes_on_when_others_talk_behind_it(model, corpus, domain):
    for figure in babble(model, corpus, domain, BABBLES):
        hold(figure, at_least_of=BABBLES // 2)


def test_it_says_nothing_to_silence_and_noise(model, domain):
    figure = quiet(model, domain, MINUTES)
    assert figure.value == 0, f'{figure.value} {figure.name}; meant for 0 in 10 minutes'
