# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Visitors whom nobody has met: espeak-ng variants with throats and melodies drawn at random.

What a line of a variant means: espeak-ng 1.51, docs/voices.md.
"""

from pathlib import Path

import numpy as np

from training.settings import seeded

PREFIX, COUNT = 'invented', 600
VARIANTS_FOLDER = Path('voices/!v')

THROATS = (0.86, 1.2)
"""All formants together: a long throat or a short one."""

FORMANTS = 9
FIRST_SPREAD, OTHER_SPREAD = 0.13, 0.08
"""Standard deviation of each formant's own factor; the first makes most of an odd voice."""

HEIGHTS, WIDTHS = (50, 140), (70, 160)
PITCHES_HZ, RISES = (65, 230), (1.15, 1.7)
"""Where a voice begins and how far up it goes."""

KLATT, TONE, ROUGH = 0.25, 0.35, 0.3
"""Chances of espeak-ng's other synthesiser, of a spectrum of its own, of a creaking voice."""


def name(number: int) -> str:
    """Return the variant's name, as in 'gmw/en-US+invented7'."""
    return f'{PREFIX}{number}'


def description(number: int) -> str:
    """Return the variant's file, always the same for a number."""
    rng = seeded('invented', number)
    lines = [f'language variant\nname {name(number)}', *_formants(rng), *_manner(rng)]
    if rng.random() < KLATT:
        lines.append(f'klatt {rng.integers(1, 6)}')
    if rng.random() < TONE:
        lines.append(_tone(rng))
    return '\n'.join(lines) + '\n'


def add_place(data: Path, folder: Path) -> Path:
    """Lay espeak-ng's data into a folder, with room for more variants; returns the new data."""
    target = folder / 'espeak-ng-data'
    (target / VARIANTS_FOLDER).mkdir(parents=True)
    for path in [*data.iterdir(), *(data / VARIANTS_FOLDER).iterdir()]:
        if path != data / VARIANTS_FOLDER.parent:
            (target / path.relative_to(data)).symlink_to(path)
    return target


def invent(voice: str, data: Path) -> None:
    """Write the variant that a voice names, where it is an invented one and not yet there.

    They are not all written at once: espeak-ng 1.51 lists 350 voices and no more.
    """
    variant = voice.rpartition('+')[2]
    path = data / VARIANTS_FOLDER / variant
    if variant.startswith(PREFIX) and not path.exists():
        path.write_text(description(int(variant.removeprefix(PREFIX))), encoding='utf-8')


def _formants(rng: np.random.Generator) -> list[str]:
    throat, lines = rng.uniform(*THROATS), []
    for formant in range(FORMANTS):
        own = rng.normal(1, FIRST_SPREAD if formant == 1 else OTHER_SPREAD)
        place = round(100 * throat * float(np.clip(own, 0.6, 1.4)))
        lines.append(f'formant {formant} {place} {_whole(rng, HEIGHTS)} {_whole(rng, WIDTHS)}')
    return lines


def _manner(rng: np.random.Generator) -> list[str]:
    low = rng.uniform(*PITCHES_HZ)
    rough = rng.integers(1, 5) if rng.random() < ROUGH else 0
    return [
        f'pitch {round(low)} {round(low * rng.uniform(*RISES))}',
        f'consonants {_whole(rng, (65, 130))} {_whole(rng, (65, 130))}',
        f'voicing {_whole(rng, (70, 140))}',
        f'flutter {rng.integers(7)}',
        f'roughness {rough}',
        f'intonation {rng.integers(1, 5)}',
        'stressAdd ' + ' '.join(str(one) for one in rng.integers(-25, 60, size=8)),
    ]


def _tone(rng: np.random.Generator) -> str:
    """Return levels, 0 to 255, at rising frequencies."""
    places = (_whole(rng, (300, 700)), _whole(rng, (1_000, 1_800)), _whole(rng, (2_200, 3_500)))
    return 'tone ' + ' '.join(f'{place} {_whole(rng, (110, 255))}' for place in places)


def _whole(rng: np.random.Generator, both: tuple[int, int]) -> int:
    return int(rng.integers(both[0], both[1] + 1))
