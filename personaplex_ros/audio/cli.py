# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The command line of `personaplex-audio`."""

import argparse
from collections.abc import Sequence
from typing import NoReturn

from personaplex_ros.audio import command_devices
from personaplex_ros.audio import command_doctor

COMMANDS = (command_doctor, command_devices)
"""Modules with NAME, SUMMARY, add_options(parser) and run(options) -> exit status."""

EXIT_INVALID = 2
EXIT_INTERRUPTED = 130


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_INVALID, f'{self.prog}: {message}; see {self.prog} --help\n')


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status; 2 with one line on stderr if it cannot begin."""
    parser = _Parser(prog='personaplex-audio', description='Look into microphone and loudspeaker.')
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
    except argparse.ArgumentError as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
