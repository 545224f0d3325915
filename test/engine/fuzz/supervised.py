# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A campaign in a process of its own: one that crashes or hangs still says in which message."""

from dataclasses import dataclass
import json
import os
from pathlib import Path
import subprocess
import sys
import time

from .campaign import replay_command

ROOT = Path(__file__).parents[3]
HANG_S = 60.0
"""No conversation takes a second; one that lasts this long never ends."""

LOOK_EVERY_S = 0.5


@dataclass(frozen=True)
class Outcome:
    """How a campaign ended."""

    report: dict
    """campaign.Report as plain values; empty where it failed."""

    failure: str
    """What harm was done by which message; empty where none was."""


def run_campaign(target: str, seed: int, damaged: int, folder: Path, hang_s: float) -> Outcome:
    """Play this many damaged messages to a receiver; progress goes to stderr.

    folder: for the files of this run. hang_s: see HANG_S.
    """
    where = folder / f'{target}.where'
    command = (sys.executable, '-m', 'fuzz', target, '--seed', str(seed))
    options = ('--messages', str(damaged), '--where', str(where))
    path = os.pathsep.join((str(ROOT), str(ROOT / 'test' / 'engine')))
    environment = os.environ | {'PYTHONPATH': path, 'OMP_NUM_THREADS': '1'}
    with (folder / f'{target}.out').open('w+') as out:
        process = subprocess.Popen((*command, *options), env=environment, stdout=out)
        hung = wait_for_end(process, where, hang_s)
        out.seek(0)
        said = out.read()
    if process.returncode == 0 and not hung:
        return Outcome(json.loads(said), '')
    how = 'hung' if hung else f'ended with {process.returncode}'
    again = replay_command(target, seed, int(_progress(where) or 0))
    return Outcome({}, f'{target} {how}; its last message does it: {again}')


def wait_for_end(process: subprocess.Popen, where: Path, hang_s: float) -> bool:
    """Wait for the end; True for a process that had to be killed, because it hung."""
    seen, seen_at = '', time.monotonic()
    while True:
        try:
            process.wait(LOOK_EVERY_S)
            return False
        except subprocess.TimeoutExpired:
            progress = _progress(where)
        if progress != seen:
            seen, seen_at = progress, time.monotonic()
        elif time.monotonic() - seen_at > hang_s:
            process.kill()
            process.wait()
            return True


def _progress(where: Path) -> str:
    return where.read_text() if where.exists() else ''
