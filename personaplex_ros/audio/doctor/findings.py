# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the doctor of sound found, its verdict in one line, and what to set."""

from dataclasses import dataclass
from typing import Any

from personaplex_ros.findings import Finding
from personaplex_ros.findings import Findings
from personaplex_ros.findings import Level

__all__ = ['Finding', 'Level', 'Parameter', 'Report']


@dataclass(frozen=True)
class Parameter:
    """A parameter of the audio node that follows from what was measured."""

    name: str
    value: str | int | float
    reason: str


class Report(Findings):
    """What stands in the way of all else comes first."""

    topic_width = 12

    def __init__(self) -> None:
        super().__init__()
        self.parameters: list[Parameter] = []
        """Empty where a fault kept the doctor from measuring all they follow from."""

    @property
    def verdict(self) -> str:
        """All of it in one line."""
        fault = self.fault
        if fault is not None:
            return f'wrong: {fault.text}' + (f' -> {fault.advice}' if fault.advice else '')
        notes = ', '.join(one.text for one in self.findings if one.level is not Level.OK)
        return f'nothing is wrong, but: {notes}' if notes else 'nothing is wrong'

    def as_text(self) -> str:
        """Return a line a finding, its advice indented below, and the verdict."""
        return '\n'.join([*super().as_text().splitlines(), '', self.verdict])

    def as_dict(self) -> dict[str, Any]:
        """Return {"ok", "verdict", "findings": [...], "figures": {...}, "parameters": {...}}."""
        return {
            **super().as_dict(),
            'verdict': self.verdict,
            'parameters': {one.name: one.value for one in self.parameters},
        }
