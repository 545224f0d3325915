# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Sentences of the benches, in text files with sections."""

from pathlib import Path

COMMENT = '#'
HEADING = '== '


def sections(name: str) -> dict[str, list[str]]:
    """Return the lines of bench/sentences/NAME.txt below each `== heading`."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in path(name).read_text(encoding='utf-8').splitlines():
        if line.startswith(HEADING):
            lines = found[line.removeprefix(HEADING)] = []
        elif line and not line.startswith(COMMENT):
            lines.append(line)
    return found


def path(name: str) -> Path:
    """Return where a list lies."""
    return Path(__file__).parent / f'{name}.txt'
