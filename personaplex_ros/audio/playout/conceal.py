# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Something in place of sound that never came, so that a lost chunk is no click and no hole."""

import numpy as np

from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.joint import Joint
from personaplex_ros.audio.playout.pieces import fade_out
from personaplex_ros.audio.playout.settings import to_samples

PITCH_MS = (2.5, 12.0)
"""Periods of a voice: 400 down to 83 Hz."""

AUDIBLE_MS = 40.0
"""Repeated for longer it sounds like a machine; ITU-T G.711 Appendix I fades by 60 ms."""


def conceal(past: np.ndarray, count: int) -> np.ndarray:
    """Return int16 [count] that goes on as the past did, with its pitch, and fades.

    past: int16 [n], the latest sound. count: at least FADE_SAMPLES, less cannot fade.
    """
    out = np.zeros(count, np.int16)
    period = _period(past)
    if period:
        audible = min(count, to_samples(AUDIBLE_MS))
        out[:audible] = fade_out(np.resize(past[-period:], audible))
    if len(past):
        joint = Joint(SAMPLE_RATE_HZ)
        joint.start(int(past[-1]) - int(out[0]))
        out = joint.add(out)
    return out


def _period(past: np.ndarray) -> int:
    """Return the lag at which the past resembles itself most; 0 where there is too little."""
    low, high = (to_samples(ms) for ms in PITCH_MS)
    recent = past[-2 * high :].astype(np.float64)
    if len(recent) < high + low:
        return 0
    last = recent[-low:]
    lags = np.arange(low, len(recent) - low + 1)
    windows = np.lib.stride_tricks.sliding_window_view(recent, low)[len(recent) - low - lags]
    energy = np.sqrt(np.einsum('ij,ij->i', windows, windows)) + 1.0
    return int(lags[np.argmax(windows @ last / energy)])
