# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The machine we run on, as it describes itself: read from files, never from the network."""

from dataclasses import dataclass
import os
from pathlib import Path
import platform
import re
import subprocess

import torch

ASK_S = 5.0
"""For nvidia-smi, which hangs where a driver does."""


@dataclass(frozen=True)
class Gpu:
    """One CUDA device as torch sees it."""

    name: str
    compute_capability: str
    driver: str
    """'' where it is not told."""

    total_bytes: int
    free_bytes: int
    multiprocessors: int
    mig: bool
    """A slice of a GPU: its memory and bandwidth are a share too."""

    clocks: str
    """SM and memory clock and power limit as nvidia-smi tells them, or ''."""


@dataclass(frozen=True)
class Jetson:
    """NVIDIA's embedded computer."""

    model: str
    power_mode: str
    """As nvpmodel left it, '' where it cannot be read."""


@dataclass(frozen=True)
class Machine:
    """Everything but the GPU."""

    system: str
    cpu: str
    cores: int
    """That this process may use."""

    cpu_clock: str
    """Current clock and governor of the first core, or ''."""

    memory_bytes: int
    free_memory_bytes: int
    load: float
    """Processes that want a core, over the last minute."""

    jetson: Jetson | None


def describe_machine(root: Path = Path('/')) -> Machine:
    """root: where proc, sys and etc are looked for."""
    total, free = _memory(root)
    return Machine(
        system=f'{platform.system()} {platform.release()} {platform.machine()}',
        cpu=_cpu_name(root),
        cores=_cores(),
        cpu_clock=_cpu_clock(root),
        memory_bytes=total,
        free_memory_bytes=free,
        load=os.getloadavg()[0],
        jetson=_jetson(root),
    )


def describe_gpu(device: torch.device, root: Path = Path('/')) -> Gpu:
    """Return what torch and the driver say; torch must see the device."""
    properties = torch.cuda.get_device_properties(device)
    free, total = torch.cuda.mem_get_info(device)
    if properties.is_integrated:
        # The computer's memory is the GPU's too, and CUDA takes the page cache for used; the
        # kernel gives that back to who asks.
        free = max(free, _memory(root)[1])
    return Gpu(
        name=properties.name,
        compute_capability=f'{properties.major}.{properties.minor}',
        driver=_text(root / 'sys/module/nvidia/version'),
        total_bytes=total,
        free_bytes=free,
        multiprocessors=properties.multi_processor_count,
        mig='MIG ' in properties.name,
        clocks=_gpu_clocks(str(getattr(properties, 'uuid', ''))),
    )


def has_nvidia_driver(root: Path = Path('/')) -> bool:
    """Whether there is an NVIDIA GPU here, whether or not torch can use it."""
    return (root / 'proc/driver/nvidia/version').exists() or _jetson(root) is not None


def _memory(root: Path) -> tuple[int, int]:
    """Return total and available bytes, of the container where it has a limit."""
    told = dict(re.findall(r'(\w+):\s+(\d+) kB', _text(root / 'proc/meminfo')))
    total, free = (int(told.get(name, 0)) << 10 for name in ('MemTotal', 'MemAvailable'))
    limit = _text(root / 'sys/fs/cgroup/memory.max')
    if limit.isdecimal() and int(limit) < total:
        used = _text(root / 'sys/fs/cgroup/memory.current')
        total = int(limit)
        free = min(free, total - int(used) if used.isdecimal() else total)
    return total, free


def _cores() -> int:
    if hasattr(os, 'sched_getaffinity'):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _cpu_name(root: Path) -> str:
    found = re.search(r'model name\s*:\s*(.+)', _text(root / 'proc/cpuinfo'))
    return found.group(1) if found else platform.processor() or platform.machine()


def _cpu_clock(root: Path) -> str:
    folder = root / 'sys/devices/system/cpu/cpu0/cpufreq'
    hertz, governor = (_text(folder / f'scaling_{one}') for one in ('cur_freq', 'governor'))
    return f'{int(hertz) / 1e6:.2f} GHz, {governor}' if hertz.isdecimal() else ''


def _jetson(root: Path) -> Jetson | None:
    model = _text(root / 'proc/device-tree/model').rstrip('\0')
    if 'Jetson' not in model and not (root / 'etc/nv_tegra_release').exists():
        return None
    # nvpmodel keeps 'pmode:0002' here; its table of names and watts lies in /etc/nvpmodel.conf.
    mode = re.search(r'pmode:(\d+)', _text(root / 'var/lib/nvpmodel/status'))
    number = int(mode.group(1)) if mode else -1
    table = _text(root / 'etc/nvpmodel.conf')
    named = re.search(rf'POWER_MODEL\s+ID={number}\s+NAME=(\S+)', table)
    power = named.group(1) if named else f'mode {number}' if mode else ''
    return Jetson(model or 'Jetson', power)


def _gpu_clocks(uuid: str) -> str:
    """Return them for the GPU that torch knows by this; nvidia-smi may count in another order."""
    query = '--query-gpu=uuid,clocks.sm,clocks.mem,power.limit'
    try:
        asked = subprocess.run(
            ('nvidia-smi', query, '--format=csv,noheader'),
            capture_output=True,
            text=True,
            timeout=ASK_S,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ''
    lines = asked.stdout.splitlines()
    # A MIG slice has an identity of its own, and the clocks of the GPU that it is cut from.
    line = next((one for one in lines if uuid in one), lines[0] if lines else '')
    return line.partition(',')[2].strip()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding='utf-8', errors='replace').strip()
    except OSError:
        return ''
