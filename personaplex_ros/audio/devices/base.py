# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The face every device shows: microphone and loudspeaker in one stream, block after block."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

BLOCK_MS = 20
"""What a device hears and plays at once. A chunk of audio/in takes as long to be complete; half of
it would cost nearly twice the CPU, since caches are cold whenever a thread wakes up."""


class DeviceError(Exception):
    """A device that cannot be opened; the text says what is there and what to do."""


@dataclass(frozen=True)
class StreamInfo:
    """What was opened."""

    microphone: str
    loudspeaker: str
    rate_hz: int
    input_latency_ms: float = 0.0
    output_latency_ms: float = 0.0


class Exchange(Protocol):
    """Called by the device's own thread for every block; must never wait."""

    def __call__(self, captured: np.ndarray, captured_ns: int, audible_ns: int) -> np.ndarray:
        """Take int16 [n], mono at the stream's rate; return int16 [n] to play.

        captured_ns: when the first sample was in the air, audible_ns: when the first sample of
        the answer will be; both as time.monotonic_ns. The array is the device's: copy to keep it.
        """


@dataclass
class StreamCounts:
    """What the stream went through since it was opened."""

    blocks: int = 0
    overflows: int = 0
    """Times that microphone sound was lost because nobody took it in time."""
    underflows: int = 0
    """Times that the loudspeaker got nothing in time."""


class Device(Protocol):
    """Opened once, closed once; then a new one is made."""

    counts: StreamCounts

    def open(self, exchange_for: Callable[[StreamInfo], Exchange]) -> StreamInfo:
        """Start the stream; raises DeviceError. exchange_for: makes the one for this stream."""

    def close(self) -> None:
        """Stop; may be called in any state. It may take long where a device was pulled out."""

    @property
    def lost(self) -> str:
        """Why the stream ended by itself; '' while it runs."""

    @property
    def done(self) -> bool:
        """Whether a sound file that stands for the microphone is over."""

    @property
    def measured_rate_hz(self) -> float:
        """How fast samples really come; 0.0 while that is not known yet."""
