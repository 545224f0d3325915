# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`make eval`: measures the exported model and writes results.json with its conditions."""

import argparse
from dataclasses import asdict
import json
from pathlib import Path
import shlex
import sys

import torch

from bench.conditions import conditions
from personaplex_ros.model.checkpoint import Checkpoint
from personaplex_ros.model.personaplex import PersonaPlex
from training.arguments import add_home
from training.evaluation.behaviour import babble
from training.evaluation.behaviour import interruption
from training.evaluation.behaviour import quiet
from training.evaluation.codec import codec_figures
from training.evaluation.figure import Figure
from training.evaluation.replies import replies
from training.evaluation.replies import reply_figures
from training.evaluation.speed import size_figure
from training.evaluation.speed import speed_figures
from training.export import RESULTS
from training.settings import Home
from training.speech.corpus import Corpus
from training.speech.plan import KNOWN
from training.speech.plan import UNSEEN
from training.text.domain import load_domain


def measured(folder: Path, corpus: Corpus, args: argparse.Namespace) -> list[Figure]:
    """Return all figures; each is printed when it is there."""
    domain, checkpoint = load_domain(), Checkpoint(folder)
    figures = _told([size_figure(folder)])
    figures += _told(codec_figures(checkpoint, domain, torch.device('cpu')))
    model = PersonaPlex.load(folder, device='cpu')
    figures += _told(speed_figures(model, args.paced_frames))
    visits = [
        one
        for split in (KNOWN, UNSEEN)
        for one in replies(model, corpus, domain, split, args.per_intent)
    ]
    figures += _told(reply_figures(visits, domain))
    figures += _told([interruption(model, corpus, domain, args.cases)])
    figures += _told([babble(model, corpus, domain, args.cases)])
    figures += _told([quiet(model, domain, args.quiet_minutes)])
    return figures


def _told(figures: list[Figure]) -> list[Figure]:
    for one in figures:
        verdict = 'good' if one.good else 'short'
        print(f'{verdict:5} {one.name}: {one.value} {one.unit} (wanted {one.wanted}, of {one.of})')
    return figures


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_home(parser)
    parser.add_argument('--model', type=Path, default=None, help='default: HOME/model')
    parser.add_argument('--per-intent', type=int, default=4, help='visits a split')
    parser.add_argument('--cases', type=int, default=60, help='interruptions; babble')
    parser.add_argument('--quiet-minutes', type=float, default=10.0)
    parser.add_argument('--paced-frames', type=int, default=750, help='of the speed test')
    parser.add_argument('--out', type=Path, default=RESULTS)
    args = parser.parse_args()
    torch.set_num_threads(1)
    home = Home(args.home)
    figures = measured(args.model or home.model, Corpus(home.speech), args)
    command = shlex.join(['python', '-m', 'training.evaluation.run', *sys.argv[1:]])
    result = {'figures': [asdict(one) for one in figures], 'conditions': conditions(command)}
    args.out.write_text(json.dumps(result, indent=2) + '\n', encoding='utf-8')


if __name__ == '__main__':
    main()
