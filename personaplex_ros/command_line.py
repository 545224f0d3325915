# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the project's commands have in common: subcommands, and one line for what is wrong."""

import argparse
from collections.abc import Sequence
from typing import NoReturn
from typing import Protocol

EXIT_CANNOT_BEGIN = 2


class Command(Protocol):
    """A module that is a subcommand."""

    NAME: str
    SUMMARY: str

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Declare its options."""

    def run(self, options: argparse.Namespace) -> int:
        """Do it and return the exit status."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """Say it and end with status 2."""
        self.exit(EXIT_CANNOT_BEGIN, f'{self.prog}: {message}; see {self.prog} --help\n')


def command_parser(program: str, description: str, commands: Sequence[Command]) -> Parser:
    """Return a parser whose namespaces hold the chosen command's name and its `run`."""
    parser = Parser(prog=program, description=description)
    choices = parser.add_subparsers(dest='command', required=True, metavar='COMMAND')
    for command in commands:
        options = choices.add_parser(
            command.NAME, help=command.SUMMARY, description=command.SUMMARY
        )
        command.add_options(options)
        options.set_defaults(run=command.run)
    return parser
