# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a doctor found: one line each, with what to do where something is wrong."""

from dataclasses import asdict
from dataclasses import dataclass
import enum
import json
from typing import Any


class Level(enum.Enum):
    """How bad it is."""

    OK = 'ok'
    WARN = 'warn'
    """It works, but not as well as it could."""

    BAD = 'bad'
    """It does not do what it is there for."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    level: Level
    topic: str
    text: str
    advice: str = ''
    """What to do; '' where nothing is to be done."""


class Findings:
    """In the order in which they were made, with the figures behind them."""

    topic_width = 16
    """Characters for the topic in as_text()."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.figures: dict[str, Any] = {}
        """Measured values by name, each with its unit in the name, for programs."""

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

    def as_text(self) -> str:
        """Return a line a finding, its advice indented below."""
        lines = []
        for one in self.findings:
            lines.append(f'{one.level.value:4}  {one.topic:{self.topic_width}}  {one.text}')
            if one.advice:
                lines.append(f'{"":{self.topic_width + 8}}-> {one.advice}')
        return '\n'.join(lines)

    def as_dict(self) -> dict[str, Any]:
        """Return {"ok": bool, "findings": [...], "figures": {...}}."""
        findings = [asdict(one) | {'level': one.level.value} for one in self.findings]
        return {'ok': not self.exit_status, 'findings': findings, 'figures': self.figures}

    def as_json(self) -> str:
        """Return as_dict() as text."""
        return json.dumps(self.as_dict(), indent=2, ensure_ascii=False)
