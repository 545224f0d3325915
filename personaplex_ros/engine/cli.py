# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The command line of `personaplex-engine`."""

from collections.abc import Sequence
import os
import sys

from personaplex_ros.command_line import command_parser
from personaplex_ros.command_line import EXIT_CANNOT_BEGIN
from personaplex_ros.engine import command_bench
from personaplex_ros.engine import command_convert
from personaplex_ros.engine import command_doctor
from personaplex_ros.engine import command_offline
from personaplex_ros.engine import command_serve
from personaplex_ros.engine.failure import ModelFailure
from personaplex_ros.engine.failure import ModelStuck
from personaplex_ros.engine.failure import StartFailure

EXIT_MODEL_FAILED = 1

COMMANDS = (command_serve, command_offline, command_convert, command_doctor, command_bench)
"""Modules with NAME, SUMMARY, add_options(parser) and run(options) -> exit status."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status.

    2 with one line on stderr if it cannot start, 1 with one if its model broke.
    """
    parser = command_parser('personaplex-engine', 'PersonaPlex as a process.', COMMANDS)
    chosen = parser.parse_args(arguments)
    try:
        return chosen.run(chosen)
    except (StartFailure, ModelFailure) as failure:
        print(f'personaplex-engine {chosen.command}: {failure}', file=sys.stderr, flush=True)
        if isinstance(failure, ModelStuck):
            os._exit(EXIT_MODEL_FAILED)  # the interpreter's own end would wait for the device
        return EXIT_MODEL_FAILED if isinstance(failure, ModelFailure) else EXIT_CANNOT_BEGIN
