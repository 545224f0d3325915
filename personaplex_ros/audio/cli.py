# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The command line of `personaplex-audio`."""

import argparse
from collections.abc import Sequence

from personaplex_ros.audio import command_devices
from personaplex_ros.audio import command_doctor
from personaplex_ros.command_line import command_parser

COMMANDS = (command_doctor, command_devices)
"""Modules with NAME, SUMMARY, add_options(parser) and run(options) -> exit status."""

EXIT_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status; 2 with one line on stderr if it cannot begin."""
    parser = command_parser('personaplex-audio', 'Look into microphone and loudspeaker.', COMMANDS)
    chosen = parser.parse_args(arguments)
    try:
        return chosen.run(chosen)
    except argparse.ArgumentError as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
