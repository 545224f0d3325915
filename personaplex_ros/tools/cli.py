# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The command line of `personaplex-tools`."""

from collections.abc import Sequence
import sys

from personaplex_ros.command_line import command_parser
from personaplex_ros.command_line import EXIT_CANNOT_BEGIN
from personaplex_ros.tools import command_check
from personaplex_ros.tools import command_export
from personaplex_ros.tools import command_simulate
from personaplex_ros.tools.live_graph import JoinGraph
from personaplex_ros.tools.live_graph import no_graph
from personaplex_ros.tools.live_graph import NoGraph
from personaplex_ros.tools.loading import CatalogueError
from personaplex_ros.tools.simulation import TranscriptError

COMMANDS = (command_check, command_simulate, command_export)
"""Modules with NAME, SUMMARY, add_options(parser) and run(options) -> exit status."""


def main(arguments: Sequence[str] | None = None, live_graph: JoinGraph = no_graph) -> int:
    """Run a command and return its exit status; 2 with what is wrong on stderr.

    live_graph: joins a running graph for `check --graph`; this room knows no ROS.
    """
    parser = command_parser('personaplex-tools', 'Look into a tools file.', COMMANDS)
    parser.set_defaults(live_graph=live_graph)
    chosen = parser.parse_args(arguments)
    try:
        return chosen.run(chosen)
    except (CatalogueError, TranscriptError, NoGraph) as error:
        print(error, file=sys.stderr)
        return EXIT_CANNOT_BEGIN
    except BrokenPipeError:  # `| head`
        sys.stderr.close()
        return 0
