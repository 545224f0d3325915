# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`personaplex-engine bench`: its options, the run, and what it writes."""

import argparse
from datetime import datetime
from datetime import timezone
import json
from pathlib import Path
import re
import sys
from typing import Any

from personaplex_ros.engine.argument_types import torch_device
from personaplex_ros.engine.argument_types import whole_number
from personaplex_ros.engine.failure import StartFailure

NAME = 'bench'
SUMMARY = 'measure frames and prompts, and keep them with their conditions'

EXIT_INTERRUPTED = 130
"""What a shell reports for a command that Ctrl-C ended."""

RESULTS = Path('bench/results')


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        '--model',
        default='nano',
        help='nano, a model directory, a Hugging Face id; random-7b and random-small need no '
        "files and run NVIDIA's loop beside ours (%(default)s)",
    )
    parser.add_argument('--device', type=torch_device, default='auto')
    parser.add_argument(
        '--threads', type=whole_number(1, 256), default=1, help='torch on the CPU (%(default)s)'
    )
    parser.add_argument(
        '--frames', type=whole_number(1, 1_000_000), default=400, help='to time (%(default)s)'
    )
    parser.add_argument(
        '--fill-window', action='store_true', help='talk first until the window is nearly full'
    )
    written = parser.add_mutually_exclusive_group()
    written.add_argument(
        '--out', type=Path, default=RESULTS, metavar='DIR', help='for JSON and PNG (%(default)s)'
    )
    written.add_argument(
        '--json', type=Path, metavar='FILE', help='the JSON instead of DIR/MODEL-DEVICE-DATE.json'
    )


def run(options: argparse.Namespace) -> int:
    """Measure, write JSON and picture, print the table. Raises StartFailure."""
    from personaplex_ros.engine.bench.plan import Plan
    from personaplex_ros.engine.bench.run import run as measure  # it imports torch
    from personaplex_ros.engine.bench.table import render

    _make_folder(options.json.parent if options.json else options.out)
    plan = Plan(
        model=options.model,
        device=options.device,
        threads=options.threads,
        frames=options.frames,
        fill_window=options.fill_window,
    )
    try:
        result = measure(plan)
    except KeyboardInterrupt:
        print('personaplex-engine bench: interrupted; nothing is written', file=sys.stderr)
        return EXIT_INTERRUPTED
    print(render(result))
    path = options.json or options.out / _name(result)
    path.write_text(_as_json(result), encoding='utf-8')
    print(f'\n{path}{_draw(result, path.with_suffix(".png"))}')
    return 0


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartFailure(f'{folder} cannot be made ({error.strerror}); choose another') from None


def _as_json(result: dict[str, Any]) -> str:
    """Indented, but for the frame times: a line each would hide the rest."""
    text = json.dumps(result, indent=1) + '\n'
    return re.sub(r'\[[\s\d.,]+\]', lambda found: ' '.join(found[0].split()), text)


def _name(result: dict[str, Any]) -> str:
    model = result['model']
    today = datetime.now(timezone.utc).date().isoformat()
    return f'{model["name"]}-{model["device"]}-{today}.json'


def _draw(result: dict[str, Any], path: Path) -> str:
    try:
        from personaplex_ros.engine.bench.picture import draw
    except ModuleNotFoundError as error:
        return f' (no picture: pip install {error.name})'
    draw(result, path)
    return f', {path}'
