# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A small run of `make bench-tools`, with another seed."""

from robot_hands import example

from bench.tools import judge


def test_generated_talk_makes_no_unauthorised_call_and_plain_commands_act():
    result = judge(example(), count=600, seed=7)
    assert result['unauthorised'] == []
    assert result['recall'] >= 0.98
