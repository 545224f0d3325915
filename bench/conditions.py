# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a measurement was made with, kept beside its numbers."""

from datetime import datetime
from datetime import timezone
from importlib import metadata
import os
from pathlib import Path
import platform
import subprocess

PACKAGES = ('numpy', 'pywebrtc-audio', 'webrtcvad-wheels', 'soxr', 'torch', 'moshi')
CPU_INFO = Path('/proc/cpuinfo')


def conditions(command: str) -> dict:
    """Return machine, versions, command, date, commit, and the load of the moment."""
    return {
        'command': command,
        'date': datetime.now(timezone.utc).isoformat(timespec='seconds'),
        'commit': _commit(),
        'machine': {
            'cpu': _cpu(),
            'cores': os.cpu_count(),
            'architecture': platform.machine(),
            'load_average': [round(load, 1) for load in os.getloadavg()],
        },
        'versions': {'python': platform.python_version(), **_versions()},
    }


def _commit() -> str:
    """Return the commit, with a + where files differ from it."""
    describe = ['git', 'describe', '--always', '--dirty=+', '--exclude=*']
    done = subprocess.run(
        describe, capture_output=True, text=True, cwd=Path(__file__).parent, check=False
    )
    return done.stdout.strip() or 'not a git checkout'


def _cpu() -> str:
    if CPU_INFO.exists():
        for line in CPU_INFO.read_text().splitlines():
            if line.startswith('model name'):
                return line.partition(':')[2].strip()
    return platform.processor() or 'unknown'


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found
