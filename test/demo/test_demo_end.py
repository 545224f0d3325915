# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A demo whose robot ends with an error still tells what happened until then."""

import json
from pathlib import Path
import sys

import numpy as np
import pytest
import soundfile

pytest.importorskip('matplotlib', reason='the demo draws a picture')

from demo import run

STATUS = 3
LIVE = {
    'event': 'state',
    't_s': 0.0,
    'state': 'LIVE',
    'detail': '',
    'persona': 'host',
    'model': 'm',
}


@pytest.fixture
def end_with(monkeypatch, tmp_path):
    """Give a demo whose robot leaves these files and ends with STATUS; returns its folder."""

    def make(files: dict[str, str], tape_s: float | None) -> Path:
        program = [sys.executable, '-c', f'raise SystemExit({STATUS})']

        def command(options, out: Path, seconds: float) -> list[str]:
            if tape_s is not None:
                tape = np.zeros((round(24_000 * tape_s), 2), np.int16)
                soundfile.write(out / 'conversation.wav', tape, 24_000)
            for name, text in files.items():
                (out / name).write_text(text)
            return program

        wav = tmp_path / 'visitor.wav'
        soundfile.write(wav, np.zeros(16_000), 16_000)
        out = tmp_path / 'out'
        monkeypatch.setattr(run, '_command', command)
        monkeypatch.setattr(sys, 'argv', ['run.py', str(wav), '--out', str(out)])
        return out

    return make


@pytest.mark.parametrize('tape_s', [1.0, 0.0])
def test_a_robot_that_ends_in_the_middle_is_reported_as_far_as_it_came(end_with, capsys, tape_s):
    events = json.dumps(LIVE) + '\n{"event": "sta'
    out = end_with({'events.jsonl': events, 'transcript.jsonl': ''}, tape_s)
    assert run.main() == 1
    summary = json.loads((out / 'summary.json').read_text())
    assert summary['problems'][0] == f'the robot ended with status {STATUS}'
    assert summary['personas'] == ['host']
    assert (out / 'timeline.png').read_bytes().startswith(b'\x89PNG')
    assert f'not sound: the robot ended with status {STATUS}' in capsys.readouterr().err


def test_a_robot_that_left_no_recording_is_told_in_one_line(end_with, capsys):
    end_with({}, None)
    assert run.main() == 1
    assert capsys.readouterr().err == f'demo: the robot ended with status {STATUS}; see above\n'
