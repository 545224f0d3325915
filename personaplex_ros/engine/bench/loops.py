# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The two loops that are compared: this engine's, and NVIDIA's as it is published."""

from collections.abc import Iterator
from contextlib import contextmanager
import gc
from typing import Any

import torch

from personaplex_ros.engine.bench.frames import FrameBench
from personaplex_ros.engine.bench.memory import forget_peak
from personaplex_ros.engine.bench.memory import peak_bytes
from personaplex_ros.engine.bench.plan import Plan
from personaplex_ros.engine.bench.plan import RANDOM_MODELS
from personaplex_ros.engine.bench.prompts import begin
from personaplex_ros.engine.bench.prompts import measure_prompts
from personaplex_ros.engine.bench.random_model import random_checkpoint
from personaplex_ros.engine.bench.random_model import random_config
from personaplex_ros.engine.bench.upstream_loop import UpstreamLoop
from personaplex_ros.engine.published import model_directory
from personaplex_ros.engine.slices import PrefillSlices
from personaplex_ros.model.config import ModelConfig
from personaplex_ros.model.memory import MemorySettings
from personaplex_ros.model.persona_cache import DEFAULT_BUDGET_BYTES
from personaplex_ros.model.persona_cache import PersonaCache
from personaplex_ros.model.personaplex import PersonaPlex
from personaplex_ros.model.sampling import Sampling
from personaplex_ros.model.session import SessionSettings

UNINTERRUPTED = SessionSettings(memory=MemorySettings(due=1.0))
"""The window is measured as it fills; a run that is longer is rebuilt at its very end."""


def measure_engine(config: ModelConfig, plan: Plan, device: torch.device) -> dict[str, Any]:
    """Return the figures of this engine's session."""
    forget_peak(device)
    with _model(plan, device) as model, _frozen():
        session = model.open_session(Sampling(seed=1))
        words, positions = begin(session, model.voices[0])
        slices = PrefillSlices(model.device)

        def go_on() -> float | None:
            """As the engine's loop: a rebuild is taken in between frames, or one would hold it."""
            return slices.take_one(model.advance) if model.pending else None

        bench = FrameBench('engine', session.step, device, plan, go_on)
        frames = bench.run(positions, config.lm['context'])
        stages = frames['stages_ms']
        step_ms = sum(stages[name]['p50'] for name in ('temporal', 'text', 'depth'))
        prompts = measure_prompts(model, session, device, words, step_ms)
        session.close()
        return frames | {'prompts': prompts, 'memory_bytes': peak_bytes(device)}


def measure_upstream(config: ModelConfig, plan: Plan, device: torch.device) -> dict[str, Any]:
    """Return the figures of NVIDIA's loop; it has no prompt here, attention reads all anyway."""
    forget_peak(device)
    loop = UpstreamLoop(config, device, getattr(torch, config.dtype))
    with _frozen():
        bench = FrameBench('upstream', loop.step, device, plan)
        frames = bench.run(0, config.lm['context'])
    return frames | {'memory_bytes': peak_bytes(device)}


@contextmanager
def _model(plan: Plan, device: torch.device) -> Iterator[PersonaPlex]:
    if plan.model not in RANDOM_MODELS:
        directory = model_directory(plan.model)
        yield PersonaPlex.load(directory, device=str(device), settings=UNINTERRUPTED)
        return
    config = random_config(plan.model)
    with random_checkpoint(config) as checkpoint:
        dtype = getattr(torch, config.dtype)
        model = PersonaPlex(checkpoint, device, dtype, 1, UNINTERRUPTED)
        model.persona_cache = PersonaCache(DEFAULT_BUDGET_BYTES[device.type])
        yield model


@contextmanager
def _frozen() -> Iterator[None]:
    """As the engine does: a full collection over torch's objects takes tens of milliseconds."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
