# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A small run of `make bench-tools`, with another seed."""

from pathlib import Path

from robot_hands import example

from bench.talk import cases
from bench.tools_judge import judge

BENCH = Path(__file__).resolve().parents[2] / 'bench'


def test_generated_talk_makes_no_unauthorised_call_and_plain_commands_act():
    result = judge(example(), count=600, seed=7)
    assert result['unauthorised'] == []
    assert result['recall'] >= 0.98


def test_the_generator_repeats_itself_for_the_same_seed_alone():
    assert list(cases(50, seed=1)) == list(cases(50, seed=1)) != list(cases(50, seed=2))


def test_the_generator_knows_nothing_of_what_it_judges():
    sources = [path.read_text() for path in BENCH.glob('talk*.py')]
    assert len(sources) == 5
    assert not any('import personaplex_ros' in s or 'from personaplex_ros' in s for s in sources)
