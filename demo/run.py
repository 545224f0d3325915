# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`make demo`: a visitor talks to the robot, commands it, interrupts it, changes its persona."""

import argparse
from collections.abc import Iterator
import json
from pathlib import Path
import subprocess
import sys
import time
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
VISITOR = str(ROOT / 'demo' / 'visitor.wav')
SCRIPT = ROOT / 'demo' / 'visitor.json'
PERSONAS = ROOT / 'demo' / 'personas.yaml'
sys.path.insert(0, str(ROOT))

from demo import report  # noqa: E402  the project's root is on the path now
from demo import talk  # noqa: E402
from demo import timeline  # noqa: E402
from personaplex_ros.audio.sound_file import SoundFile  # noqa: E402
from personaplex_ros.audio.sound_file import SoundFileError  # noqa: E402

MIN_LENGTH_S = 12.0
"""Shorter recordings get silence behind them, so that there is time for both requests."""

TAIL_S = 2.0
INTERRUPT_AT, PERSONA_AT = 0.4, 0.7
"""Where the requests are made, as shares of a recording that nobody has told about."""

FIRST_PERSONA, SECOND_PERSONA = 'host', 'guide'
PARTS = ('conversation.wav', 'transcript.jsonl', 'events.jsonl', 'visit.json', 'tools.jsonl')
TOOLS = ROOT / 'config' / 'tools.yaml'
DRIVE_SPEED_MPS = 2.0


def main() -> int:
    """Run the demo. 0 sound, 1 not sound, 2 not a sound file that can be played."""
    options = _parser().parse_args()
    try:
        sound = SoundFile(options.wav)
        seconds = sound.seconds
        sound.close()
    except SoundFileError as error:
        print(f'demo: {error}', file=sys.stderr)
        return 2
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    for part in (*PARTS, 'summary.json', 'timeline.png'):
        (out / part).unlink(missing_ok=True)
    print(f'demo: {options.wav} ({seconds:.1f} s) speaks to the robot', flush=True)
    status = _talk(_command(options, out, seconds), out)
    if not (out / 'conversation.wav').exists():
        print(f'demo: the robot ended with status {status}; see above', file=sys.stderr)
        return 1
    given = '' if options.wav == VISITOR else f' WAV={options.wav}'
    replies = {line['words']: line['reply'] for line in _script(options).get('lines', ())}
    return _report(out, report.Recording.read(out, replies, status), f'make demo{given}')


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog='make demo', description=__doc__)
    parser.add_argument('wav', nargs='?', default=VISITOR)
    parser.add_argument('--out', default='demo_out', help='folder for the results')
    parser.add_argument('--model', default='nano', help='nano or a model directory')
    return parser


def _script(options: argparse.Namespace) -> dict[str, Any]:
    """Return what visitor.wav says and when; {} for a recording of somebody else."""
    return json.loads(SCRIPT.read_text(encoding='utf-8')) if options.wav == VISITOR else {}


def _command(options: argparse.Namespace, out: Path, seconds: float) -> list[str]:
    tail_s = max(TAIL_S, MIN_LENGTH_S - seconds)
    length_s = seconds + tail_s - TAIL_S
    script = _script(options)
    settings = {
        'wav_source:tail_s': tail_s,
        'conversation:personas_file': str(PERSONAS),
        **({'demo_visitor:words_file': str(SCRIPT)} if script else {}),
        'demo_visitor:interrupt_at_s': script.get('interrupt_at_s', INTERRUPT_AT * length_s),
        'demo_visitor:persona_at_s': script.get('persona_at_s', PERSONA_AT * length_s),
        'demo_visitor:persona': SECOND_PERSONA,
        'demo_robot:speed_mps': DRIVE_SPEED_MPS,
        'tool_intent:audit_file': str((out / 'tools.jsonl').resolve()),
    }
    command = [sys.executable, '-m', 'personaplex_ros.nodes.standalone']
    command += ['--model', options.model, '--wav', str(options.wav)]
    command += ['--record', str(out), '--visit', str(out), '--persona', FIRST_PERSONA]
    command += ['--tools', str(TOOLS), '--demo-robot']
    command += ['--ros-args']
    for name, value in settings.items():
        command += ['-p', f'{name}:={value}']
    return command


def _talk(command: list[str], out: Path) -> int:
    """Run the robot and tell what happens as it happens; return its exit status."""
    process = subprocess.Popen(command)
    told = 0
    try:
        while process.poll() is None:
            told = _tell(out / 'events.jsonl', told)
            time.sleep(0.2)
        _tell(out / 'events.jsonl', told)
    except KeyboardInterrupt:
        process.wait()
    return process.returncode


def _tell(path: Path, told: int) -> int:
    """Print the events from byte `told` on; return how far it got."""
    if not path.exists():
        return told
    with path.open('rb') as file:
        file.seek(told)
        new = file.read()
    whole = new[: new.rfind(b'\n') + 1]
    for line in whole.splitlines():
        for text in _words(json.loads(line)):
            print(text, flush=True)
    return told + len(whole)


def _words(event: dict[str, Any]) -> Iterator[str]:
    at = f'  {event["t_s"]:5.1f} s  '
    if event['event'] == 'state':
        detail = f': {event["detail"]}' if event['detail'] else ''
        yield f'{at}{event["state"].lower()} as {event["persona"] or "nobody"}{detail}'
    elif event['event'] == 'heard':
        yield f'{at}visitor: {event["text"]}'
    elif event['event'] == 'said':
        cut = ' (interrupted)' if event['interrupted'] else ''
        yield f'{at}robot: {event["text"]}{cut}'
    elif event['event'] == 'tool':
        yield f'{at}tool {event["tool"]}: {event["stage"].lower()} ({event["reason"]})'
    elif event['event'] == 'epoch':
        yield f'{at}(epoch {event["epoch"]}: players drop what they hold)'


def _report(out: Path, recording: report.Recording, command: str) -> int:
    summary = report.summarise(recording, command)
    text = json.dumps(summary, indent=2, ensure_ascii=False)
    (out / 'summary.json').write_text(text + '\n', encoding='utf-8')
    timeline.draw(recording, out / 'timeline.png')
    print('\n'.join(talk.told(recording.conversation)))
    print(report.table(summary))
    if recording.visit.get('scripted_words'):
        print("demo: the visitor's words are scripted: no speech recogniser runs here")
    for problem in summary['problems']:
        print(f'demo: not sound: {problem}', file=sys.stderr)
    files = ', '.join(sorted(path.name for path in out.iterdir()))
    print(f'demo: {out}/ holds {files}')
    return 1 if summary['problems'] else 0


if __name__ == '__main__':
    sys.exit(main())
