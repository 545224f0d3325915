# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The demo's visitor and its script belong together, and ask for what nano was taught."""

import json
from pathlib import Path
import wave

import yaml

from training.text.domain import load_domain

DEMO = Path(__file__).resolve().parents[2] / 'demo'
SCRIPT = json.loads((DEMO / 'visitor.json').read_text(encoding='utf-8'))
ANSWERED_S = 0.8
"""Room for an answer to begin."""


def test_the_script_is_over_before_the_recording_is():
    with wave.open(str(DEMO / 'visitor.wav')) as file:
        seconds = file.getnframes() / file.getframerate()
    ends = [line['end_s'] for line in SCRIPT['lines']]
    assert ends == sorted(ends) and ends[-1] + ANSWERED_S < seconds
    assert 0 < SCRIPT['interrupt_at_s'] < SCRIPT['persona_at_s'] < ends[-1]


def test_every_answer_it_waits_for_is_one_that_nano_can_give():
    wanted = {line['reply'] for line in SCRIPT['lines'] if line['reply']}
    assert wanted <= set(load_domain().replies())


def test_its_personas_have_names_and_styles_that_nano_knows():
    domain = load_domain()
    personas = yaml.safe_load((DEMO / 'personas.yaml').read_text(encoding='utf-8'))['personas']
    for one in personas.values():
        assert any(name in one['text'] for name in domain.names)
        assert any(word in one['text'] for style in domain.styles.values() for word in style.words)
