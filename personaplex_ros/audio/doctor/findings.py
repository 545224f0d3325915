# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the doctor found: one line each, with what to do where something is wrong."""

from dataclasses import asdict
from dataclasses import dataclass
import enum
import json


class Level(enum.Enum):
    """How bad it is."""

    OK = 'ok'
    WARN = 'warn'
    """The robot works, but not as well as it could."""

    BAD = 'bad'
    """The robot is deaf, mute, or hears itself."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    level: Level
    topic: str
    text: str
    advice: str = ''
    """What to do; '' where nothing is to be done."""


@dataclass(frozen=True)
class Parameter:
    """A parameter of the audio node that follows from what was measured."""

    name: str
    value: str | int | float
    reason: str


class Report:
    """Findings, what stands in the way of all else first; their figures; what to set."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.figures: dict[str, float] = {}
        """Measured values by name, each with its unit in the name."""
        self.parameters: list[Parameter] = []
        """Empty where a fault kept the doctor from measuring all they follow from."""

    def ok(self, topic: str, text: str) -> None:
        """Note what is as it should be."""
        self.findings.append(Finding(Level.OK, topic, text))

    def warn(self, topic: str, text: str, advice: str) -> None:
        """Note what could be better."""
        self.findings.append(Finding(Level.WARN, topic, text, advice))

    def bad(self, topic: str, text: str, advice: str) -> None:
        """Note what has to change."""
        self.findings.append(Finding(Level.BAD, topic, text, advice))

    @property
    def fault(self) -> Finding | None:
        """The first thing to be set right; None where nothing is bad."""
        return next((one for one in self.findings if one.level is Level.BAD), None)

    @property
    def exit_status(self) -> int:
        """1 where something is bad."""
        return int(self.fault is not None)

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
        lines = []
        for one in self.findings:
            lines.append(f'{one.level.value:4}  {one.topic:12}  {one.text}')
            if one.advice:
                lines.append(f'{"":20}-> {one.advice}')
        return '\n'.join([*lines, '', self.verdict])

    def as_json(self) -> str:
        """Return {"ok", "verdict", "findings": [...], "figures": {...}, "parameters": {...}}."""
        body = {
            'ok': not self.exit_status,
            'verdict': self.verdict,
            'findings': [asdict(one) | {'level': one.level.value} for one in self.findings],
            'figures': self.figures,
            'parameters': {one.name: one.value for one in self.parameters},
        }
        return json.dumps(body, indent=2, ensure_ascii=False)
