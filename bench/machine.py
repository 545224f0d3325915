# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Whether it was the machine that had no time: what a late answer or frame is held against."""

from pathlib import Path

PROC_STAT = Path('/proc/stat')
IDLE, IOWAIT, STEAL = 3, 4, 7
"""Columns of the line `cpu` (proc(5)), in ticks of all cores."""


class Machine:
    """Watches from when it is made."""

    def __init__(self) -> None:
        self._begun = _ticks()
        self._late_s = 0.0

    def napped(self, asked_s: float, took_s: float) -> None:
        """Take how long a sleep of this process was to be, and how long it was."""
        self._late_s = max(self._late_s, took_s - asked_s)

    def told(self) -> dict[str, float]:
        """Return what cores did meanwhile, as shares of all of them, and the latest waking."""
        spent = [now - then for now, then in zip(_ticks(), self._begun, strict=True)]
        total = max(1, sum(spent))
        return {
            'busy_share': round(1 - (spent[IDLE] + spent[IOWAIT]) / total, 2),
            'waits_for_disk_share': round(spent[IOWAIT] / total, 3),
            'stolen_share': round(spent[STEAL] / total, 3),
            'woken_late_max_ms': round(1000 * self._late_s, 1),
        }


def _ticks() -> list[int]:
    """Return the first eight columns: user, nice, system, idle, iowait, irq, softirq, steal."""
    return [int(field) for field in PROC_STAT.read_text().split()[1:9]]
