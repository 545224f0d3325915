# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""How long one frame takes, and how large the files are."""

from pathlib import Path
import time

import numpy as np

from bench.machine import Machine
from personaplex_ros.audio.format import FRAME_MS
from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.model.personaplex import PersonaPlex
from personaplex_ros.model.prompt import Prompt
from training.evaluation.figure import ceiling
from training.evaluation.figure import Figure
from training.settings import seeded


def speed_figures(model: PersonaPlex, frames: int, machine: Machine) -> list[Figure]:
    """Step at real-time pace, where caches grow cold between frames, and one after the other.

    Once by the clock; and once by the processor's time, in which nobody else had the core.
    machine: is told how late each pause ended.
    """
    found = []
    for pace_s, how in ((FRAME_MS / 1e3, ''), (0.0, ', back to back')):
        took_ms = _took_ms(model, frames, pace_s, machine)
        for by, column in (('', took_ms[:, 0]), (" of processor's time", took_ms[:, 1])):
            for rank in (50, 99):
                value = float(np.percentile(column, rank))
                found.append(ceiling(f'frame p{rank}{by}{how}', value, 'ms', 40, frames))
    return found


def _took_ms(model: PersonaPlex, frames: int, pace_s: float, machine: Machine) -> np.ndarray:
    """Return what encode, step and decode took by the clock and of the processor: [frames, 2].

    pace_s: from one frame to the next.
    """
    session = model.open_session()
    session.prompt(Prompt('', model.voices[0]))
    rng, took_ms = seeded('speed'), []
    begin = time.monotonic()
    for index in range(frames):
        _nap(begin + index * pace_s, machine)
        pcm = (rng.standard_normal(SAMPLES_PER_FRAME) * 300).astype(np.int16)
        spent_s = time.thread_time()
        one = session.step(pcm)
        own_ms = 1e3 * (time.thread_time() - spent_s)
        took_ms.append((one.encode_ms + one.step_ms + one.decode_ms, own_ms))
    session.close()
    return np.array(took_ms)


def _nap(until_s: float, machine: Machine) -> None:
    """Sleep until a time of the monotonic clock; not at all where that is over."""
    begun_s = time.monotonic()
    if until_s > begun_s:
        time.sleep(until_s - begun_s)
        machine.napped(until_s - begun_s, time.monotonic() - begun_s)


def size_figure(folder: Path) -> Figure:
    """Return the size of all files."""
    files = [path for path in folder.rglob('*') if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    return ceiling('files', size / 1e6, 'MB', 25, len(files))
