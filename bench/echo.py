# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`make bench-echo`: does the robot hear itself? Closed loop in a simulated room."""

import argparse
from dataclasses import dataclass
from dataclasses import field
import json
from pathlib import Path
import re
import sys

import numpy as np

from bench import echo_measures as measure
from bench.conditions import conditions
from bench.echo_scene import dense_script
from bench.echo_scene import play
from bench.echo_scene import Script
from bench.echo_scene import script
from bench.echo_wires import OneNode
from bench.echo_wires import TwoNodes
from personaplex_ros.audio.echo.path import EchoPath
from personaplex_ros.audio.echo.report import EchoState
from personaplex_ros.audio.echo.settings import EchoMode
from personaplex_ros.audio.echo.settings import EchoSettings
from personaplex_ros.audio.simulation.network import NetworkSettings
from personaplex_ros.audio.simulation.room import RoomSettings

RESULT = Path(__file__).parent / 'results' / 'echo.json'
RATE_HZ = 24_000

VISITOR_DB = -10.0
"""Speech is at -26 dBFS in the recordings; a visitor at -36 leaves room for a louder echo."""

LOUD_ECHO_DB = 6.0
MAX_FALSE_SHARE = 0.01
MAX_FALSE_SHARE_LOUD = 0.05
"""With an echo more than LOUD_ECHO_DB over the visitor."""

MAX_NEAR_LOSS_DB = 12.0
MAX_NEAR_LOSS_ALONE_DB = 1.0
MAX_NOTICE_S = 5.0

LATE = re.compile('after the echo|later than hold_back_ms')
"""In the report: the reference is late."""

CLIP_DBFS = -6.0
"""A loudspeaker that saturates 20 dB above the mean level of speech."""


@dataclass(frozen=True)
class Case:
    """A room, a way to deal with it, and what is expected of that."""

    name: str
    room: dict[str, float] = field(default_factory=dict)
    settings: EchoSettings = field(default_factory=EchoSettings)
    reference_late_ms: float = 0.0
    network: NetworkSettings | None = None
    """Between the nodes of microphone and loudspeaker; None where they are one."""
    is_dense: bool = False
    """Nobody pauses, and both start at once."""
    is_held_to_limits: bool = True
    """False for rows that show other modes."""

    @property
    def is_network_late(self) -> bool:
        """The reference comes later than it is waited for."""
        return self.network is not None and self.network.latency_ms > self.settings.hold_back_ms


CASES = [
    *[Case(f'echo {db:+} dB', {'echo_db': db}) for db in (-6, 0, 6, 10, 15)],
    *[Case(f'delay {ms} ms', {'delay_ms': ms}) for ms in (10, 25, 120, 250, 400)],
    *[Case(f'drift {ppm:+} ppm', {'drift_ppm': ppm}) for ppm in (50, 200, -200)],
    Case('soft clipping', {'soft_clip_dbfs': CLIP_DBFS}),
    Case('echo +15 dB, soft clipping', {'echo_db': 15, 'soft_clip_dbfs': CLIP_DBFS}),
    Case(
        'echo +15 dB, soft clipping, 400 ms, 200 ppm',
        {'echo_db': 15, 'soft_clip_dbfs': CLIP_DBFS, 'delay_ms': 400, 'drift_ppm': 200},
    ),
    Case('dense speech, echo +6 dB', is_dense=True),
    Case(
        'dense speech, echo +15 dB, soft clipping',
        {'echo_db': 15, 'soft_clip_dbfs': CLIP_DBFS},
        is_dense=True,
    ),
    Case('quiet room (noise -75 dBFS)', {'noise_dbfs': -75}),
    Case('reverberant room (RT60 0.5 s)', {'rt60_s': 0.5}),
    Case('no ducking, echo +15 dB', {'echo_db': 15}, EchoSettings(duck_db=0.0)),
    Case('reference 40 ms late', {'delay_ms': 20}, reference_late_ms=60.0),
    Case('split, network 5 to 45 ms', network=NetworkSettings(jitter_ms=40.0)),
    Case(
        'split, network 5 to 45 ms, 1 % lost',
        network=NetworkSettings(jitter_ms=40.0, lost_share=0.01),
    ),
    Case(
        'split, clock 20 s ahead',
        network=NetworkSettings(jitter_ms=40.0, clock_ahead_s=20.0),
    ),
    Case('split, network 150 ms', network=NetworkSettings(latency_ms=150.0)),
    Case('half_duplex', {}, EchoSettings(EchoMode.HALF_DUPLEX), is_held_to_limits=False),
    Case(
        'off', {}, EchoSettings(EchoMode.OFF, allow_open_loudspeaker=True), is_held_to_limits=False
    ),
]

# key of the row, heading, width, format
COLUMNS = [
    ('case', 'case', 46, ''),
    ('erle_db', 'ERLE dB', 9, '.1f'),
    ('false_speech_share_raw', 'raw', 8, '.1%'),
    ('false_speech_share', 'left', 8, '.2%'),
    ('false_speech_share_gmm', 'left gmm', 10, '.2%'),
    ('near_loss_db', 'both dB', 9, '.1f'),
    ('near_loss_alone_db', 'alone dB', 10, '.1f'),
    ('open_after_s', 'open s', 8, '.1f'),
]


def main() -> int:
    """Run the cases. 0 within the limits, 1 not."""
    parser = argparse.ArgumentParser(prog='make bench-echo', description=__doc__)
    parser.add_argument('--only', default='', help='cases whose name contains this')
    parser.add_argument('--out', default=str(RESULT), help='the JSON file to write')
    options = parser.parse_args()
    minute, dense = script(RATE_HZ), dense_script(RATE_HZ)
    print(_line([heading for _, heading, _, _ in COLUMNS]), flush=True)
    rows = []
    for case in CASES:
        if options.only in case.name:
            rows.append(run(case, dense if case.is_dense else minute))
            print(_line([_shown(rows[-1][key], form) for key, _, _, form in COLUMNS]), flush=True)
    missed = [f'{row["case"]}: {what}' for row in rows for what in row['missed']]
    print('\n'.join(missed) or 'all within the limits', flush=True)
    if not options.only:
        result = {'conditions': conditions('make bench-echo'), 'rate_hz': RATE_HZ, 'rows': rows}
        Path(options.out).parent.mkdir(parents=True, exist_ok=True)
        Path(options.out).write_text(json.dumps(result, indent=1) + '\n')
    return 1 if missed else 0


def run(case: Case, scene: Script) -> dict:
    """Return the row of a case."""
    room = RoomSettings(visitor_db=VISITOR_DB, **case.room)
    take = play(scene, room, _wire(case), case.reference_late_ms)
    of = measure.phases(take)
    raw = measure.spectral_voice(take.microphone, RATE_HZ)
    states = [report.state for report in take.reports]
    double_talk = [report.double_talk for report in take.reports]
    late = [LATE.search(report.fault) is not None for report in take.reports]
    row = {
        'case': case.name,
        'erle_db': measure.erle_db(take, of.robot),
        'false_speech_share_raw': measure.share(raw, of.robot),
        'false_speech_share': measure.share(
            measure.spectral_voice(take.output, RATE_HZ), of.robot
        ),
        'false_speech_share_gmm_raw': measure.share(
            measure.gmm_voice(take.microphone, RATE_HZ), of.robot
        ),
        'false_speech_share_gmm': measure.share(measure.gmm_voice(take.output, RATE_HZ), of.robot),
        'near_loss_db': measure.near_loss_db(take, of.both),
        'near_loss_alone_db': measure.near_loss_db(take, of.visitor),
        'double_talk_noticed_share': measure.share(np.array(double_talk), of.both),
        'double_talk_false_share': measure.share(np.array(double_talk), of.robot),
        'open_after_s': states.index(EchoState.CONVERGED) / 100
        if EchoState.CONVERGED in states
        else None,
        'late_reference_noticed_s': late.index(True) / 100 if any(late) else None,
        'delay_ms': take.reports[-1].delay_ms,
        'block_us': take.block_us,
        'network': None if case.network is None else case.network.__dict__,
        'missing_reference_share': take.reports[-1].missing_reference_share,
        'room': {**RoomSettings(visitor_db=VISITOR_DB).__dict__, **case.room},
    }
    rounded = {k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()}
    return {**rounded, 'missed': _missed(case, row) if case.is_held_to_limits else []}


def _wire(case: Case) -> OneNode | TwoNodes:
    if case.network is None:
        return OneNode(EchoPath(case.settings, RATE_HZ))
    path = EchoPath(case.settings, RATE_HZ, reference_is_remote=True)
    return TwoNodes(path, case.network, case.settings)


def _missed(case: Case, row: dict) -> list[str]:
    """Return which limits the row misses."""
    loud = case.room.get('echo_db', 6.0) > LOUD_ECHO_DB
    limits = {
        'false_speech_share': MAX_FALSE_SHARE_LOUD if loud else MAX_FALSE_SHARE,
        'false_speech_share_gmm': MAX_FALSE_SHARE_LOUD if loud else MAX_FALSE_SHARE,
        'near_loss_db': MAX_NEAR_LOSS_DB,
        'near_loss_alone_db': MAX_NEAR_LOSS_ALONE_DB,
    }
    if case.reference_late_ms or case.is_network_late:
        limits['late_reference_noticed_s'] = MAX_NOTICE_S
    return [
        f'{key} {row[key]} over {limit}'
        for key, limit in limits.items()
        if row[key] is None or row[key] > limit
    ]


def _shown(value: str | float | None, form: str) -> str:
    return '-' if value is None else format(value, form)


def _line(cells: list[str]) -> str:
    widths = [width for _, _, width, _ in COLUMNS]
    padded = [cell.rjust(width) for cell, width in zip(cells, widths, strict=True)]
    return cells[0].ljust(widths[0]) + ''.join(padded[1:])


if __name__ == '__main__':
    sys.exit(main())
