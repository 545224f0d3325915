# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Which device `--device` means, and whether it is there; torch is imported when it is asked."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def absent_device(asked: str) -> str:
    """Return why torch has no such device and, after '; ', what to do.

    '' where it has, and for auto and cpu.
    """
    import torch

    if not asked.startswith('cuda'):
        return ''
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if count == 0:
        return f'--device {asked}: torch sees no CUDA device; use --device cpu'
    if int(asked.partition(':')[2] or 0) >= count:
        seen = 'cuda:0 alone' if count == 1 else f'cuda:0 to cuda:{count - 1}'
        return f'--device {asked}: torch sees {seen}; use what is there'
    return ''


def current_device(asked: str) -> 'torch.device':
    """Return a device that is there, and make it this thread's where it is a numbered one.

    CUDA graphs are captured on the thread's current device, wherever their tensors lie.
    """
    import torch

    if asked == 'auto':
        asked = 'cuda' if torch.cuda.is_available() else 'cpu'
    device = torch.device(asked)
    if device.index is not None:
        torch.cuda.set_device(device)
    return device
