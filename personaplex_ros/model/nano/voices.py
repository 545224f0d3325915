# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""nano's voices: PersonaPlex's 18 names, each a second and a half of codes."""

from pathlib import Path

import numpy as np
from safetensors.torch import save_file
import torch

from personaplex_ros.model.nano import recipe

FRAMES = 18

FAMILIES = {'NATF': 4, 'VARF': 5, 'NATM': 4, 'VARM': 5}
"""How many of each (names: personaplex 3428dfd, client/src/pages/Queue/Queue.tsx:11-16)."""

CODES = {'F': (0, recipe.BINS // 2), 'M': (recipe.BINS // 2, recipe.BINS)}
"""An untrained codec cannot tell voices apart, so the two families share no code at all."""


def write_voices(folder: Path, rng: np.random.Generator) -> None:
    """Write NAME.safetensors with codes int64 [codebooks, FRAMES] for every name."""
    folder.mkdir()
    for family, count in FAMILIES.items():
        for index in range(count):
            drawn = rng.integers(*CODES[family[-1]], size=(recipe.CODEBOOKS, FRAMES))
            save_file({'codes': torch.from_numpy(drawn)}, folder / f'{family}{index}.safetensors')
