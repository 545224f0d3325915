# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the doctor found: one line each, with what to do where something is wrong."""

from dataclasses import asdict
from dataclasses import dataclass
import enum
import json
from typing import Any


class Level(enum.Enum):
    """How bad it is."""

    OK = 'ok'
    WARN = 'warn'
    """It runs, but not as well as it could."""

    BAD = 'bad'
    """It does not run, or not in real time."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    level: Level
    topic: str
    text: str
    advice: str = ''
    """What to do; '' where nothing is to be done."""


class Report:
    """Findings in the order in which they were made, and the figures behind them."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.figures: dict[str, Any] = {}
        """Bytes, bytes per second and milliseconds by name, for programs."""

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
    def exit_status(self) -> int:
        """1 where something is bad."""
        return int(any(one.level is Level.BAD for one in self.findings))

    def as_text(self) -> str:
        """Return a line a finding, its advice indented below."""
        lines = []
        for one in self.findings:
            lines.append(f'{one.level.value:4}  {one.topic:16}  {one.text}')
            if one.advice:
                lines.append(f'{"":24}-> {one.advice}')
        return '\n'.join(lines)

    def as_json(self) -> str:
        """Return {"ok": bool, "findings": [...], "figures": {...}}."""
        findings = [asdict(one) | {'level': one.level.value} for one in self.findings]
        body = {'ok': not self.exit_status, 'findings': findings, 'figures': self.figures}
        return json.dumps(body, indent=2, ensure_ascii=False)
