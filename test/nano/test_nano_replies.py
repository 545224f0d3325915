# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""nano understands what it is asked, and says answers that can be understood."""

import pytest
from reached import hold

from training.evaluation.replies import begun_figure
from training.evaluation.replies import manner_figures
from training.evaluation.replies import name_figure
from training.evaluation.replies import recognised_figure
from training.evaluation.replies import right_figure
from training.speech.plan import KNOWN
from training.speech.plan import UNSEEN

QUESTIONS = {KNOWN: 12, UNSEEN: 9}
"""Three of the twelve unseen ones are of voices too like trained ones (speech/voices.py)."""

VISITS = sum(QUESTIONS.values())


@pytest.mark.parametrize('split', [KNOWN, UNSEEN])
def test_it_understands_what_it_is_asked(visits, split):
    hold(begun_figure(visits[split], split), at_least_of=QUESTIONS[split])


@pytest.mark.parametrize('split', [KNOWN, UNSEEN])
def test_its_answers_are_right_word_for_word(visits, split):
    hold(right_figure(visits[split], split), at_least_of=QUESTIONS[split])


def test_a_recogniser_hears_what_it_says(all_visits, domain):
    pytest.importorskip('pocketsphinx', reason='no wheel for this Python (requirements/ear.txt)')
    hold(recognised_figure(all_visits, domain, 'all'), at_least_of=VISITS // 3)


@pytest.mark.parametrize('name', ['name as prompted', 'style as prompted', 'voice as prompted'])
def test_the_prompt_decides_who_it_is(all_visits, domain, name):
    found = [name_figure(all_visits, domain, 'all'), *manner_figures(all_visits, domain, 'all')]
    figures = {figure.name: figure for figure in found}
    hold(figures[f'{name}, all voices'], at_least_of=2)
