# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`personaplex-engine convert`: its options and the run."""

import argparse
from pathlib import Path
import sys

from personaplex_ros.engine.failure import StartFailure

NAME = 'convert'
SUMMARY = 'make a model directory of the published PersonaPlex files'

EXIT_INTERRUPTED = 130
"""What a shell reports for a command that Ctrl-C ended."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        'source',
        metavar='SOURCE',
        help='nvidia/personaplex-7b-v1, another Hugging Face id (its token is read from '
        'HF_TOKEN), or a folder with the published files',
    )
    parser.add_argument('directory', metavar='DIR', type=Path, help='the model directory to make')
    parser.add_argument(
        '--revision', help='commit, tag or branch of the repository (its default branch)'
    )
    parser.add_argument(
        '--verify',
        action='store_true',
        help='read DIR again and compare checksums; a DIR that is there is only checked',
    )


def run(options: argparse.Namespace) -> int:
    """Convert, and verify if asked; returns the exit status. Raises StartFailure."""
    from personaplex_ros.engine.published import convert_published  # it imports torch

    directory = options.directory.expanduser().absolute()
    try:
        if not (options.verify and directory.is_dir()):
            convert_published(options.source, directory, options.revision)
        if options.verify:
            _verify(directory)
    except KeyboardInterrupt:
        print('personaplex-engine convert: interrupted; downloads are kept', file=sys.stderr)
        return EXIT_INTERRUPTED
    return 0


def _verify(directory: Path) -> None:
    from personaplex_ros.engine.published import progress_bar
    from personaplex_ros.engine.published import say
    from personaplex_ros.model.checkpoint import CheckpointError
    from personaplex_ros.model.convert_record import verify

    try:
        origin = verify(directory, progress_bar)
    except CheckpointError as error:
        raise StartFailure(str(error)) from None
    revision = f' at {origin.revision}' if origin.revision else ''
    say(f'{directory} is whole, made of {origin.source}{revision}')
