# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""One type for each name of a file: with two, Fast DDS refuses whichever a process makes later.

A topic, a service and an action may share a name: in DDS theirs differ (rt/, rq/ and rr/, and
/_action/ below), and no name of a file reaches into those of an action.
"""

from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from personaplex_ros.tools.live_graph import BOOL
from personaplex_ros.tools.yaml_lines import Lines
from personaplex_ros.tools.yaml_lines import Path


@dataclass(frozen=True)
class _Use:
    """Where a file uses a name."""

    path: Path
    kind: str
    name: str
    type_name: str


def type_clashes(data: Mapping[str, Any], lines: Lines) -> Iterator[tuple[Path, str]]:
    """Yield what uses a name in another type than before, and where. data: a file of the form.

    Names are compared as they stand: whether `cmd` is `/cmd` is known to the node alone.
    """
    first: dict[tuple[str, str], _Use] = {}
    for use in _uses(data):
        before = first.setdefault((use.kind, use.name), use)
        if before.type_name != use.type_name:
            yield (
                use.path,
                f'{use.kind} {use.name!r} is {use.type_name} here and {before.type_name} in line '
                f'{lines.of(before.path)}; a name has one type: take another name',
            )


def _uses(data: Mapping[str, Any]) -> Iterator[_Use]:
    if 'topic' in data['estop']:
        yield _Use(('estop', 'topic'), 'topic', data['estop']['topic'], BOOL)
    for index, entry in enumerate(data['tools']):
        call, path = entry['call'], ('tools', index)
        yield _Use((*path, 'call', 'name'), call['kind'], call['name'], call['type'])
        for place, topic in enumerate(entry.get('policy', {}).get('requires', ())):
            yield _Use((*path, 'policy', 'requires', place), 'topic', topic, BOOL)
