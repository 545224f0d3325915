# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""How fast this machine's memory is, and what starting one operation costs: both measured."""

from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
import statistics
import time

import torch

SIZES_BYTES = (1 << 23, 1 << 25, 1 << 27, 1 << 29)
"""Of one array; a model that fits the cache is read faster than one that does not."""

REPEATS = 5
SMALL_OPERATIONS = 1_000
MOST_OF_FREE_MEMORY = 0.25
"""The measurement must not push out what else runs here."""


@dataclass(frozen=True)
class Sample:
    """Medians at one size."""

    nbytes: int
    """Of one array."""

    copy: float
    """Bytes per second, read and written, of b = a."""

    triad: float
    """Bytes per second, read and written, of c = a + 2 b."""

    @property
    def best(self) -> float:
        """The faster of the two."""
        return max(self.copy, self.triad)


@dataclass(frozen=True)
class MemorySpeed:
    """What was measured on one device."""

    device: str
    """Its type: cpu or cuda."""

    samples: tuple[Sample, ...]
    operation_s: float
    """One operation on a few numbers, after another: launched from a CUDA graph on a GPU."""

    def bytes_per_s(self, working_set: int) -> float:
        """Return the bandwidth of the smallest arrays measured that are as large as this set."""
        fits = [one for one in self.samples if one.nbytes >= working_set]
        return (fits[0] if fits else self.samples[-1]).best


def measure(device: torch.device, free_bytes: int) -> MemorySpeed:
    """Measure; free_bytes: memory of the device that is free, of which a quarter is used.

    Takes a second or two.
    """
    room = int(MOST_OF_FREE_MEMORY * free_bytes) // 3
    sizes = [size for size in SIZES_BYTES if size <= room] or [SIZES_BYTES[0]]
    with torch.inference_mode():
        samples = tuple(_sample(device, size) for size in sizes)
        return MemorySpeed(device.type, samples, _operation_s(device))


def _sample(device: torch.device, nbytes: int) -> Sample:
    a, b, c = (torch.ones(nbytes // 4, device=device) for _ in range(3))
    copy_s = _median_s(device, lambda: b.copy_(a))
    triad_s = _median_s(device, lambda: torch.add(a, b, alpha=2.0, out=c))
    return Sample(nbytes, copy=2 * nbytes / copy_s, triad=3 * nbytes / triad_s)


def _operation_s(device: torch.device) -> float:
    """Return what one of many small operations in a row costs."""
    few = torch.zeros(64, device=device)

    def run() -> None:
        for _ in range(SMALL_OPERATIONS):
            few.add_(1.0)

    if device.type == 'cuda':
        run = _graphed(run)
    return _median_s(device, run) / SMALL_OPERATIONS


def _graphed(run: Callable[[], None]) -> Callable[[], None]:
    """Return the same work as one CUDA graph, as the model's own operations run."""
    run()
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        run()
    return graph.replay


def _median_s(device: torch.device, run: Callable[[], object]) -> float:
    run()  # pages, caches and clocks
    return statistics.median(_times_s(device, run))


def _times_s(device: torch.device, run: Callable[[], object]) -> Sequence[float]:
    times = []
    for _ in range(REPEATS):
        _wait_for(device)
        started = time.perf_counter()
        run()
        _wait_for(device)
        times.append(time.perf_counter() - started)
    return times


def _wait_for(device: torch.device) -> None:
    if device.type == 'cuda':
        torch.cuda.synchronize(device)
