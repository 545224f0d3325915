# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Where the chirps come back, to a fraction of a sample."""

from dataclasses import dataclass

import numpy as np

from personaplex_ros.audio.doctor.score import chirp
from personaplex_ros.audio.doctor.score import LONGEST_DELAY_S
from personaplex_ros.audio.doctor.tape import Recording

COMMON_RATES_HZ = (8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000)

LARGEST_RATIO = 2.2
"""A rate that is more than double or half is one that the chirp does not survive."""

HEARD_SIGMA = 8.0
"""A peak of the matched filter this far above what it gives for the room's noise: Gaussian noise
reaches 5 in a second."""

QUANTIZATION = 0.3
"""Least deviation of int16 samples, for rooms without noise."""

NEAR_S = 0.05
"""Later chirps come back as late as the first one, give or take a slip of a sound server."""

FEWEST = 4
"""Fewer chirps make no statistics."""


@dataclass(frozen=True)
class Arrivals:
    """The chirps that came back."""

    ratio: float
    """Length of a chirp that came back over its own; 1 unless a sample rate is wrong."""

    played_at: np.ndarray
    """float [k], position in the played sound."""

    heard_at: np.ndarray
    """float [k], position in the microphone's sound."""


def find_chirps(recording: Recording) -> Arrivals | None:
    """Return where the chirps came back, None where too few did."""
    score, rate_hz = recording.score, recording.info.rate_hz
    reach = len(score.chirp) + round(LONGEST_DELAY_S * rate_hz)
    first = recording.captured[score.chirps[0] : score.chirps[0] + reach]
    heights = {ratio: _highest(first, chirp(rate_hz, ratio)) for ratio in ratios(rate_hz)}
    ratio = max(heights, key=lambda one: heights[one][0])
    delay = heights[ratio][1]
    near = round(NEAR_S * rate_hz)
    shape = chirp(rate_hz, ratio)
    noise = max(QUANTIZATION, float(np.std(_matched(recording.captured[score.quiet], shape))))
    found = []
    for played_at in score.chirps:
        begin = max(0, played_at + round(delay) - near)
        window = recording.captured[begin : begin + 2 * near + len(shape)]
        if len(window) <= len(shape):
            continue
        height, at = _highest(window, shape)
        if height >= HEARD_SIGMA * noise:
            found.append((played_at, begin + at))
    if len(found) < FEWEST:
        return None
    played, heard = np.array(found, float).T
    return Arrivals(ratio, played, heard)


def ratios(rate_hz: int) -> list[float]:
    """Return 1 and all that mistaking one common rate for rate_hz makes of a sound's length."""
    others = [other / rate_hz for other in COMMON_RATES_HZ if other != rate_hz]
    both = sorted({1.0, *others, *(1 / other for other in others)}, key=lambda r: abs(r - 1))
    return [ratio for ratio in both if 1 / LARGEST_RATIO <= ratio <= LARGEST_RATIO]


def _highest(sound: np.ndarray, shape: np.ndarray) -> tuple[float, float]:
    """Return the highest peak of the matched filter and its position in samples."""
    height = np.abs(_matched(sound, shape))
    top = int(np.argmax(height))
    return float(height[top]), top + _vertex(height, top)


def _matched(sound: np.ndarray, shape: np.ndarray) -> np.ndarray:
    """Return the matched filter's output at every position where the shape fits."""
    size = 1 << (len(sound) + len(shape) - 1).bit_length()
    spectrum = np.fft.rfft(sound, size) * np.conj(np.fft.rfft(shape, size))
    fits = max(1, len(sound) - len(shape) + 1)
    return np.fft.irfft(spectrum, size)[:fits] / np.linalg.norm(shape)


def _vertex(height: np.ndarray, top: int) -> float:
    """Return how far beside a sample the parabola through it and its neighbours is highest."""
    if not 0 < top < len(height) - 1:
        return 0.0
    left, middle, right = height[top - 1 : top + 2]
    bend = left - 2 * middle + right
    return float((left - right) / (2 * bend)) if bend < 0 else 0.0
