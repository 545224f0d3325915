# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Installs rclpy's Python layer into its private folder: python -m embedded_ros.install_layer.

The layer is pinned by version and hash in rclpy_layer.txt. The folder appears whole or not at all.
"""

import base64
import csv
import hashlib
from pathlib import Path
import subprocess
import sys
import tempfile

from embedded_ros.loaders import layer_folder

REQUIREMENT = Path(__file__).with_name('rclpy_layer.txt')


def install_layer(folder: Path) -> bool:
    """Install into a folder; return False where it is there and intact.

    Raises subprocess.CalledProcessError where pip fails, with pip's own words on stderr.
    """
    if is_intact(folder):
        return False
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix='.rclpy_layer-') as scratch:
        new = Path(scratch) / 'new'
        subprocess.run(
            [
                sys.executable,
                '-m',
                'pip',
                'install',
                '--quiet',
                '--no-deps',
                '--no-compile',
                '--disable-pip-version-check',
                '--only-binary=:all:',
                '--require-hashes',
                '--target',
                str(new),
                '-r',
                str(REQUIREMENT),
            ],
            check=True,
        )
        (new / REQUIREMENT.name).write_bytes(REQUIREMENT.read_bytes())
        if folder.exists():
            folder.rename(Path(scratch) / 'old')
        new.rename(folder)
    return True


def is_intact(folder: Path) -> bool:
    """Return whether a folder holds the pinned layer, every file as its RECORD says."""
    pinned = folder / REQUIREMENT.name
    if not pinned.is_file() or pinned.read_bytes() != REQUIREMENT.read_bytes():
        return False
    records = list(folder.glob('rclpy_intellisense-*.dist-info/RECORD'))
    return len(records) == 1 and all(map(_matches, _recorded(folder, records[0])))


def _recorded(folder: Path, record: Path) -> list[tuple[Path, str]]:
    with record.open(newline='', encoding='utf-8') as lines:
        return [(folder / path, digest) for path, digest, _ in csv.reader(lines) if digest]


def _matches(recorded: tuple[Path, str]) -> bool:
    path, digest = recorded
    algorithm, _, expected = digest.partition('=')
    if not path.is_file():
        return False
    actual = hashlib.new(algorithm, path.read_bytes()).digest()
    return base64.urlsafe_b64encode(actual).rstrip(b'=').decode() == expected


def main() -> int:
    """Install and say where."""
    folder = layer_folder()
    try:
        installed = install_layer(folder)
    except subprocess.CalledProcessError as error:
        print(
            f'embedded_ros: pip could not install the layer pinned in {REQUIREMENT} '
            f'(exit status {error.returncode})',
            file=sys.stderr,
        )
        return 1
    print(f'embedded_ros: rclpy layer {"installed in" if installed else "is intact in"} {folder}')
    return 0


if __name__ == '__main__':
    sys.exit(main())
