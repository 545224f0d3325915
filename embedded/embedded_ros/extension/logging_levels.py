# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Which logger lets which severity through: rcutils' dotted hierarchy of levels."""

from __future__ import annotations

from embedded_ros.rcl.severity import Severity

SEPARATOR = '.'
DEFAULT_LEVEL = Severity.INFO  # rcutils/logging.h RCUTILS_DEFAULT_LOGGER_DEFAULT_LEVEL


class LoggerLevels:
    """Levels that were set, by logger name; '' is the level of all the others."""

    def __init__(self) -> None:
        self.default = DEFAULT_LEVEL
        self._levels: dict[str, Severity] = {}

    def set(self, name: str, level: int) -> None:
        """Set a logger's level; UNSET gives it back to its ancestors. ValueError: no level."""
        level = Severity(level)
        if name:
            self._levels[name] = level
        else:
            self.default = level

    def effective(self, name: str) -> Severity:
        """Return the level of the nearest ancestor (or the logger itself) that has one."""
        while name:
            level = self._levels.get(name, Severity.UNSET)
            if level is not Severity.UNSET:
                return level
            name = name.rpartition(SEPARATOR)[0]
        return self.default
