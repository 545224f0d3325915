# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""How long one frame takes, and how large the files are."""

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
    """Step at real-time pace, where caches grow cold between frames, and one after the other."""
    paced = _took_ms(model, frames, FRAME_MS / 1e3)
    busy = _took_ms(model, frames, 0.0)
    return [
        ceiling('frame p50', float(np.percentile(paced, 50)), 'ms', 40, frames),
        ceiling('frame p99', float(np.percentile(paced, 99)), 'ms', 40, frames),
        ceiling('frame p50, back to back', float(np.percentile(busy, 50)), 'ms', 40, frames),
        ceiling('frame p99, back to back', float(np.percentile(busy, 99)), 'ms', 40, frames),
    ]


def _took_ms(model: PersonaPlex, frames: int, pace_s: float) -> list[float]:
    """Return encode, step and decode of each frame. pace_s: from one frame to the next."""
    session = model.open_session()
    session.prompt(Prompt('', model.voices[0]))
    rng, took = seeded('speed'), []
    begin = time.monotonic()
    for index in range(frames):
        time.sleep(max(0.0, begin + index * pace_s - time.monotonic()))
        pcm = (rng.standard_normal(SAMPLES_PER_FRAME) * 300).astype(np.int16)
        one = session.step(pcm)
        took.append(one.encode_ms + one.step_ms + one.decode_ms)
    session.close()
    return took


def size_figure(folder: Path) -> Figure:
    """Return the size of all files."""
    files = [path for path in folder.rglob('*') if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    return ceiling('files', size / 1e6, 'MB', 25, len(files))
