# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`personaplex-tools simulate`: a transcript, and what it would have led to."""

import argparse
import json
from pathlib import Path

from personaplex_ros.tools.loading import load_catalogue
from personaplex_ros.tools.simulation import read_transcript
from personaplex_ros.tools.simulation import simulate
from personaplex_ros.tools.simulation import TranscriptError

NAME = 'simulate'
SUMMARY = 'show what a transcript would have led to, as JSON lines; nothing is called'


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('file', metavar='FILE', type=Path, help='tools.yaml')
    parser.add_argument(
        'transcript',
        metavar='TRANSCRIPT',
        type=Path,
        help='text file, one utterance a line, `agent:` or `user:` in front',
    )
    parser.add_argument(
        '--untrue',
        metavar='TOPIC',
        action='append',
        default=[],
        help='a topic of `requires` that is not true (all others are)',
    )


def run(options: argparse.Namespace) -> int:
    """Simulate; returns the exit status. Raises CatalogueError or TranscriptError."""
    catalogue = load_catalogue(options.file)
    try:
        text = options.transcript.read_text(encoding='utf-8')
    except (OSError, UnicodeDecodeError) as error:
        raise TranscriptError(f'{options.transcript}: {error}') from None
    lines = list(read_transcript(text.splitlines()))
    for result in simulate(catalogue, lines, frozenset(options.untrue)):
        print(json.dumps(result, ensure_ascii=False))
    return 0
