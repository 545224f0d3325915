# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The audit log keeps every step, and a bounded number of files."""

from dataclasses import replace
import json
from pathlib import Path

import pytest
from robot_hands import catalogue
from robot_hands import entry
from robot_hands import Robot

from personaplex_ros.tools.arguments import MAX_JSON_CHARS
from personaplex_ros.tools.audit import AuditFile
from personaplex_ros.tools.steps import Stage
from personaplex_ros.tools.steps import Step

STEP = Step(Stage.REFUSED, 'wave', 'a-1', {'level': 3}, 'user', 'why nöt', 1.0)


def test_every_step_is_a_json_line(tmp_path):
    audit = AuditFile(tmp_path / 'log' / 'tools.jsonl')
    robot = Robot(catalogue(entry()), audit=audit)
    steps = robot.user('wave')
    audit.write(STEP)
    audit.close()
    lines = (tmp_path / 'log' / 'tools.jsonl').read_text(encoding='utf-8').splitlines()
    records = [json.loads(line) for line in lines]
    assert [record['stage'] for record in records[:-1]] == [step.stage.name for step in steps]
    time = records[-1].pop('time')
    assert time.endswith('+00:00')
    assert records[-1] == {
        'stage': 'REFUSED',
        'tool': 'wave',
        'call_id': 'a-1',
        'arguments': {'level': 3},
        'source': 'user',
        'reason': 'why nöt',
    }


def test_files_rotate_and_the_oldest_go(tmp_path):
    audit = AuditFile(tmp_path / 'tools.jsonl', max_bytes=1_000, backups=2)
    for _ in range(100):
        audit.write(STEP)
    audit.close()
    files = sorted(path.name for path in tmp_path.iterdir())
    assert files == ['tools.jsonl', 'tools.jsonl.1', 'tools.jsonl.2']
    assert all(path.stat().st_size <= 1_000 for path in tmp_path.iterdir())


@pytest.mark.parametrize(
    'vast',
    [
        replace(STEP, reason='ö' * 1_000_000),
        replace(STEP, tool='w' * 1_000_000),
        replace(STEP, arguments={'place': 'ö' * 1_000_000}),
    ],
)
def test_a_vast_step_is_cut_and_pushes_nothing_out(tmp_path, vast):
    audit = AuditFile(tmp_path / 'tools.jsonl', max_bytes=500_000, backups=1)
    audit.write(STEP)
    for _ in range(3):
        audit.write(vast)
    audit.close()
    (path,) = tmp_path.iterdir()
    first, *others = [json.loads(line) for line in path.read_text().splitlines()]
    assert first['reason'] == STEP.reason
    assert all('characters)' in str(record) for record in others)
    assert path.stat().st_size < 100_000


def test_the_largest_arguments_that_a_call_may_have_are_kept_whole(tmp_path):
    audit = AuditFile(tmp_path / 'tools.jsonl')
    audit.write(replace(STEP, arguments={'text': '\U0001f916' * MAX_JSON_CHARS}))
    audit.close()
    record = json.loads((tmp_path / 'tools.jsonl').read_text())
    assert len(record['arguments']['text']) == MAX_JSON_CHARS


@pytest.mark.skipif(not Path('/dev/full').exists(), reason='needs a device that is always full')
def test_a_full_disk_is_an_error_and_not_a_silence():
    audit = AuditFile(Path('/dev/full'), max_bytes=0)
    with pytest.raises(OSError, match='No space left'):
        audit.write(STEP)
