# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""One measured figure and what was wanted of it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A number of results.json."""

    name: str
    value: float
    unit: str
    wanted: str
    good: bool
    of: int
    """How many cases it was taken from."""


def share(name: str, right: Sequence[bool], at_least: float) -> Figure:
    """Return the share of cases that went right, in percent."""
    value = 100.0 * sum(map(bool, right)) / max(1, len(right))
    return Figure(name, round(value, 1), '%', f'>= {at_least:g} %', value >= at_least, len(right))


def ceiling(name: str, value: float, unit: str, at_most: float, of: int) -> Figure:
    """Return a value that should be small."""
    value = float(value)
    return Figure(name, round(value, 2), unit, f'<= {at_most:g} {unit}', value <= at_most, of)
