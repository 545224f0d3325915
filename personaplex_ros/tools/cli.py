# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The command line of `personaplex-tools`."""

import argparse
from collections.abc import Sequence
import sys
from typing import NoReturn

from personaplex_ros.tools import command_check
from personaplex_ros.tools import command_export
from personaplex_ros.tools import command_simulate
from personaplex_ros.tools.loading import CatalogueError
from personaplex_ros.tools.simulation import TranscriptError

COMMANDS = (command_check, command_simulate, command_export)
"""Modules with NAME, SUMMARY, add_options(parser) and run(options) -> exit status."""

EXIT_INVALID = 2


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_INVALID, f'{self.prog}: {message}; see {self.prog} --help\n')


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status; 2 with what is wrong on stderr."""
    parser = _Parser(prog='personaplex-tools', description='Look into a tools file.')
    commands = parser.add_subparsers(dest='command', required=True, metavar='COMMAND')
    for command in COMMANDS:
        options = commands.add_parser(
            command.NAME, help=command.SUMMARY, description=command.SUMMARY
        )
        command.add_options(options)
        options.set_defaults(run=command.run)
    chosen = parser.parse_args(arguments)
    try:
        return chosen.run(chosen)
    except (CatalogueError, TranscriptError) as error:
        print(error, file=sys.stderr)
        return EXIT_INVALID
    except BrokenPipeError:  # `| head`
        sys.stderr.close()
        return 0
