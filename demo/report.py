# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What happened in a recorded demo: summary.json and the line that says whether it was sound."""

from dataclasses import dataclass
from dataclasses import field
import datetime
import json
import os
from pathlib import Path
import platform
from typing import Any

import numpy as np
import soundfile

from demo.talk import Exchange
from demo.talk import exchanges
from demo.talk import understanding
from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.level import rms_dbfs

SILENT_DBFS = -60.0
TOOL_FIELDS = ('t_s', 'tool', 'call_id', 'stage', 'arguments', 'source', 'reason')
SILENCE_AFTER_S = (0.0, 0.15)
"""When after an interrupt the robot must be silent; later it may have been released."""


@dataclass(frozen=True)
class Recording:
    """The files of a demo, read back."""

    tape: np.ndarray
    """int16 [n, 2], 24 kHz: heard, spoken."""

    events: list[dict[str, Any]]
    utterances: list[dict[str, Any]]
    visit: dict[str, Any]
    replies: dict[str, str] = field(default_factory=dict)
    """The right answers, where the visitor's sentences are known."""
    status: int = 0
    """With which the robot's process ended."""

    @classmethod
    def read(cls, folder: Path, replies: dict[str, str], status: int) -> 'Recording':
        """Read a folder that `standalone --record --visit` wrote, as far as it came."""
        tape, _ = soundfile.read(folder / 'conversation.wav', dtype='int16', always_2d=True)
        visit = folder / 'visit.json'
        return cls(
            tape,
            _lines(folder / 'events.jsonl'),
            _lines(folder / 'transcript.jsonl'),
            json.loads(visit.read_text(encoding='utf-8')) if visit.exists() else {},
            replies,
            status,
        )

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Return the events of one kind."""
        return [event for event in self.events if event['event'] == kind]

    @property
    def conversation(self) -> list[Exchange]:
        """What was heard and what was answered."""
        return exchanges(self.events, self.replies)


def summarise(recording: Recording, command: str) -> dict[str, Any]:
    """Return the content of summary.json."""
    metrics = (recording.of('metrics') or [{}])[-1]
    states = recording.of('state')
    summary: dict[str, Any] = {
        'model': next((s['model'] for s in reversed(states) if s['model']), ''),
        'frames_in': metrics.get('frames_in', 0),
        'frames_out': metrics.get('frames_out', 0),
        'frames_dropped': metrics.get('frames_dropped', 0),
        'engine_errors': metrics.get('engine_errors', 0),
        'chunks_lost': metrics.get('chunks_lost', 0),
        'frame_ms': _spread(metrics, 'model_ms'),
        'overhead_ms': _spread(metrics, 'overhead_ms'),
        'interrupt_to_silence_ms': recording.visit.get('interrupt_to_silence_ms'),
        'persona_switch_ms': recording.visit.get('persona_switch_ms'),
        'personas': _personas(states),
        'text': ' '.join(u['text'] for u in recording.utterances if u['speaker'] == 'agent'),
        'conversation': [one.as_json() for one in recording.conversation],
        'understanding': understanding(recording.conversation),
        'tool_events': [
            {name: event[name] for name in TOOL_FIELDS} for event in recording.of('tool')
        ],
        'user_words': 'scripted' if recording.visit.get('scripted_words') else 'none',
        'seconds': round(len(recording.tape) / SAMPLE_RATE_HZ, 2),
    }
    summary['problems'] = problems(recording, summary)
    summary['conditions'] = conditions(command)
    return summary


def problems(recording: Recording, summary: dict[str, Any]) -> list[str]:
    """Return why the run was not sound; an empty list when it was."""
    found = []
    if recording.status:
        found.append(f'the robot ended with status {recording.status}')
    if summary['frames_out'] == 0 or rms_dbfs(recording.tape[:, 1]) < SILENT_DBFS:
        found.append('the robot did not answer')
    if summary['engine_errors']:
        found.append(f'{summary["engine_errors"]} engine errors')
    if summary['frames_dropped'] or summary['chunks_lost']:
        found.append(
            f'{summary["frames_dropped"]} frames dropped, {summary["chunks_lost"]} chunks lost: '
            'is this machine busy with something else?'
        )
    unaccounted = summary['frames_in'] - summary['frames_out'] - summary['frames_dropped']
    if unaccounted:
        found.append(f'{unaccounted} frames are not accounted for')
    if summary['interrupt_to_silence_ms'] is None:
        found.append('the interrupt was not answered')
    elif _level_after_interrupt(recording) > SILENT_DBFS:
        found.append('the robot was heard after the interrupt')
    if not recording.visit.get('persona_switched'):
        found.append(
            f'persona not switched: {recording.visit.get("persona_message", "no answer")}'
        )
    if recording.visit.get('scripted_words'):
        counts = tool_counts(summary)
        found += [f'no tool was {what}' for what, number in counts.items() if not number]
    return found


def tool_counts(summary: dict[str, Any]) -> dict[str, int]:
    """Return how many calls were made, refused, and made after a confirmation."""
    stages: dict[str, set[str]] = {}
    for event in summary['tool_events']:
        stages.setdefault(event['call_id'], set()).add(event['stage'])
    calls = list(stages.values())
    return {
        'called': sum('SENT' in call for call in calls),
        'refused': sum('REFUSED' in call for call in calls),
        'confirmed': sum({'CONFIRMING', 'SENT'} <= call for call in calls),
    }


def conditions(command: str) -> dict[str, Any]:
    """Return what the figures were measured on."""
    return {
        'command': command,
        'date': datetime.datetime.now(datetime.timezone.utc).isoformat(timespec='seconds'),
        'machine': platform.machine(),
        'system': platform.platform(terse=True),
        'python': platform.python_version(),
        'cores': len(os.sched_getaffinity(0)),
        'load_average_1min': round(os.getloadavg()[0], 2),
    }


def table(summary: dict[str, Any]) -> str:
    """Return the summary as lines for a terminal."""
    frame, overhead = summary['frame_ms'], summary['overhead_ms']
    rows = [
        ('model', summary['model']),
        ('frames in / out / dropped', '{frames_in} / {frames_out} / {frames_dropped}'),
        ('model time a frame', f'{frame["p50"]} ms p50, {frame["p99"]} p99, {frame["max"]} max'),
        (
            'everything else',
            f'{overhead["p50"]} ms p50, {overhead["p99"]} p99, {overhead["max"]} max',
        ),
        ('interrupt to silence', '{interrupt_to_silence_ms} ms'),
        ('persona switch', '{persona_switch_ms} ms (' + ' → '.join(summary['personas']) + ')'),
        ('questions', '{understanding}'),
        ('engine errors', '{engine_errors}'),
        ('tools', ', '.join(f'{n} {what}' for what, n in tool_counts(summary).items())),
    ]
    return '\n'.join(f'  {name:26} {value.format(**summary)}' for name, value in rows)


def _spread(metrics: dict[str, Any], name: str) -> dict[str, float]:
    p50, p99, largest = metrics.get(name, (0.0, 0.0, 0.0))
    return {'p50': round(p50, 2), 'p99': round(p99, 2), 'max': round(largest, 2)}


def _personas(states: list[dict[str, Any]]) -> list[str]:
    """Return the personas in the order they spoke."""
    names: list[str] = []
    for state in states:
        if state['state'] == 'LIVE' and (not names or names[-1] != state['persona']):
            names.append(state['persona'])
    return names


def _level_after_interrupt(recording: Recording) -> float:
    """Return the robot's level right after the interrupt, in dBFS."""
    epochs = recording.of('epoch')
    if not epochs:
        return 0.0
    begin, end = (round((epochs[0]['t_s'] + s) * SAMPLE_RATE_HZ) for s in SILENCE_AFTER_S)
    return rms_dbfs(recording.tape[begin:end, 1])


def _lines(path: Path) -> list[dict[str, Any]]:
    """Return what is there; the last line may have been cut off."""
    whole, _, _ = path.read_text(encoding='utf-8').rpartition('\n')
    return [json.loads(line) for line in whole.splitlines()]
