# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The whole robot in one process: a sound file in, a recording out, and an exit status."""

import json
from pathlib import Path
import threading

from graph import wait_until
import numpy as np
import pytest
import soundfile

from personaplex_ros.nodes import standalone

pytestmark = pytest.mark.graph


def speech(folder: Path, seconds: float, rate_hz: int = 44_100, channels: int = 2) -> str:
    """Write a sound file of noise; return its path."""
    path = folder / 'speech.wav'
    samples = np.random.default_rng(5).normal(0, 0.05, (round(seconds * rate_hz), channels))
    soundfile.write(path, samples, rate_hz, subtype='PCM_24')
    return str(path)


def parameters(**values: object) -> list[str]:
    """Return command line arguments; `node__name=value`."""
    arguments = ['--ros-args']
    for key, value in values.items():
        node, name = key.split('__')
        arguments += ['-p', f'{node}:{name}:={value}']
    return arguments


def lines(path: Path) -> list[dict]:
    """Read a .jsonl file."""
    return [json.loads(line) for line in path.read_text(encoding='utf-8').splitlines()]


def events(folder: Path, kind: str) -> list[dict]:
    """Return the recorded events of one kind."""
    path = folder / 'events.jsonl'
    return [e for e in lines(path) if e['event'] == kind] if path.exists() else []


def test_a_visit_with_a_sound_file_ends_with_status_0_and_a_sound_recording(tmp_path, engine):
    engine.behaviour.pieces = {2: ' Hello', 3: ' you', 20: ' Bye'}
    folder = tmp_path / 'out'
    status = standalone.main(
        [
            '--engine-url', engine.url, '--wav', speech(tmp_path, 2.0), '--persona', 'companion',
            '--record', str(folder), '--visit', str(folder),
            *parameters(
                wav_source__tail_s=0.5,
                demo_visitor__interrupt_at_s=0.5,
                demo_visitor__persona_at_s=1.0,
            ),
        ]
    )  # fmt: skip
    assert status == 0
    assert [voice for _, voice in engine.prompts] == ['NATM1', 'VARM1']
    assert engine.interrupts == 1

    last = events(folder, 'metrics')[-1]
    assert last['frames_in'] == last['frames_out'] == 31, '2.5 s at 12.5 frames a second'
    assert last['frames_dropped'] == last['frames_in_flight'] == 0
    assert last['chunks_lost'] == last['chunks_rejected'] == last['engine_errors'] == 0

    tape, rate_hz = soundfile.read(folder / 'conversation.wav')
    assert rate_hz == 24_000
    assert len(tape) / rate_hz == pytest.approx(2.5, abs=0.15)
    heard, said = tape.T
    assert np.std(heard[:24_000]) == pytest.approx(0.05 / np.sqrt(2) * np.sqrt(24 / 44.1), rel=0.2)
    assert np.abs(said).max() == pytest.approx(6000 / 32768, rel=0.01)

    words = lines(folder / 'transcript.jsonl')
    assert words[0]['text'] == 'Hello you'
    visit = json.loads((folder / 'visit.json').read_text())
    assert visit['persona_switched'] is True
    states = [e['state'] for e in events(folder, 'state')]
    assert states[-1] == 'IDLE' and 'LIVE' in states


@pytest.mark.fault
def test_an_engine_that_crashes_is_started_again_and_the_recording_accounts_for_it(
    tmp_path, engine_child
):
    folder = tmp_path / 'out'

    def crash() -> None:
        wait_until(lambda: any(e['state'] == 'LIVE' for e in events(folder, 'state')), 'life')
        engine_child.kill()

    killer = threading.Thread(target=crash)
    killer.start()
    status = standalone.main(
        [
            '--wav', speech(tmp_path, 10.0, 16_000, 1), '--record', str(folder),
            *parameters(wav_source__tail_s=0.0),
        ]
    )  # fmt: skip
    killer.join()
    assert status == 0
    assert len(engine_child.starts) == 2
    assert not engine_child.alive(), 'no engine is left behind'
    states = [e['state'] for e in events(folder, 'state')]
    assert states[states.index('DEGRADED') :].count('LIVE') == 1
    last = events(folder, 'metrics')[-1]
    assert last['frames_in'] == last['frames_out'] + last['frames_dropped']
    assert last['frames_dropped'] > 0
    assert (last['reconnects'], last['engine_errors']) == (1, 1)


def broken(folder: Path, kind: str) -> str:
    """Make a file that is no speech; return its path."""
    path = folder / f'{kind}.wav'
    if kind == 'empty':
        path.touch()
    elif kind == 'text':
        path.write_text('no sound at all\n' * 50)
    elif kind == 'folder':
        path.mkdir()
    elif kind == 'silent':
        soundfile.write(path, np.zeros((0, 1)), 16_000)
    return str(path)


@pytest.mark.parametrize('kind', ['missing', 'empty', 'text', 'folder', 'silent'])
def test_a_file_that_cannot_be_played_gets_one_line_and_status_2(tmp_path, capfd, kind):
    path = broken(tmp_path, kind)
    assert standalone.main(['--engine-url', 'ws://127.0.0.1:9', '--wav', path]) == 2
    out, err = capfd.readouterr()
    assert out == ''
    assert err.count('\n') == 1
    assert err.startswith(f'standalone: {path}: ')


def test_a_machine_without_an_engine_gets_one_line_and_status_2(monkeypatch, capfd):
    monkeypatch.setenv('PERSONAPLEX_ENGINE', '/nowhere/personaplex-engine')
    assert standalone.main([]) == 2
    err = capfd.readouterr().err
    assert err.count('\n') == 1
    assert '/nowhere/personaplex-engine' in err


@pytest.mark.parametrize(
    ('arguments', 'why'),
    [
        (['--engine-url', 'ftp://host'], 'node /conversation: parameter engine_url'),
        (
            ['--engine-url', 'ws://127.0.0.1:9', '--persona', 'pirate'],
            "cannot configure: persona 'pirate' is not in",
        ),
    ],
)
def test_an_argument_the_conversation_cannot_use_is_told_and_gives_status_2(arguments, why, capfd):
    assert standalone.main(arguments) == 2
    err = capfd.readouterr().err
    assert why in err and 'Traceback' not in err


def test_a_recording_folder_that_cannot_be_made_is_told_and_gives_status_2(
    tmp_path, engine, capfd
):
    (tmp_path / 'file').touch()
    status = standalone.main(
        ['--engine-url', engine.url, '--record', str(tmp_path / 'file' / 'out')]
    )
    assert status == 2
    err = capfd.readouterr().err
    assert 'Traceback' not in err
    assert str(tmp_path / 'file') in err


@pytest.mark.parametrize(
    ('device', 'rate_hz'), [('file', 44_100), ('loopback', 44_100), ('loopback', 11_025)]
)
def test_with_an_audio_device_the_sound_file_is_its_microphone(tmp_path, engine, device, rate_hz):
    folder = tmp_path / 'out'
    wav = speech(tmp_path, 1.0, rate_hz)
    status = standalone.main(
        [
            '--engine-url', engine.url, '--audio', device, '--wav', wav,
            '--record', str(folder), *parameters(audio__tail_s=1.5, audio__echo='half_duplex'),
        ]
    )  # fmt: skip
    assert status == 0
    last = events(folder, 'metrics')[-1]
    assert last['frames_in'] >= 25
    assert last['frames_in'] == last['frames_out'] + last['frames_dropped']
    tape, _ = soundfile.read(folder / 'conversation.wav')
    assert np.abs(tape[:, 1]).max() > 0.1, 'the robot spoke'
