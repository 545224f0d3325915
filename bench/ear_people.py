# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Recordings of people who do not talk to the robot: Debian's pocketsphinx-testdata, or ours."""

from collections.abc import Iterator
from pathlib import Path
import subprocess

import numpy as np

from bench.ear_speech import read

PACKAGE = 'pocketsphinx-testdata'
INSIDE = Path('usr/share/pocketsphinx/test/data')
OURS = Path(__file__).parent / 'speech'
FETCH_TIMEOUT_S = 120


def recordings(folder: Path) -> tuple[str, Iterator[tuple[str, np.ndarray]]]:
    """Return where recordings come from, and (name, int16 [n], 16 kHz mono) of each.

    folder: where the package is unpacked to where it is not installed. Without it, and without
    apt, the two files of bench/speech have to do, which were cut from it.
    """
    data = next((d for d in (Path('/') / INSIDE, folder / INSIDE) if d.is_dir()), None)
    data = data or _fetched(folder)
    if data is None:
        return 'bench/speech', ((p.name, read(p)) for p in sorted(OURS.glob('*.flac')))
    return PACKAGE, _of_package(data)


def _fetched(folder: Path) -> Path | None:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        _run('apt-get', 'download', PACKAGE, cwd=folder)
        _run('dpkg-deb', '-x', str(next(folder.glob(f'{PACKAGE}_*.deb'))), str(folder))
    except (OSError, subprocess.SubprocessError):
        return None
    return folder / INSIDE


def _run(*command: str, cwd: Path | None = None) -> None:
    subprocess.run(command, cwd=cwd, check=True, capture_output=True, timeout=FETCH_TIMEOUT_S)


def _of_package(data: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Raw files are int16, 16 kHz, mono, as the package's own tests read them."""
    for path in sorted(data.rglob('*.raw')):
        yield path.name, np.fromfile(path, '<i2')
    for path in sorted(data.rglob('*.wav')):
        yield path.name, read(path)
