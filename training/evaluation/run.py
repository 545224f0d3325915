# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`make eval`: measures the exported model; writes results.json, with conditions, and its card."""

import argparse
from collections.abc import Callable
from dataclasses import asdict
import json
from multiprocessing import get_context
from pathlib import Path
import shlex
import sys

import torch

from bench.conditions import conditions
from bench.machine import Machine
from personaplex_ros.model.checkpoint import Checkpoint
from personaplex_ros.model.personaplex import PersonaPlex
from training.arguments import add_home
from training.evaluation.behaviour import babble
from training.evaluation.behaviour import interruption
from training.evaluation.behaviour import quiet
from training.evaluation.codec import codec_figures
from training.evaluation.figure import Figure
from training.evaluation.replies import asked_clips
from training.evaluation.replies import naming_clips
from training.evaluation.replies import replies
from training.evaluation.replies import reply_figures
from training.evaluation.speed import size_figure
from training.evaluation.speed import speed_figures
from training.model_card import CARD
from training.model_card import with_scores
from training.results import results_of
from training.results import weights_of
from training.settings import Home
from training.speech.corpus import Corpus
from training.speech.plan import KNOWN
from training.speech.plan import UNSEEN
from training.text.domain import load_domain

Part = Callable[[Path, Path, argparse.Namespace], list[Figure]]


def speed(folder: Path, frames: int) -> tuple[list[Figure], dict[str, float]]:
    """Return size and speed, and what the machine did meanwhile."""
    model, machine = _model(folder), Machine()
    figures = [size_figure(folder), *speed_figures(model, frames, machine)]
    return _told(figures), machine.told()


def behaviour(folder: Path, home: Home, args: argparse.Namespace) -> list[Figure]:
    """Return all other figures, from `jobs` processes, in the order of PARTS."""
    with get_context('spawn').Pool(args.jobs) as pool:
        running = [pool.apply_async(part, (folder, home.speech, args)) for part in PARTS]
        return [figure for one in running for figure in _told(one.get())]


def _codec(folder: Path, speech: Path, args: argparse.Namespace) -> list[Figure]:
    torch.set_num_threads(1)
    return codec_figures(Checkpoint(folder), load_domain(), torch.device('cpu'))


def _known(folder: Path, speech: Path, args: argparse.Namespace) -> list[Figure]:
    return _replies(folder, speech, args, KNOWN)


def _unseen(folder: Path, speech: Path, args: argparse.Namespace) -> list[Figure]:
    return _replies(folder, speech, args, UNSEEN)


def _replies(folder: Path, speech: Path, args: argparse.Namespace, split: str) -> list[Figure]:
    model, corpus, domain = _model(folder), Corpus(speech), load_domain()
    clips = asked_clips(corpus, domain, split, args.per_intent)
    found = replies(model, corpus, domain, clips, split)
    naming = naming_clips(corpus, domain, split)
    named = replies(model, corpus, domain, naming, split, 'name')
    return reply_figures(found, named, domain, split)


def _manners(folder: Path, speech: Path, args: argparse.Namespace) -> list[Figure]:
    model, corpus, domain = _model(folder), Corpus(speech), load_domain()
    return [
        interruption(model, corpus, domain, args.cases),
        *babble(model, corpus, domain, args.cases),
        quiet(model, domain, args.quiet_minutes),
    ]


PARTS: tuple[Part, ...] = (_codec, _known, _unseen, _manners)


def _model(folder: Path) -> PersonaPlex:
    torch.set_num_threads(1)
    return PersonaPlex.load(folder, device='cpu')


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
    parser.add_argument(
        '--speed-alone', action='store_true', help='once more; the other figures stay'
    )
    parser.add_argument('--jobs', type=int, default=1, help='processes; of a core each')
    parser.add_argument('--out', type=Path, default=None, help='default: training/results.json')
    args = parser.parse_args()
    home = Home(args.home)
    folder, out = args.model or home.model, args.out or home.results
    before = results_of(out, folder) if args.speed_alone else None
    if args.speed_alone and before is None:
        parser.error(f'{out} has no other figures of {folder}: leave out --speed-alone')
    figures, meanwhile = speed(folder, args.paced_frames)
    if not args.speed_alone:
        figures += behaviour(folder, home, args)
    command = shlex.join(['python', '-m', 'training.evaluation.run', *sys.argv[1:]])
    found = {
        'figures': [asdict(one) for one in figures],
        'machine_meanwhile': meanwhile,
        'conditions': conditions(command),
        'weights': weights_of(folder),
    }
    keep(with_speed(before, found) if before else found, out, folder)


def keep(found: dict, out: Path, folder: Path) -> None:
    """Write results, and their scores into the card of the model that they are of."""
    out.write_text(json.dumps(found, indent=2) + '\n', encoding='utf-8')
    card = folder / CARD
    if card.exists():
        card.write_text(with_scores(card.read_text(encoding='utf-8'), found), encoding='utf-8')


def with_speed(before: dict, found: dict) -> dict:
    """Return results in which the figures found take their places, with their own conditions."""
    again = {one['name']: one for one in found['figures']}
    figures = [again.pop(one['name'], one) for one in before['figures']]
    return {
        **before,
        'figures': [*figures, *again.values()],
        'machine_meanwhile': found['machine_meanwhile'],
        'speed_conditions': found['conditions'],
    }


if __name__ == '__main__':
    main()
