# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""From bytes per frame and measured bandwidth to milliseconds per frame."""

from dataclasses import dataclass
from dataclasses import replace

from personaplex_ros.audio.format import FRAME_MS
from personaplex_ros.engine.doctor.bandwidth import MemorySpeed
from personaplex_ros.engine.doctor.sizes import ModelSizes

USUAL_SHARE = 0.7
"""Of the bandwidth that a copy reaches, what matrix times vector usually reaches; the best
kernels, which only read, reach all of it. On a GB10 of 273 GB/s cuBLAS takes 170 to 190 and
hand-written ones 236 to 253 (ABLATIONS.md in jethac's NVIDIA/personaplex#103)."""

OPERATIONS_PER_LAYER_CALL = 60
"""9,700 kernels per frame of NVIDIA's loop on a GB10 (the same source), which runs 32 temporal,
16 times 6 depth and twice 16 codec layers."""

SPREAD_OF_OPERATIONS = {'cuda': 2.0, 'cpu': 6.0}
"""Most operations do more than the smallest one that is measured; on a CPU Mimi's convolutions
are bound by arithmetic, not by memory."""

INT8_BYTES_PER_WEIGHT = 1.03
"""A scale in bfloat16 for every 64 weights."""


@dataclass(frozen=True)
class Forecast:
    """Milliseconds of one frame of one conversation."""

    floor_ms: float
    """Every byte at the measured bandwidth and nothing else."""

    low_ms: float
    high_ms: float
    """Between these a frame is expected."""

    def for_sessions(self, sessions: int) -> 'Forecast':
        """Return the same for conversations that take turns in each 80 ms."""
        return Forecast(self.floor_ms * sessions, self.low_ms * sessions, self.high_ms * sessions)

    @property
    def spare_ms(self) -> float:
        """What the slower end of the range leaves of a frame; negative where it does not fit."""
        return FRAME_MS - self.high_ms

    @property
    def hopeless(self) -> bool:
        """Whether even the faster end takes longer than a frame lasts."""
        return self.low_ms > FRAME_MS


def predict(sizes: ModelSizes, speed: MemorySpeed) -> Forecast:
    """Return the range for one conversation."""
    per_s = speed.bytes_per_s(sizes.frame)
    operations_ms = 1e3 * OPERATIONS_PER_LAYER_CALL * sizes.layer_calls * speed.operation_s
    floor_ms = 1e3 * sizes.frame / per_s
    return Forecast(
        floor_ms=floor_ms,
        low_ms=floor_ms + operations_ms,
        high_ms=floor_ms / USUAL_SHARE + SPREAD_OF_OPERATIONS[speed.device] * operations_ms,
    )


def predict_int8(sizes: ModelSizes, speed: MemorySpeed, bytes_per_weight: int) -> Forecast:
    """Return the range if the language model's weights took eight bits each."""
    share = INT8_BYTES_PER_WEIGHT / bytes_per_weight
    return predict(replace(sizes, read_per_frame=int(sizes.read_per_frame * share)), speed)
