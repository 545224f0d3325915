# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A conversation around a robot, and what may come of it."""

from dataclasses import dataclass

Call = tuple[str, str]
"""Tool, and its arguments as JSON with sorted keys."""


@dataclass(frozen=True)
class Said:
    """Someone says something. speaker: user, agent, or interrupt (nobody says, it happens)."""

    speaker: str
    text: str = ''
    voice: str = ''


@dataclass(frozen=True)
class Case:
    """A conversation and the calls that were asked for in it."""

    kind: str
    lines: tuple[Said, ...]
    wanted: tuple[Call, ...] = ()
    """Plain commands: all of them should be made. Indirect ones may be. Nothing else may."""
