# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`make demo` as a newcomer runs it: with a recording of one's own, and with bad files."""

import json
from pathlib import Path
import subprocess
import sys
import wave

import numpy as np
import pytest

pytest.importorskip('torch', reason='the engine is not installed here')
pytest.importorskip('matplotlib', reason='the demo draws a picture')

ROOT = Path(__file__).resolve().parents[2]


def run_demo(wav: Path, out: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, str(ROOT / 'demo' / 'run.py'), str(wav), '--out', str(out)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.graph
def test_a_short_stereo_recording_is_answered_interrupted_and_written_down(tmp_path):
    wav = tmp_path / 'mine.wav'
    noise = np.random.default_rng(3).integers(-2000, 2000, 2 * 44_100 * 2, dtype=np.int16)
    with wave.open(str(wav), 'wb') as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44_100)
        file.writeframes(noise.tobytes())
    out = tmp_path / 'out'
    done = run_demo(wav, out)
    summary = json.loads((out / 'summary.json').read_text())
    assert done.returncode == (1 if summary['problems'] else 0)
    # a machine that is busy with something else may drop frames, and then the demo says so
    assert all('dropped' in problem for problem in summary['problems']), done.stderr
    assert summary['frames_in'] == summary['frames_out'] + summary['frames_dropped']
    assert summary['frames_in'] >= 148  # 12 s; the resampler holds back a few milliseconds
    assert summary['personas'] == ['host', 'guide']
    assert summary['text']
    assert summary['user_words'] == 'scripted'
    stages = {(event['tool'], event['stage']) for event in summary['tool_events']}
    assert {('set_light', 'SENT'), ('go_to', 'REFUSED'), ('go_to', 'CONFIRMING')} <= stages
    assert ('go_to', 'SUCCEEDED') in stages
    with wave.open(str(out / 'conversation.wav')) as tape:
        assert (tape.getnchannels(), tape.getframerate()) == (2, 24_000)
        assert tape.getnframes() / 24_000 == pytest.approx(summary['seconds'], abs=0.01)
    assert (out / 'timeline.png').read_bytes().startswith(b'\x89PNG')
    lines = (out / 'transcript.jsonl').read_text().splitlines()
    said = [line['text'] for line in map(json.loads, lines) if line['speaker'] == 'user']
    assert said[:2] == ['Robot, turn on the light.', 'Do not go to the lobby.']


def empty(path: Path) -> None:
    path.touch()


def no_sound(path: Path) -> None:
    path.write_text('this is a text file, not a recording\n' * 50)


def missing(path: Path) -> None:
    pass


def folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize('make', [empty, no_sound, missing, folder])
def test_a_file_that_cannot_be_played_gets_one_line_and_status_2(make, tmp_path):
    wav = tmp_path / 'bad.wav'
    make(wav)
    done = run_demo(wav, tmp_path / 'out')
    assert done.returncode == 2
    assert done.stdout == ''
    assert len(done.stderr.splitlines()) == 1
    assert 'bad.wav' in done.stderr
