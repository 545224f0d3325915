# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Seeds and places that the stages share."""

from dataclasses import dataclass
import hashlib
from pathlib import Path

import numpy as np

SEED = 20_261_121

HOME = Path(__file__).resolve().parents[1] / 'build' / 'training'
"""Not in git: sound, banks, checkpoints. `--home` and HOME= of the Makefile point elsewhere."""

RESULTS = Path(__file__).with_name('results.json')
"""What was measured of the nano that the package brings; in git."""


@dataclass(frozen=True)
class Home:
    """Where the stages leave what the next ones need."""

    path: Path = HOME

    @property
    def vocabulary(self) -> Path:
        """SentencePiece model."""
        return self.path / 'vocabulary.model'

    @property
    def speech(self) -> Path:
        """Rendered clips."""
        return self.path / 'speech'

    @property
    def banks(self) -> Path:
        """Clips as codes."""
        return self.path / 'banks'

    @property
    def codec(self) -> Path:
        """Folder of the codec's checkpoint and curves."""
        return self.path / 'codec'

    @property
    def lm(self) -> Path:
        """Folder of the language model's checkpoint and curves."""
        return self.path / 'lm'

    @property
    def model(self) -> Path:
        """The exported model directory."""
        return self.path / 'model'

    @property
    def results(self) -> Path:
        """What was measured of the model; of another home than HOME it lies there."""
        nano = self.path.resolve() == HOME.resolve()
        return RESULTS if nano else self.path / RESULTS.name


def seeded(*what: object) -> np.random.Generator:
    """Return a generator of its own for each purpose, so that no stage disturbs another."""
    name = '/'.join(str(one) for one in what).encode()
    return np.random.default_rng([SEED, int.from_bytes(hashlib.sha256(name).digest()[:8], 'big')])
