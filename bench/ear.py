# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`make bench-ear`: synthesised speech to action through the command spotter, offline."""

import argparse
from hashlib import sha256
from importlib import metadata
import json
from pathlib import Path
import shutil
import sys
import time

from bench.conditions import conditions
from bench.ear_parts import Parts
from bench.ear_speech import MATERIAL
from bench.ear_speech import PROGRAMS
from bench.sentences import path as sentences_path
from bench.tools import EXAMPLE
from personaplex_ros.tools.ear import spotter
from personaplex_ros.tools.loading import load_catalogue

HERE = Path(__file__).parent
RESULT = HERE / 'results' / 'ear.json'
KEPT = HERE.parent / 'build' / 'bench_ear'
"""Parts that are done; a run that was cut off goes on behind them."""

GOAL = 0.95
"""Share of the commands that must act rightly; without the wake word nothing may act."""

PROGRESS_PERIOD_S = 5.0


class Progress:
    """One line on standard error, now and then."""

    def __init__(self) -> None:
        self.part = ''
        self._next_s = 0.0

    def __call__(self, done: int, whole: int) -> None:
        """Say how far the part is."""
        if time.monotonic() >= self._next_s or done == whole:
            self._next_s = time.monotonic() + PROGRESS_PERIOD_S
            print(f'{self.part}: {done} of {whole}', file=sys.stderr, flush=True)


def made_of(material: str) -> str:
    """Return a digest of all that a figure depends on; figures of another one are not kept."""
    digest = sha256(metadata.version('pocketsphinx').encode())
    sources = [*HERE.glob('ear*.py'), *Path(spotter.__file__).parent.glob('*.py'), EXAMPLE]
    for source in sorted([*sources, sentences_path(MATERIAL[material].sentences)]):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def measured(parts: Parts, names: list[str], folder: Path, progress: Progress) -> dict:
    """Return the figures of parts, by name; those that lie in the folder already are taken."""
    folder.mkdir(parents=True, exist_ok=True)
    figures = {}
    for name in names:
        kept = folder / f'{name.replace(" ", "_").replace(",", "")}.json'
        if not kept.exists():
            progress.part = name
            kept.write_text(json.dumps(parts.measure(name)), encoding='utf-8')
        figures[name] = json.loads(kept.read_text(encoding='utf-8'))
        print(f'{name}: {shown(figures[name])}', flush=True)
    return figures


def shown(figures: dict) -> str:
    """Return figures in one line, and each mistake in one more."""
    numbers = {key: value for key, value in figures.items() if isinstance(value, int | float)}
    line = ', '.join(f'{key} {value}' for key, value in numbers.items())
    return '\n  '.join([line, *figures['mistakes']])


def is_good(figures: dict) -> bool:
    """Whether the goals of the project are met, as far as they were measured."""
    commands, others = figures.get('commands'), figures.get('without wake word')
    return (commands is None or commands['right'] >= GOAL * commands['clips']) and (
        others is None or others['acted'] == 0
    )


def main() -> int:
    """Measure, print and write; 1 where the goals of the project are missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--sentences', choices=MATERIAL, default='report', help='tuning: print, and keep nothing'
    )
    parser.add_argument('--part', action='append', help='measure this part alone; may be repeated')
    parser.add_argument('--again', action='store_true', help='measure what is done already, too')
    options = parser.parse_args()
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        print(f'no {" and no ".join(missing)} here: apt install {" ".join(missing)}')
        return 2
    folder = KEPT / f'{options.sentences}-{made_of(options.sentences)}'
    if options.again and folder.exists():
        shutil.rmtree(folder)
    progress = Progress()
    parts = Parts(load_catalogue(EXAMPLE), MATERIAL[options.sentences], KEPT, progress)
    unknown = set(options.part or ()) - set(parts.names())
    if unknown:
        parser.error(f'no part {sorted(unknown)}; expected some of {parts.names()}')
    figures = measured(parts, options.part or parts.names(), folder, progress)
    if options.sentences == 'report' and not options.part:
        figures['conditions'] = conditions('make bench-ear')
        RESULT.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + '\n', 'utf-8')
    return 0 if is_good(figures) else 1


if __name__ == '__main__':
    sys.exit(main())
