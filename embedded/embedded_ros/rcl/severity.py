# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Log severities, with the numbers of rcutils/logging.h."""

from __future__ import annotations

import enum


class Severity(enum.IntEnum):
    """How serious a log message is; UNSET leaves the level to the logger's ancestors."""

    UNSET = 0
    DEBUG = 10
    INFO = 20
    WARN = 30
    ERROR = 40
    FATAL = 50


def severity_from_string(text: str) -> Severity:
    """Return the severity of that name in any case; ValueError where there is none."""
    try:
        return Severity[text.upper()]
    except KeyError:
        names = ', '.join(Severity.__members__)
        raise ValueError(f"'{text}' is no log severity (have {names})") from None
