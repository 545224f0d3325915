# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the documents say was measured is what the benches wrote."""

import json
from pathlib import Path
from statistics import median
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

ECHO_COLUMNS = [
    ('erle_db', '.0f'),
    ('false_speech_share_raw', '.0%'),
    ('false_speech_share', '.2%'),
    ('false_speech_share_gmm', '.2%'),
    ('near_loss_db', '.1f'),
    ('near_loss_alone_db', '.1f'),
    ('open_after_s', '.1f'),
]


def measured(name: str) -> dict[str, Any]:
    return json.loads((ROOT / 'bench' / 'results' / name).read_text(encoding='utf-8'))


def document(name: str) -> str:
    return (ROOT / 'docs' / name).read_text(encoding='utf-8')


def load(result: dict[str, Any]) -> str:
    return f'(load {result["conditions"]["machine"]["load_average"][0]:.1f})'


def spread(figures: dict[str, float], p50: str, p99: str) -> str:
    return f'{figures["p50"]:{p50}} ms p50, {figures["p99"]:{p99}} ms p99'


def test_the_table_of_the_echo_is_that_of_its_bench():
    echo = measured('echo.json')
    rows = []
    for row in echo['rows']:
        cells = ['-' if row[key] is None else f'{row[key]:{form}}' for key, form in ECHO_COLUMNS]
        rows.append(f'| {" | ".join([row["case"], *cells])} |')
    told = document('audio.md')
    assert '\n'.join(rows) in told
    assert load(echo) in told
    assert f'{median(row["block_us"] for row in echo["rows"]) / 1000:.1f} ms for 10 ms' in told


@pytest.mark.parametrize(
    ('what', 'key', 'forms'),
    [
        ('a piece of text', 'piece_ms', ('.2f', '.1f')),
        ('last piece of a phrase to the call', 'last_piece_to_send_ms', ('.1f', '.1f')),
        (
            "emergency stop, user's word to cancel request",
            'emergency_stop_to_cancel_ms',
            ('.2f', '.2f'),
        ),
    ],
)
def test_the_table_of_words_to_actions_is_that_of_its_bench(what, key, forms):
    tools = measured('tools.json')
    told = document('tools.md')
    assert f'| {what} | {spread(tools[key], *forms)} |' in told
    assert load(tools) in told
