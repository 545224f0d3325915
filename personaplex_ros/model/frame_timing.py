# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Measures what a frame and a prompt cost: python -m personaplex_ros.model.frame_timing."""

import argparse
from collections.abc import Sequence
import gc
import time

import numpy as np
import torch

from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.model.catalog import resolve_model
from personaplex_ros.model.personaplex import PersonaPlex
from personaplex_ros.model.prompt import Prompt
from personaplex_ros.model.session import FrameOutput
from personaplex_ros.model.session import Sampling
from personaplex_ros.model.session import Session

PROMPT_TEXT = 'You work for the city library and your name is Nora. We open at nine.'
PROMPTS = 10
NOISE_RMS = 1_000


def main(arguments: Sequence[str] | None = None) -> None:
    """Print percentiles in milliseconds, stage by stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--model', default='nano', help='nano or a model directory')
    parser.add_argument('--frames', type=int, default=600)
    parser.add_argument('--threads', type=int, default=1, help='torch threads')
    parser.add_argument('--no-gc-freeze', action='store_true', help='leave gc as Python has it')
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(chosen.threads)
    model = PersonaPlex.load(resolve_model(chosen.model))
    if not chosen.no_gc_freeze:
        gc.collect()
        gc.freeze()
    session = model.open_session(Sampling(seed=1))
    print(f'{model.name} on {model.device}, {model.dtype}, {torch.get_num_threads()} thread(s)')
    _print_prompts(session, model.voices[0])
    _print_frames(*_run(session, chosen.frames))
    session.close()


def _print_prompts(session: Session, voice: str) -> None:
    """Print what a persona costs at first, and again once it is kept."""
    personas = [Prompt(f'{PROMPT_TEXT} {number}', voice) for number in range(PROMPTS)]
    for name in ('prompt', 'again'):
        reports = [session.prompt(one) for one in personas]
        _print_row(f'{name} ({reports[0].positions} pos.)', [one.ms for one in reports])


def _run(session: Session, frames: int) -> tuple[list[FrameOutput], list[float]]:
    """Return the outputs and the CPU milliseconds of this thread in each frame.

    Where a frame's wall time is above its CPU time, something else had the core.
    """
    rng = np.random.default_rng(1)
    noise = rng.standard_normal((frames, SAMPLES_PER_FRAME)) * NOISE_RMS
    outputs, cpu_ms = [], []
    for pcm in noise.astype(np.int16):
        before = time.thread_time()
        outputs.append(session.step(pcm))
        cpu_ms.append((time.thread_time() - before) * 1e3)
    return outputs, cpu_ms


def _print_frames(outputs: list[FrameOutput], cpu_ms: list[float]) -> None:
    stages = np.array([(one.encode_ms, one.step_ms, one.decode_ms) for one in outputs])
    for name, column in zip(('encode', 'step', 'decode'), stages.T, strict=True):
        _print_row(name, column)
    _print_row(f'frame ({len(outputs)})', stages.sum(axis=1))
    _print_row('frame, CPU time', cpu_ms)


def _print_row(name: str, values_ms: Sequence[float]) -> None:
    p50, p99 = np.percentile(values_ms, [50, 99])
    print(f'{name:18} p50 {p50:6.1f}  p99 {p99:6.1f}  max {max(values_ms):6.1f} ms')


if __name__ == '__main__':
    main()
