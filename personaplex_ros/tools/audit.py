# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The audit log: every step as a JSON line, in files that rotate."""

from datetime import datetime
from datetime import timezone
import json
import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Protocol

from personaplex_ros.tools.steps import Step

MAX_BYTES = 5_000_000
BACKUPS = 5

MAX_LINE_CHARS = 100_000
"""Twice the arguments of a call (arguments.MAX_JSON_CHARS) where all of them have to be escaped.
The handler would begin a new file for a vast line: a few would push the whole log out."""

MAX_TEXT_CHARS = 1_000
"""What is kept of each value of a line that would be longer."""


class Audit(Protocol):
    """Where steps are recorded."""

    def write(self, step: Step) -> None:
        """Record a step; raises OSError where it could not be written."""


class AuditFile:
    """JSON lines in a file; when it is full it is renamed to .1, .1 to .2, and so on."""

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES, backups: int = BACKUPS) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._handler = _Handler(path, maxBytes=max_bytes, backupCount=backups, encoding='utf-8')

    def write(self, step: Step) -> None:
        """Record a step; raises OSError where it could not be written."""
        self._handler.emit(logging.LogRecord('', logging.INFO, '', 0, _line(step), None, None))

    def close(self) -> None:
        """Close the file."""
        self._handler.close()


class NoAudit:
    """For trials, where nothing is called."""

    def write(self, step: Step) -> None:
        """Record nothing."""


def as_json(step: Step) -> dict[str, object]:
    """Return a step as a JSON object, with the time of day."""
    now = datetime.now(timezone.utc)
    return {
        'time': now.isoformat(timespec='milliseconds'),
        'stage': step.stage.name,
        'tool': step.tool,
        'call_id': step.call_id,
        'arguments': dict(step.arguments),
        'source': step.source,
        'reason': step.reason,
    }


def _line(step: Step) -> str:
    record = as_json(step)
    line = json.dumps(record)
    if len(line) <= MAX_LINE_CHARS:
        return line
    return json.dumps({name: _cut(value) for name, value in record.items()})


def _cut(value: object) -> object:
    text = value if isinstance(value, str) else json.dumps(value)
    if len(text) <= MAX_TEXT_CHARS:
        return value
    return f'{text[:MAX_TEXT_CHARS]}... ({len(text)} characters)'


class _Handler(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's name)
        """Raise again what logging caught: it would print it and go on."""
        raise
