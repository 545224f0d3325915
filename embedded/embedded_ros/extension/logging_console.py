# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Writes log records to the console in the format that RCUTILS_CONSOLE_OUTPUT_FORMAT asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
import re
import sys
from typing import NamedTuple
from typing import TextIO

from embedded_ros.rcl.severity import Severity

DEFAULT_FORMAT = '[{severity}] [{time}] [{name}]: {message}'
MAX_FORMAT_LENGTH = 2047  # rcutils/logging.c RCUTILS_LOGGING_MAX_OUTPUT_FORMAT_LEN - 1

_TOKEN = re.compile(r'\{([a-z_]+)\}')
_RESET = '\033[0m'
_COLORS = {
    Severity.DEBUG: '\033[32m',
    Severity.INFO: _RESET,
    Severity.WARN: '\033[33m',
    Severity.ERROR: '\033[31m',
    Severity.FATAL: '\033[31m',
}


class Record(NamedTuple):
    """One log message on its way to the outputs."""

    severity: int
    name: str
    message: str
    function_name: str
    file_name: str
    line_number: int
    stamp_ns: int
    """System time, nanoseconds since 1970."""


@dataclass(frozen=True)
class ConsoleSettings:
    """What the environment says about console output."""

    format: str = DEFAULT_FORMAT
    use_stdout: bool = False
    colorized: bool | None = None
    """None: colours where the stream is a terminal."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> ConsoleSettings:
        """Read the RCUTILS_ variables; ValueError where one has no meaning."""
        return cls(
            format=environment.get('RCUTILS_CONSOLE_OUTPUT_FORMAT', '')[:MAX_FORMAT_LENGTH]
            or DEFAULT_FORMAT,
            use_stdout=bool(_zero_or_one(environment, 'RCUTILS_LOGGING_USE_STDOUT')),
            colorized=_zero_or_one(environment, 'RCUTILS_COLORIZED_OUTPUT'),
        )


def _zero_or_one(environment: Mapping[str, str], name: str) -> bool | None:
    text = environment.get(name, '')
    if text not in ('', '0', '1'):
        raise ValueError(f'unexpected value [{text}] specified for {name}: it must be 0 or 1')
    return text == '1' if text else None


def write_to_console(record: Record, settings: ConsoleSettings) -> None:
    """Write one record as one line; a console that is gone is skipped."""
    stream = sys.stdout if settings.use_stdout else sys.stderr
    if stream is None:  # a process without a console
        return
    if record.severity not in _COLORS:
        stream.write(f'unknown severity level: {record.severity}\n')
        return
    text = format_record(record, settings.format)
    if _is_colorized(stream, settings):
        text = f'{_COLORS[Severity(record.severity)]}{text}{_RESET}'
    try:
        stream.write(f'{text}\n')
        stream.flush()
    except (OSError, ValueError):  # closed, broken, or unable to encode: no reason to fail
        pass


def _is_colorized(stream: TextIO, settings: ConsoleSettings) -> bool:
    return stream.isatty() if settings.colorized is None else settings.colorized


def format_record(record: Record, template: str) -> str:
    """Replace the known {tokens} of a template; anything else stays as it is."""

    def expand(match: re.Match[str]) -> str:
        handler = _HANDLERS.get(match.group(1))
        return handler(record) if handler else match.group()

    return _TOKEN.sub(expand, template)


_HANDLERS = {
    'severity': lambda record: Severity(record.severity).name,
    'name': lambda record: record.name,
    'message': lambda record: record.message,
    'function_name': lambda record: record.function_name,
    'file_name': lambda record: record.file_name,
    'line_number': lambda record: str(record.line_number),
    'time': lambda record: '{:010d}.{:09d}'.format(*divmod(record.stamp_ns, 10**9)),
    'time_as_nanoseconds': lambda record: str(record.stamp_ns),
}
