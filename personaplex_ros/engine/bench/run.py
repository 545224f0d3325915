# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""One run of the bench, from its plan to its result."""

from typing import Any

import torch

from personaplex_ros.engine.bench.conditions import describe
from personaplex_ros.engine.bench.loops import measure_engine
from personaplex_ros.engine.bench.loops import measure_upstream
from personaplex_ros.engine.bench.plan import Plan
from personaplex_ros.engine.bench.plan import RANDOM_7B
from personaplex_ros.engine.bench.plan import RANDOM_MODELS
from personaplex_ros.engine.bench.random_model import random_config
from personaplex_ros.engine.cuda_device import absent_device
from personaplex_ros.engine.cuda_device import current_device
from personaplex_ros.engine.doctor.bandwidth import measure
from personaplex_ros.engine.doctor.forecast import predict
from personaplex_ros.engine.doctor.machine import describe_gpu
from personaplex_ros.engine.doctor.machine import describe_machine
from personaplex_ros.engine.doctor.sizes import count
from personaplex_ros.engine.doctor.sizes import ModelSizes
from personaplex_ros.engine.failure import StartFailure
from personaplex_ros.engine.published import model_directory
from personaplex_ros.model.checkpoint import Checkpoint
from personaplex_ros.model.checkpoint import CheckpointError
from personaplex_ros.model.config import ModelConfig

FORMAT = 'personaplex_ros/bench/1'

ROOM_7B_BYTES = 24_000_000_000
"""NVIDIA's loop: 16.7 GB of weights, 1.6 GB of keys and values, two codecs, graphs, spare."""


def run(plan: Plan) -> dict[str, Any]:
    """Measure and return what is written as JSON. Raises StartFailure."""
    device = _device(plan)
    torch.set_num_threads(plan.threads)
    config = _config(plan.model)
    sizes = count(config, getattr(torch, config.dtype))
    speed = measure(device, _free_bytes(device))
    conditions = describe(device, speed)
    forecast = predict(sizes, speed)
    loops = {'engine': measure_engine(config, plan, device)}
    if plan.model in RANDOM_MODELS:
        loops['upstream'] = measure_upstream(config, plan, device)
    return {
        'format': FORMAT,
        'conditions': conditions,
        'model': {
            'name': config.name,
            'dtype': config.dtype,
            'device': device.type,
            'weights_bytes': sizes.weights,
            'frame_bytes': sizes.frame,
        },
        'predicted_ms': {
            'floor': round(forecast.floor_ms, 3),
            'low': round(forecast.low_ms, 3),
            'high': round(forecast.high_ms, 3),
        },
        'loops': loops,
        'comparison': _compare(loops, sizes, speed.bytes_per_s(sizes.frame)),
    }


def _compare(
    loops: dict[str, dict[str, Any]], sizes: ModelSizes, bytes_per_s: float
) -> dict[str, float]:
    p50 = {name: loop['back_to_back_ms']['p50'] for name, loop in loops.items()}
    share = sizes.frame / (p50['engine'] / 1e3) / bytes_per_s
    comparison = {'share_of_measured_bandwidth': round(share, 4)}
    if 'upstream' in p50:
        comparison['times_faster_than_upstream'] = round(p50['upstream'] / p50['engine'], 3)
    return comparison


def _config(model: str) -> ModelConfig:
    try:
        if model in RANDOM_MODELS:
            return random_config(model)
        return Checkpoint(model_directory(model)).config
    except CheckpointError as error:
        raise StartFailure(str(error)) from None


def _device(plan: Plan) -> torch.device:
    absent = absent_device(plan.device)
    if absent:
        raise StartFailure(absent)
    device = current_device(plan.device)
    if plan.model == RANDOM_7B:
        free = _free_bytes(device)
        if device.type != 'cuda' or free < ROOM_7B_BYTES:
            raise StartFailure(
                f'{RANDOM_7B} is skipped: it takes a CUDA device with '
                f'{ROOM_7B_BYTES / 1e9:.0f} GB free, and {device.type} has {free / 1e9:.1f} GB; '
                'random-small runs the same code'
            )
    return device


def _free_bytes(device: torch.device) -> int:
    if device.type == 'cuda':
        return describe_gpu(device).free_bytes
    return describe_machine().free_memory_bytes
