# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Delay, jitter and drift, from where the chirps were played and where they came back."""

from dataclasses import dataclass

import numpy as np

from personaplex_ros.audio.doctor.arrivals import Arrivals
from personaplex_ros.audio.doctor.score import SETTLING_S
from personaplex_ros.audio.doctor.tape import Recording


@dataclass(frozen=True)
class Timing:
    """How late the loudspeaker's sound comes back."""

    round_trip_ms: float
    """From a sample given to the stream to its return from the stream, mean."""

    echo_delay_ms: float
    """The same by the device's own times, median: what the canceller gets. Negative where the
    reference is late."""

    jitter_ms: float
    """Standard deviation of the echo's delay around its trend."""

    drift_ppm: float
    """How much faster the loudspeaker's clock runs than the microphone's."""


def timing(arrivals: Arrivals, recording: Recording) -> Timing:
    """Measure; needs arrivals at the ratio 1."""
    rate_hz = recording.info.rate_hz
    trip_s = (arrivals.heard_at - arrivals.played_at) / rate_hz
    echo_s = recording.captured_s(arrivals.heard_at) - recording.audible_s(arrivals.played_at)
    at_s = arrivals.played_at / rate_hz
    trend = np.polyfit(at_s, echo_s, 1)
    return Timing(
        round_trip_ms=1e3 * float(np.mean(trip_s)),
        echo_delay_ms=1e3 * float(np.median(echo_s)),
        jitter_ms=1e3 * float(np.std(echo_s - np.polyval(trend, at_s))),
        drift_ppm=-1e6 * float(np.polyfit(at_s, trip_s, 1)[0]),
    )


def measured_rate_hz(recording: Recording) -> float:
    """Return how many samples come in a second of the system's clock.

    By the median: sound servers mistake the delay of a stream by a third of a second at first.
    """
    settled = recording.begins >= SETTLING_S * recording.info.rate_hz
    begins = recording.begins[settled]
    seconds = (recording.captured_ns[settled] - recording.captured_ns[0]) * 1e-9
    half = len(begins) // 2
    rates = (begins[half : 2 * half] - begins[:half]) / (seconds[half : 2 * half] - seconds[:half])
    return float(np.median(rates))
