# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The doctor looks at software, GPU, processor and memory."""

import importlib.metadata
import os
import platform

import torch

from personaplex_ros.engine import VERSION
from personaplex_ros.engine.doctor.findings import Report
from personaplex_ros.engine.doctor.machine import describe_gpu
from personaplex_ros.engine.doctor.machine import describe_machine
from personaplex_ros.engine.doctor.machine import Gpu
from personaplex_ros.engine.doctor.machine import has_nvidia_driver
from personaplex_ros.engine.doctor.machine import Machine
from personaplex_ros.engine.doctor.units import gigabytes
from personaplex_ros.model.compiling import lack_to_compile
from personaplex_ros.model.compiling import SWITCH

MOSHI = '0.2.13'
"""The release whose inner state this package reads and writes."""

BF16_CAPABILITY = (8, 0)
"""Ampere is the first that multiplies in bfloat16."""

BUSY_SHARE = 0.5
"""Of the cores: with more load than that, what is measured here is somebody else's too."""


def look_at_software(report: Report) -> None:
    """Versions, of which only moshi's is a condition."""
    moshi = importlib.metadata.version('moshi')
    text = (
        f'personaplex-engine {VERSION}, Python {platform.python_version()}, '
        f'torch {torch.__version__} (CUDA {torch.version.cuda or "none"}), moshi {moshi}'
    )
    if moshi == MOSHI:
        report.ok('software', text)
    else:
        report.warn('software', text, f'tests ran with moshi {MOSHI}; install that release')


def look_at_device(report: Report, device: torch.device) -> int:
    """Tell the GPU, or that there is none; returns the free bytes of the device."""
    if device.type != 'cuda':
        _no_gpu(report)
        return describe_machine().free_memory_bytes
    gpu = describe_gpu(device)
    slice_of = ', a MIG slice' if gpu.mig else ''
    report.ok(
        'GPU',
        f'{gpu.name}{slice_of}, compute capability {gpu.compute_capability}, '
        f'driver {gpu.driver or "unknown"}, {gigabytes(gpu.free_bytes)} of '
        f'{gigabytes(gpu.total_bytes)} free{", " + gpu.clocks if gpu.clocks else ""}',
    )
    _look_at_capability(report, gpu)
    _look_at_compiling(report)
    report.figures['gpu_memory_bytes'] = gpu.total_bytes
    report.figures['gpu_free_bytes'] = gpu.free_bytes
    return gpu.free_bytes


def look_at_machine(report: Report) -> None:
    """Processor, memory and, on a Jetson, the power mode."""
    machine = describe_machine()
    clock = f', {machine.cpu_clock}' if machine.cpu_clock else ''
    report.ok('CPU', f'{machine.cpu}, {machine.cores} cores for us{clock}')
    _look_at_load(report, machine)
    report.ok(
        'RAM',
        f'{gigabytes(machine.free_memory_bytes)} of {gigabytes(machine.memory_bytes)} available',
    )
    if machine.jetson is not None:
        mode = machine.jetson.power_mode
        text = f'{machine.jetson.model}, power mode {mode or "unknown"}'
        if mode.startswith('MAXN'):
            report.ok('Jetson', text)
        else:
            report.warn('Jetson', text, 'sudo nvpmodel -m 0 && sudo jetson_clocks, then again')


def _no_gpu(report: Report) -> None:
    if torch.cuda.is_available():
        report.ok('GPU', 'not asked for (--device cpu)')
    elif has_nvidia_driver():
        report.warn(
            'GPU',
            f'there is an NVIDIA driver, but torch {torch.__version__} sees no device',
            'install a torch build for CUDA; on a Jetson the wheel of its JetPack',
        )
    else:
        report.ok('GPU', 'none; nano runs without one')


def _look_at_capability(report: Report, gpu: Gpu) -> None:
    if tuple(map(int, gpu.compute_capability.split('.'))) < BF16_CAPABILITY:
        report.warn(
            'GPU',
            f'compute capability {gpu.compute_capability} has no bfloat16 units',
            'use a GPU of 8.0 or newer (Ampere, Orin)',
        )


def _look_at_compiling(report: Report) -> None:
    """Tell whether moshi's norms, rotary embeddings and gatings will be compiled for the GPU."""
    lack = lack_to_compile()
    off = os.environ.get(SWITCH)
    if lack and not off:
        advice = f'leave {SWITCH} alone: set to nothing, it lets the first frame fail'
        report.bad('torch.compile', lack.partition(':')[0], advice)
    elif lack:
        advice = 'apt install gcc python3-dev, pip install triton, where there is room for them'
        report.warn('torch.compile', lack, advice)
    else:
        report.ok('torch.compile', f'off, as {SWITCH} says' if off else 'has what it needs')


def _look_at_load(report: Report, machine: Machine) -> None:
    if machine.load > BUSY_SHARE * machine.cores:
        report.warn(
            'load',
            f'{machine.load:.1f} processes want {machine.cores} cores',
            'what is measured below is theirs too; stop them and look again',
        )
