# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The command line of `personaplex-engine`."""

import argparse
from collections.abc import Sequence
import sys
from typing import NoReturn

from personaplex_ros.engine import command_bench
from personaplex_ros.engine import command_convert
from personaplex_ros.engine import command_doctor
from personaplex_ros.engine import command_offline
from personaplex_ros.engine import command_serve
from personaplex_ros.engine.failure import StartFailure

COMMANDS = (command_serve, command_offline, command_convert, command_doctor, command_bench)
"""Modules with NAME, SUMMARY, add_options(parser) and run(options) -> exit status."""

EXIT_CANNOT_START = 2


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_CANNOT_START, f'{self.prog}: {message}; see {self.prog} --help\n')


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status; 2 with one line on stderr if it cannot start."""
    parser = _Parser(prog='personaplex-engine', description='PersonaPlex as a process.')
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
    except StartFailure as failure:
        print(f'personaplex-engine {chosen.command}: {failure}', file=sys.stderr)
        return EXIT_CANNOT_START
