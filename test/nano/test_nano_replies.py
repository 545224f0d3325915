# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""nano understands what it is asked, and answers as the persona that it was given."""

import pytest
from reached import hold

from training.evaluation.replies import persona_figures
from training.evaluation.replies import recognised_figure
from training.evaluation.replies import right_figure
from training.speech.plan import KNOWN
from training.speech.plan import UNSEEN

QUESTIONS = 12


@pytest.mark.parametrize('split', [KNOWN, UNSEEN])
def test_it_answers_voices_rightly_by_its_text(visits, split):
    hold(right_figure(visits, split), at_least_of=QUESTIONS)


def test_a_recogniser_hears_what_it_says(visits, domain):
    pytest.importorskip('pocketsphinx', reason='no wheel for this Python (requirements/ear.txt)')
    hold(recognised_figure(visits, domain), at_least_of=QUESTIONS)


@pytest.mark.parametrize('name', ['name as prompted', 'style as prompted', 'voice as prompted'])
def test_the_prompt_decides_who_it_is(introductions, domain, name):
    figures = {figure.name: figure for figure in persona_figures(introductions, domain)}
    hold(figures[name], at_least_of=len(introductions) // 2)
