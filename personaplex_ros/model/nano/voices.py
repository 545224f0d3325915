# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""nano's voices: PersonaPlex's 18 names, each a second and a half of codes."""

from pathlib import Path

from moshi.models.compression import MimiModel
import numpy as np
from safetensors.torch import save_file

from personaplex_ros.model.nano import signals
from personaplex_ros.model.nano.codec import encode

FRAMES = 18

FAMILIES = {
    'NATF': (4, (190.0, 240.0), (1_200.0, 1_500.0)),
    'NATM': (4, (90.0, 120.0), (500.0, 700.0)),
    'VARF': (5, (180.0, 260.0), (1_100.0, 1_700.0)),
    'VARM': (5, (80.0, 130.0), (450.0, 800.0)),
}
"""Name: how many, pitch in Hz, formant in Hz (names: personaplex 3428dfd,
client/src/pages/Queue/Queue.tsx:11-16). F and M are an octave apart."""


def write_voices(folder: Path, mimi: MimiModel, rng: np.random.Generator) -> None:
    """Write NAME.safetensors with codes int64 [codebooks, FRAMES] for every name."""
    folder.mkdir()
    for family, (count, pitches, formants) in FAMILIES.items():
        for index in range(count):
            sound = signals.voice(rng, FRAMES, rng.uniform(*pitches), rng.uniform(*formants))
            codes = encode(mimi, sound).contiguous()
            save_file({'codes': codes}, folder / f'{family}{index}.safetensors')
