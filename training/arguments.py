# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Command line options that several stages have."""

import argparse
from pathlib import Path

import torch

from training.settings import HOME


def add_home(parser: argparse.ArgumentParser) -> None:
    """Add --home."""
    parser.add_argument('--home', type=Path, default=HOME, help='folder of all that is made')


def add_training(parser: argparse.ArgumentParser, steps: int, batch: int) -> None:
    """Add what a resumable training loop needs to know."""
    add_home(parser)
    parser.add_argument('--device', default='cpu', help='cpu or cuda')
    parser.add_argument('--minutes', type=float, default=0.0, help='stop after; 0 goes to the end')
    parser.add_argument('--steps', type=int, default=steps, help='length of the whole schedule')
    parser.add_argument('--batch', type=int, default=batch)
    parser.add_argument('--threads', type=int, default=1, help='of torch on the CPU')


def device_of(args: argparse.Namespace) -> torch.device:
    """Return the device, with the number of threads set."""
    torch.set_num_threads(args.threads)
    return torch.device(args.device)
