# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""How long one frame takes at the pace of a conversation, and how large the files are."""

from pathlib import Path
import time

import numpy as np

from personaplex_ros.audio.format import FRAME_MS
from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.model.personaplex import PersonaPlex
from personaplex_ros.model.prompt import Prompt
from training.evaluation.figure import ceiling
from training.evaluation.figure import Figure
from training.settings import seeded


def speed_figures(model: PersonaPlex, frames: int) -> list[Figure]:
    """Step at real-time pace; between the frames caches grow cold, as they do in life."""
    session = model.open_session()
    session.prompt(Prompt('', model.voices[0]))
    rng, took = seeded('speed'), []
    begin = time.monotonic()
    for index in range(frames):
        time.sleep(max(0.0, begin + index * FRAME_MS / 1e3 - time.monotonic()))
        pcm = (rng.standard_normal(SAMPLES_PER_FRAME) * 300).astype(np.int16)
        one = session.step(pcm)
        took.append(one.encode_ms + one.step_ms + one.decode_ms)
    session.close()
    return [
        ceiling('frame p50', float(np.percentile(took, 50)), 'ms', 40, frames),
        ceiling('frame p99', float(np.percentile(took, 99)), 'ms', 40, frames),
    ]


def size_figure(folder: Path) -> Figure:
    """Return the size of all files."""
    files = [path for path in folder.rglob('*') if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    return ceiling('files', size / 1e6, 'MB', 25, len(files))
