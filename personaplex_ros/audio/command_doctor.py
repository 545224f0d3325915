# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`personaplex-audio doctor`: its options and the run."""

import argparse
from collections.abc import Callable
from pathlib import Path
import sys

from personaplex_ros.audio.devices.settings import SoundCardSettings
from personaplex_ros.audio.doctor.examination import examine
from personaplex_ros.audio.doctor.files import as_yaml
from personaplex_ros.audio.doctor.files import PIPEWIRE
from personaplex_ros.audio.doctor.files import through_pipewire
from personaplex_ros.audio.doctor.findings import Report
from personaplex_ros.audio.doctor.patient import LoopbackPatient
from personaplex_ros.audio.doctor.patient import Patient
from personaplex_ros.audio.doctor.patient import SoundCardPatient
from personaplex_ros.audio.simulation.room import RoomSettings

NAME = 'doctor'
SUMMARY = 'play a few chirps (15 s) and say in one line what is wrong with the sound'

STDOUT = Path('-')


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options; those of the device mean what they mean to the audio node."""
    card, room = SoundCardSettings(), RoomSettings()
    parser.add_argument('--device', choices=('sound_card', 'loopback'), default='sound_card')
    parser.add_argument('--microphone', default='', metavar='NAME', help='name, part, or index')
    parser.add_argument('--loudspeaker', default='', metavar='NAME', help='name, part, or index')
    numbers = (
        ('--microphone-channel', int, 0, 63, card.microphone_channel, 'from 0'),
        ('--rate-hz', int, 0, 192_000, card.rate_hz, '0 takes one that the card offers'),
        ('--latency-ms', float, 1, 500, card.latency_ms, 'asked of the card, each way'),
        ('--room-delay-ms', float, 10, 900, room.delay_ms, 'loopback'),
        ('--room-echo-db', float, -60, 40, room.echo_db, 'loopback'),
        ('--level-dbfs', float, -60, -6, -20.0, 'peak of what is played'),
    )
    for name, kind, low, high, default, text in numbers:
        parser.add_argument(
            name,
            type=_number(kind, low, high),
            default=default,
            metavar='N',
            help=f'{text} (%(default)s; {low} to {high})',
        )
    parser.add_argument('--quiet', action='store_true', help='play nothing, only listen')
    parser.add_argument('--json', action='store_true', help='for programs')
    parser.add_argument(
        '--write', type=_new_file, metavar='FILE', help='parameters for the audio node; - prints'
    )
    parser.add_argument(
        '--pipewire',
        type=_new_file,
        metavar='FILE',
        help='an echo canceller for PipeWire; --write then writes what fits it; - prints',
    )


def run(options: argparse.Namespace) -> int:
    """Print the findings; returns 1 where something is bad."""
    if options.json and STDOUT in (options.write, options.pipewire):
        raise argparse.ArgumentError(None, '--json prints nothing else; give --write a file')
    report = examine(_patient(options), None if options.quiet else options.level_dbfs)
    print(report.as_json() if options.json else report.as_text())
    if options.pipewire:
        _save(options.pipewire, PIPEWIRE)
    if options.write:
        _write_parameters(options, report)
    return report.exit_status


def _patient(options: argparse.Namespace) -> Patient:
    if options.device == 'loopback':
        return LoopbackPatient(
            RoomSettings(delay_ms=options.room_delay_ms, echo_db=options.room_echo_db)
        )
    return SoundCardPatient(
        SoundCardSettings(
            options.microphone,
            options.loudspeaker,
            options.microphone_channel,
            options.rate_hz,
            options.latency_ms,
        )
    )


def _write_parameters(options: argparse.Namespace, report: Report) -> None:
    parameters = report.parameters
    if not parameters:
        print(f'{options.write} is not written: too little could be measured', file=sys.stderr)
        return
    if options.pipewire and options.device == 'sound_card':
        parameters = through_pipewire(parameters)
    _save(options.write, as_yaml(parameters, report.verdict))


def _save(path: Path, text: str) -> None:
    if path == STDOUT:
        print(text, end='')
    else:
        path.write_text(text, encoding='utf-8')


def _new_file(text: str) -> Path:
    """Accept what can be written and destroys nothing, before anything is played."""
    path = Path(text)
    if path == STDOUT:
        return path
    if path.exists():
        raise argparse.ArgumentTypeError(f'{path} exists; name a new file')
    if not path.parent.is_dir():
        raise argparse.ArgumentTypeError(f'{path.parent} is no folder')
    return path


def _number(kind: type, low: float, high: float) -> Callable[[str], float]:
    def parse(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = None
        if value is None or not low <= value <= high:
            raise argparse.ArgumentTypeError(f'{text!r}; expected {low} to {high}')
        return value

    return parse
