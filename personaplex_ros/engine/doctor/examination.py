# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The doctor's round: machine, model, memory, time."""

from dataclasses import dataclass

import torch

from personaplex_ros.engine.cuda_device import absent_device
from personaplex_ros.engine.cuda_device import current_device
from personaplex_ros.engine.doctor.bandwidth import measure
from personaplex_ros.engine.doctor.findings import Report
from personaplex_ros.engine.doctor.look_at_fit import look_at_memory
from personaplex_ros.engine.doctor.look_at_fit import look_at_speed
from personaplex_ros.engine.doctor.look_at_fit import look_at_time
from personaplex_ros.engine.doctor.look_at_fit import look_at_trial
from personaplex_ros.engine.doctor.look_at_machine import look_at_device
from personaplex_ros.engine.doctor.look_at_machine import look_at_machine
from personaplex_ros.engine.doctor.look_at_machine import look_at_software
from personaplex_ros.engine.doctor.look_at_model import look_at_model
from personaplex_ros.engine.doctor.look_at_model import Sight
from personaplex_ros.engine.doctor.sizes import count
from personaplex_ros.engine.doctor.sizes import spare_positions
from personaplex_ros.engine.doctor.trial import frame_times_ms
from personaplex_ros.engine.settings import ServeSettings
from personaplex_ros.model.personaplex import PersonaPlex

TRIAL_BYTES = 1_000_000_000
"""Larger models are not loaded for a trial: on a CPU the prediction says enough about them."""


@dataclass(frozen=True)
class DoctorSettings:
    """What is to be judged."""

    model: str = 'nano'
    device: str = 'auto'
    threads: int = 1
    sessions: int = 1
    memory_s: float = ServeSettings.memory_s
    persona_cache_mb: int | None = None


def examine(settings: DoctorSettings) -> Report:
    """Look at everything; needs no network, no GPU and no model files."""
    report = Report()
    torch.set_num_threads(settings.threads)
    look_at_software(report)
    look_at_machine(report)
    device = _device(report, settings.device)
    free_bytes = look_at_device(report, device)
    sight = look_at_model(report, settings.model)
    if sight is not None:
        _judge(report, settings, sight, device, free_bytes)
    return report


def _judge(
    report: Report, settings: DoctorSettings, sight: Sight, device: torch.device, free_bytes: int
) -> None:
    dtype = getattr(torch, sight.config.dtype)
    sizes = count(sight.config, dtype)
    spare = spare_positions(sight.config, settings.memory_s)
    cache_mb = settings.persona_cache_mb
    cache_bytes = None if cache_mb is None else cache_mb << 20
    look_at_memory(report, sizes, device, free_bytes, settings.sessions, spare, cache_bytes)
    speed = measure(device, free_bytes)
    look_at_speed(report, sizes, speed)
    if device.type == 'cpu' and sight.directory is not None and sizes.weights <= TRIAL_BYTES:
        frame_ms = frame_times_ms(PersonaPlex.load(sight.directory, device='cpu'))
        look_at_trial(report, sizes, speed, dtype, settings.sessions, frame_ms)
    else:
        look_at_time(report, sizes, speed, dtype, settings.sessions)


def _device(report: Report, asked: str) -> torch.device:
    """Return the device to judge; one that is not there is bad, and another stands in."""
    absent = absent_device(asked)
    if absent:
        text, _, advice = absent.partition('; ')
        report.bad('device', text, advice)
    return current_device('auto' if absent else asked)
