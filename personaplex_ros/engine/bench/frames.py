# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Times frames of any loop: back to back, at the microphone's pace, and stage by stage."""

from collections.abc import Callable
from collections.abc import Iterator
import time
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from personaplex_ros.audio.format import FRAME_MS
from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.engine.bench.figures import deadlines
from personaplex_ros.engine.bench.figures import summarise
from personaplex_ros.engine.bench.plan import Plan
from personaplex_ros.engine.bench.stages import StageClock
from personaplex_ros.engine.bench.work import count_work

Step = Callable[[np.ndarray], object]
"""Takes int16 [1920] and returns when the answer is in the computer's memory."""

Between = Callable[[], 'float | None']
"""Does what the engine does between two frames; returns its milliseconds, None for nothing."""

WARM_UP_FRAMES = 25
"""Captures of CUDA graphs, allocations, clocks; more than the delays take to fill."""

NOISE_RMS = 1_000
SEED = 1


class FrameBench:
    """Measures one loop on one device."""

    def __init__(
        self,
        name: str,
        step: Step,
        device: torch.device,
        plan: Plan,
        between: Between = lambda: None,
    ) -> None:
        self._name = name
        self._step = step
        self._between = between
        self._between_ms: list[float] = []
        self._device = device
        self._plan = plan
        self._noise = _noise()

    def run(self, positions_before: int, window: int) -> dict[str, Any]:
        """Return every figure of a frame. positions_before: what a prompt took of the window."""
        filler = self._filler(positions_before, window)
        self._run('warm-up', WARM_UP_FRAMES + filler)
        self._between_ms.clear()
        wall_ms, cpu_ms = self._run('back to back', self._plan.frames)
        paced_ms, _ = self._run('real time', self._plan.paced_frames, paced=True)
        stages = self._stages()
        taken = positions_before + WARM_UP_FRAMES + filler
        return {
            'window': {'positions': window, 'taken_at_begin': min(taken, window)},
            'back_to_back_ms': summarise(wall_ms) | deadlines(wall_ms),
            'thread_cpu_ms': summarise(cpu_ms),
            'real_time_ms': summarise(paced_ms) | deadlines(paced_ms),
            **({'slice_ms': summarise(self._between_ms)} if self._between_ms else {}),
            'stages_ms': stages,
            'work_per_frame': count_work(lambda: self._step(next(self._noise)), self._device),
            'frame_ms': [round(one, 3) for one in wall_ms],
        }

    def _filler(self, positions_before: int, window: int) -> int:
        if not self._plan.fill_window:
            return 0
        return max(0, int(0.9 * window) - positions_before - WARM_UP_FRAMES - self._plan.frames)

    def _run(self, what: str, frames: int, paced: bool = False) -> tuple[list[float], list[float]]:
        """Return wall and thread milliseconds of each frame, without what comes between them.

        Where a frame's wall time is above its thread's, the device or somebody else had the time.
        """
        wall_ms, cpu_ms = [], []
        started = time.perf_counter()
        for number in self._progress(what, frames):
            if paced:
                due = started + number * FRAME_MS / 1e3
                time.sleep(max(0.0, due - time.perf_counter()))
            pcm = next(self._noise)
            cpu, wall = time.thread_time(), time.perf_counter()
            self._step(pcm)
            wall_ms.append((time.perf_counter() - wall) * 1e3)
            cpu_ms.append((time.thread_time() - cpu) * 1e3)
            self._do_between()
        return wall_ms, cpu_ms

    def _stages(self) -> dict[str, dict[str, float]]:
        """Run once more with marks; they cost microseconds, so the times above go without."""
        clock = StageClock(self._device)
        with clock.watching():
            for _ in self._progress('stages', self._plan.frames):
                self._step(next(self._noise))
                if self._device.type == 'cuda':
                    torch.cuda.synchronize(self._device)
                clock.end_frame()
                self._do_between()
        return {stage: summarise(values) for stage, values in clock.ms.items()}

    def _do_between(self) -> None:
        ms = self._between()
        if ms is not None:
            self._between_ms.append(ms)

    def _progress(self, what: str, frames: int) -> 'tqdm[int]':
        return tqdm(range(frames), desc=f'{self._name}, {what}', unit='frame', disable=None)


def _noise() -> Iterator[np.ndarray]:
    """Yield frames that are loud enough to be somebody."""
    generator = np.random.default_rng(SEED)
    while True:
        frame = generator.standard_normal(SAMPLES_PER_FRAME) * NOISE_RMS
        yield frame.astype(np.int16)
