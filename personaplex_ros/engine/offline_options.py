# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The options of `personaplex-engine offline`: upstream's, by name and meaning, and a few more."""

import argparse
from pathlib import Path

from personaplex_ros.engine.argument_types import torch_device
from personaplex_ros.engine.query import NO_SEED
from personaplex_ros.engine.settings import ServeSettings

TEACHER = (
    'You are a wise and friendly teacher. Answer questions or provide advice in a clear and '
    'engaging way.'
)
"""One of the prompts the model was trained on (personaplex 3428dfd, offline.py, --text-prompt)."""

MAX_TAIL_S = 3_600.0

_OWN_FILES = 'a model directory has it; --model DIR, see `personaplex-engine convert`'
_ELSEWHERE = {
    '--moshi-weight': _OWN_FILES,
    '--mimi-weight': _OWN_FILES,
    '--tokenizer': _OWN_FILES,
    '--cpu-offload': 'no bus is fast enough; docs/engine.md has the figures',
}
"""Options of upstream's that are not offered here, and what to do instead."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options; names, defaults and meaning are upstream's where it has them."""
    default = ServeSettings()
    files = parser.add_argument_group('files')
    files.add_argument(
        '--input-wav', type=Path, required=True, help='what the user says; channel 0 is heard'
    )
    files.add_argument(
        '--output-wav', type=Path, required=True, help='what the agent says, as long as the input'
    )
    files.add_argument(
        '--output-text', type=Path, required=True, help='JSON list, one piece of text per frame'
    )
    files.add_argument(
        '--tail', type=_tail, default=0.0, metavar='SECONDS', help='hear the answer out this long'
    )
    persona = parser.add_argument_group('persona')
    persona.add_argument(
        '--voice-prompt',
        required=True,
        help='a voice of the model, or a file of that folder: NATF2',
    )
    persona.add_argument(
        '--voice-prompt-dir', type=Path, metavar='DIR', help="instead of the model's own voices"
    )
    persona.add_argument('--text-prompt', default=TEACHER, help="who the agent is ('%(default)s')")
    drawing = parser.add_argument_group("sampling (where not given: the model's own)")
    drawing.add_argument('--temp-audio', type=float, help='temperature of the audio codes')
    drawing.add_argument('--temp-text', type=float, help='temperature of the text')
    drawing.add_argument('--topk-audio', type=int, help='audio codes drawn from')
    drawing.add_argument('--topk-text', type=int, help='text tokens drawn from')
    drawing.add_argument('--greedy', action='store_true', help='always take the likeliest')
    drawing.add_argument(
        '--seed', type=int, default=NO_SEED, help=f'{NO_SEED} takes a new one (%(default)s)'
    )
    parser.add_argument(
        '--model',
        '--hf-repo',
        default=default.model,
        help='nano, a model directory, or a Hugging Face id to fetch and convert (%(default)s)',
    )
    parser.add_argument(
        '--device', type=torch_device, default=default.device, help='auto, cpu, cuda or cuda:1'
    )
    for option, instead in _ELSEWHERE.items():
        parser.add_argument(
            option, action=_Elsewhere, nargs='?', const=instead, help=argparse.SUPPRESS
        )


class _Elsewhere(argparse.Action):
    """Refuses an option that upstream has, with what to do instead."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Tell it and end."""
        parser.error(f'{self.option_strings[0]} is not offered here: {self.const}')


def _tail(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= MAX_TAIL_S:
        raise argparse.ArgumentTypeError(f'{value!r}; expected seconds from 0 to {MAX_TAIL_S:.0f}')
    return seconds
