# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Who would answer the calls of a file on a running graph; nobody is asked to do anything."""

from collections.abc import Callable
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from personaplex_ros.tools.catalogue import Catalogue

BOOL = 'std_msgs/msg/Bool'
_WHO = {
    'topic': 'nobody listens to',
    'service': 'nobody offers',
    'action': 'nobody offers',
    'condition': 'nobody publishes',
}
_AT = {'condition': 'topic'}


class NoGraph(Exception):
    """There is no graph to look at; the text says why."""


class LiveGraph(Protocol):
    """What a graph tells about names, as they stand in a file: relative ones too."""

    def resolve(self, name: str) -> str:
        """Return the full name."""

    def types(self, kind: str, name: str) -> set[str]:
        """Return the types in which somebody is at the other end.

        kind: topic (somebody listens), condition (a topic that somebody publishes), service or
        action.
        """


@dataclass(frozen=True)
class Need:
    """One name of a file, and what it is for."""

    use: str
    kind: str
    name: str
    type_name: str

    def finding(self, graph: LiveGraph) -> tuple[bool, str]:
        """Return whether it is met, and that in a line."""
        at = f'{_AT.get(self.kind, self.kind)} {graph.resolve(self.name)}'
        found = graph.types(self.kind, self.name)
        if self.type_name in found:
            return True, f'{self.use}: {at} is there [{self.type_name}]'
        if found:
            others = ', '.join(sorted(found))
            return False, f'{self.use}: {at} is there as {others}, not {self.type_name}'
        return False, f'{self.use}: {_WHO[self.kind]} {at} [{self.type_name}]'


def needs(catalogue: Catalogue) -> Iterator[Need]:
    """Yield what a file wants of a graph: its calls and the topics of `requires`."""
    for tool in catalogue.tools.values():
        yield Need(tool.name, tool.call.kind, tool.call.name, tool.call.type_name)
        for topic in tool.policy.requires:
            yield Need(f'{tool.name} requires', 'condition', topic, BOOL)


JoinGraph = Callable[[str, Catalogue], AbstractContextManager[LiveGraph]]
"""Takes a namespace and the file whose names are looked for. Raises NoGraph."""


def no_graph(namespace: str, catalogue: Catalogue) -> AbstractContextManager[LiveGraph]:
    """Be the JoinGraph of a place that has none."""
    raise NoGraph('--graph: this command was started without a way to a graph')
