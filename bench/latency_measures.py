# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the ear hears of what the mouth said: delays and silences from the recordings alone."""

import numpy as np

from personaplex_ros.audio.format import SAMPLE_RATE_HZ

WINDOW = 480
"""20 ms at 24 kHz."""

NEAR_S = 1.0
"""Nearly everything is found in the last second; what is not is looked for further back."""

MIN_LIKENESS = 0.6
"""A window that resembles nothing that was said is silence or a seam."""

SILENT_RMS = 33.0
"""-60 dBFS."""

SILENCE_MS = 60
"""Shorter pauses are no silence."""


def delays_ms(
    said: np.ndarray, heard: np.ndarray, begin: int, end: int, look_back_s: float
) -> np.ndarray:
    """Return how late each 20 ms of heard[begin:end] is behind `said`; NaN where it is neither.

    said, heard: int16 [n], 24 kHz, the same clock; said is noise, so every stretch of it is
    unlike all others.
    """
    found = np.full((end - begin) // WINDOW, np.nan)
    for number in range(len(found)):
        stop = begin + (number + 1) * WINDOW
        window = heard[stop - WINDOW : stop].astype(np.float64)
        if len(window) == WINDOW and np.sqrt(np.mean(window**2)) >= SILENT_RMS:
            found[number] = _delay_ms(said[:stop], window, look_back_s)
    return found


def silence_after(heard: np.ndarray, sample: int, rate_hz: int) -> int | None:
    """Return at which sample, from this one on, a silence begins; None where there is none."""
    step = rate_hz // 1000
    sound = heard[sample : sample + rate_hz].astype(np.float64)
    blocks = sound[: len(sound) // step * step].reshape(-1, step)
    silent = np.sqrt(np.mean(blocks**2, axis=1)) < SILENT_RMS
    runs = np.convolve(silent, np.ones(SILENCE_MS), 'valid') >= SILENCE_MS
    return sample + int(np.argmax(runs)) * step if runs.any() else None


def _delay_ms(said: np.ndarray, window: np.ndarray, look_back_s: float) -> float:
    for seconds in (NEAR_S, look_back_s):
        past = said[-round(seconds * SAMPLE_RATE_HZ) :].astype(np.float64)
        place, likeness = _match(past, window)
        if likeness >= MIN_LIKENESS:
            return 1000 * (len(past) - WINDOW - place) / SAMPLE_RATE_HZ
    return np.nan


def _match(past: np.ndarray, window: np.ndarray) -> tuple[int, float]:
    """Return where in the past the window fits best, and how well (1: exactly)."""
    size = 1 << (len(past) + len(window)).bit_length()
    product = np.fft.rfft(past, size) * np.conj(np.fft.rfft(window, size))
    correlation = np.fft.irfft(product, size)[: len(past) - len(window) + 1]
    energy = np.concatenate(([0.0], np.cumsum(past**2)))
    power = energy[len(window) :] - energy[: -len(window)]
    likeness = correlation / np.sqrt(np.maximum(power, 1.0) * np.sum(window**2))
    best = int(np.argmax(likeness))
    return best, float(likeness[best])
