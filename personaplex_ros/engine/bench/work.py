# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a frame starts on the device: graphs, kernels between them, copies; counted, not timed."""

from collections import Counter
from collections.abc import Callable
import os

import torch
from torch.autograd import DeviceType
from torch.profiler import profile
from torch.profiler import ProfilerActivity

FRAMES = 2
"""Every frame starts the same; the profiler keeps thousands of records for each."""

os.environ.setdefault('KINETO_LOG_LEVEL', '99')  # the profiler's own remarks on stderr

LAUNCHES = {
    'cudaGraphLaunch': 'graphs',
    'cudaLaunchKernel': 'eager_kernels',
    'cudaLaunchKernelExC': 'eager_kernels',
    'cuLaunchKernel': 'eager_kernels',
    'cuLaunchKernelEx': 'eager_kernels',
    'cudaMemcpyAsync': 'copies',
    'cudaMemsetAsync': 'copies',
    'cudaStreamSynchronize': 'waits',
    'cudaDeviceSynchronize': 'waits',
    'cudaEventSynchronize': 'waits',
}
"""CUDA's calls as the profiler names them. On a CPU no call has these names."""


def count_work(run_frame: Callable[[], object], device: torch.device) -> dict[str, float]:
    """Return per frame what was started, and on a GPU what ran; on a CPU torch's operations."""
    cuda = device.type == 'cuda'
    activities = [ProfilerActivity.CPU] + [ProfilerActivity.CUDA] * cuda
    with profile(activities=activities) as recorded:
        for _ in range(FRAMES):
            run_frame()
        if cuda:
            torch.cuda.synchronize(device)
    events = Counter(event.name for event in recorded.events())
    if not cuda:
        operations = sum(n for name, n in events.items() if name.startswith('aten::'))
        return {'operations': operations / FRAMES}
    calls: Counter[str] = Counter(dict.fromkeys(LAUNCHES.values(), 0))
    for name, number in events.items():
        if name in LAUNCHES:
            calls[LAUNCHES[name]] += number
    calls['kernels_and_copies_on_device'] = sum(
        event.device_type == DeviceType.CUDA for event in recorded.events()
    )
    return {kind: number / FRAMES for kind, number in calls.items()}
