# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The most memory that a loop took."""

import gc
from pathlib import Path
import re

import torch


def forget_peak(device: torch.device) -> None:
    """Free what nobody holds any more and begin to count anew."""
    gc.collect()
    if device.type == 'cuda':
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)


def peak_bytes(device: torch.device) -> dict[str, int]:
    """Return the peak since forget_peak() on a GPU, that of the whole process on a CPU."""
    if device.type == 'cuda':
        return {
            'allocated': torch.cuda.max_memory_allocated(device),
            'reserved': torch.cuda.max_memory_reserved(device),
        }
    found = re.search(r'VmHWM:\s+(\d+) kB', Path('/proc/self/status').read_text(encoding='ascii'))
    return {'process': int(found.group(1)) << 10} if found else {}
