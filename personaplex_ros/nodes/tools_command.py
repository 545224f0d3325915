# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`personaplex-tools` where a graph can be looked at; everything else of it needs no ROS."""

from collections.abc import Iterator
from contextlib import contextmanager

from personaplex_ros.tools.catalogue import Catalogue
from personaplex_ros.tools.cli import main as tools_main
from personaplex_ros.tools.live_graph import LiveGraph
from personaplex_ros.tools.live_graph import NoGraph


@contextmanager
def live_graph(namespace: str, catalogue: Catalogue) -> Iterator[LiveGraph]:
    """Join the graph. Raises NoGraph without a ROS 2."""
    try:
        from personaplex_ros.nodes.graph_look import graph_look
    except ImportError as error:
        raise NoGraph(f'--graph needs a ROS 2 that is sourced here ({error})') from None
    with graph_look(namespace, catalogue) as look:
        yield look


def main() -> int:
    """Run a command and return its exit status."""
    return tools_main(live_graph=live_graph)
