# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What `make eval` measured: one file of figures, and the weights that they are of."""

import hashlib
import json
from pathlib import Path

from personaplex_ros.model.checkpoint import CONFIG_NAME
from personaplex_ros.model.config import ModelConfig


def weights_of(folder: Path) -> dict[str, str]:
    """Return the names of a model's weights, language model's and codec's, with their sha256."""
    files = ModelConfig.from_json((folder / CONFIG_NAME).read_text(encoding='utf-8')).files
    names = (files.lm, files.codec)
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}


def results_of(path: Path, folder: Path) -> dict | None:
    """Return what was measured of exactly the weights in a folder; None where that was nothing."""
    if not path.exists():
        return None
    results = json.loads(path.read_text(encoding='utf-8'))
    return results if results.get('weights') == weights_of(folder) else None
