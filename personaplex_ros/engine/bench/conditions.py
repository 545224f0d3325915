# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Under which conditions a figure was measured: without them it is none."""

from dataclasses import asdict
from datetime import datetime
from datetime import timezone
import importlib.metadata
import os
from pathlib import Path
import platform
import subprocess
from typing import Any

import torch

from personaplex_ros.engine import VERSION
from personaplex_ros.engine.doctor.bandwidth import MemorySpeed
from personaplex_ros.engine.doctor.machine import describe_gpu
from personaplex_ros.engine.doctor.machine import describe_machine

SWITCHES = ('NO_CUDA_GRAPH', 'NO_TORCH_COMPILE', 'OMP_NUM_THREADS', 'PYTORCH_CUDA_ALLOC_CONF')
"""Environment variables that change what runs."""


def describe(device: torch.device, speed: MemorySpeed) -> dict[str, Any]:
    """Return date, machine, GPU, versions and threads; no host name, no path, no user."""
    return {
        'date': datetime.now(timezone.utc).isoformat(timespec='seconds'),
        'machine': asdict(describe_machine()),
        'gpu': asdict(describe_gpu(device)) if device.type == 'cuda' else None,
        'memory_bytes_per_s': {str(one.nbytes): round(one.best) for one in speed.samples},
        'operation_us': round(1e6 * speed.operation_s, 3),
        'engine': VERSION,
        'git': _git_version(),
        'python': platform.python_version(),
        'torch': torch.__version__,
        'cuda': torch.version.cuda,
        'moshi': importlib.metadata.version('moshi'),
        'threads': torch.get_num_threads(),
        'environment': {name: os.environ[name] for name in SWITCHES if name in os.environ},
    }


def _git_version() -> str:
    """Return the commit this runs from, with '-dirty' where files differ; '' if installed."""
    try:
        asked = subprocess.run(
            ('git', 'describe', '--always', '--dirty', '--exclude', '*'),
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=10.0,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ''
    return asked.stdout.strip()
