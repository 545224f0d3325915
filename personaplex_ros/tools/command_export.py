# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`personaplex-tools export`: the tools for other programs, as JSON."""

import argparse
import json
from pathlib import Path

from personaplex_ros.tools.export import as_mcp
from personaplex_ros.tools.export import as_openai
from personaplex_ros.tools.loading import load_catalogue

NAME = 'export'
SUMMARY = 'print the tools in the form of another program'


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument('file', metavar='FILE', type=Path, help='tools.yaml')
    form = parser.add_mutually_exclusive_group(required=True)
    form.add_argument(
        '--mcp',
        dest='form',
        action='store_const',
        const=as_mcp,
        help='the result of tools/list of the Model Context Protocol',
    )
    form.add_argument(
        '--openai',
        dest='form',
        action='store_const',
        const=as_openai,
        help='the tools of an OpenAI-compatible chat request',
    )


def run(options: argparse.Namespace) -> int:
    """Export; returns the exit status. Raises CatalogueError."""
    print(json.dumps(options.form(load_catalogue(options.file)), indent=2, ensure_ascii=False))
    return 0
