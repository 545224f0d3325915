# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the echo bench asks of a take: echo gone, robot taken for a visitor, visitor lost."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pywebrtc_audio
import webrtcvad

from bench.echo_scene import Take
from personaplex_ros.audio.intake import to_int16
from personaplex_ros.audio.resample import Resampler

VAD_RATE_HZ = 16_000
VAD_BLOCK = VAD_RATE_HZ // 100
VOICE_PROBABILITY = 0.5
WEBRTCVAD_MODE = 3

ACTIVE_DB = -25.0
"""A block this far below the mean of speech is a pause."""

VISITOR_ACTIVE_DB = -30.0
SPARED_BEFORE_S, SPARED_AFTER_S = 0.05, 0.6
"""Around the other's speech nothing is counted: reverberation, and the detectors' hang time."""

WARM_UP_S = 3.0

BAND_EDGES_HZ = (200, 400, 600, 800, 1100, 1500, 2000, 2800, 4000, 6000)
WINDOW_S = 0.02
SEGMENT_WINDOWS = 16


@dataclass(frozen=True)
class Phases:
    """Which 10 ms blocks belong to whom, bool [blocks] each."""

    robot: np.ndarray
    both: np.ndarray
    visitor: np.ndarray


def phases(take: Take) -> Phases:
    """Tell the phases from what is truly at the microphone."""
    block = take.rate_hz // 100
    echo = _active(take.echo, block, ACTIVE_DB)
    visitor = _active(take.near, block, VISITOR_ACTIVE_DB)
    return Phases(echo & ~_around(visitor), echo & visitor, visitor & ~_around(echo))


def erle_db(take: Take, robot: np.ndarray) -> float:
    """Return microphone over output while the robot speaks alone, after the warm-up."""
    warm = robot & (np.arange(len(robot)) >= WARM_UP_S * 100)
    return _mean_db(take.microphone, warm, take.rate_hz) - _mean_db(
        take.output, warm, take.rate_hz
    )


def spectral_voice(samples: np.ndarray, rate_hz: int) -> np.ndarray:
    """Return bool [blocks]: WebRTC's spectral speech probability, at any level of sound."""
    detector = pywebrtc_audio.VoiceDetector(sample_rate=VAD_RATE_HZ)
    blocks = _for_detectors(samples, rate_hz)
    return np.array([detector.process(block) > VOICE_PROBABILITY for block in blocks])


def gmm_voice(samples: np.ndarray, rate_hz: int) -> np.ndarray:
    """Return bool [blocks]: webrtcvad's Gaussian mixtures, mode 3."""
    detector = webrtcvad.Vad(WEBRTCVAD_MODE)
    blocks = _for_detectors(samples, rate_hz)
    return np.array([detector.is_speech(block.tobytes(), VAD_RATE_HZ) for block in blocks])


def share(found: np.ndarray, phase: np.ndarray) -> float:
    """Return the share of a phase's blocks in which a voice was found."""
    return float(found[phase].mean())


def near_loss_db(take: Take, phase: np.ndarray) -> float:
    """Return how much quieter the visitor left than it came.

    The output is projected on the visitor as it was at the microphone, band by band over 160 ms:
    what is left of the echo does not count as visitor.
    """
    came, left = _spectra(take.near, take.rate_hz), _spectra(take.output, take.rate_hz)
    hz = np.fft.rfftfreq(2 * (came.shape[1] - 1), 1 / take.rate_hz)
    came_energy = left_energy = 0.0
    for start in range(0, min(len(came), len(phase)) - SEGMENT_WINDOWS, SEGMENT_WINDOWS):
        chosen = start + np.flatnonzero(phase[start : start + SEGMENT_WINDOWS])
        if len(chosen) < SEGMENT_WINDOWS // 2:
            continue
        for low, high in pairwise(BAND_EDGES_HZ):
            band = (hz >= low) & (hz < high)
            source, result = came[chosen][:, band].ravel(), left[chosen][:, band].ravel()
            energy = float(np.sum(np.abs(source) ** 2))
            came_energy += energy
            left_energy += float(np.abs(np.vdot(source, result)) ** 2) / max(energy, 1e-9)
    return float(10 * np.log10(came_energy / left_energy))


def _active(samples: np.ndarray, block: int, threshold_db: float) -> np.ndarray:
    power = np.mean(samples.astype(np.float64).reshape(-1, block) ** 2, axis=1)
    speech = power[power > power.max() * 1e-3].mean()
    return power > speech * 10 ** (threshold_db / 10)


def _around(active: np.ndarray) -> np.ndarray:
    reach = np.ones(round(100 * (SPARED_BEFORE_S + SPARED_AFTER_S)) + 1)
    before = round(100 * SPARED_BEFORE_S)
    return np.convolve(active, reach)[before : before + len(active)] > 0


def _mean_db(samples: np.ndarray, phase: np.ndarray, rate_hz: int) -> float:
    blocks = samples.astype(np.float64).reshape(-1, rate_hz // 100)[phase]
    return float(10 * np.log10(np.mean(blocks**2) + 1e-9))


def _for_detectors(samples: np.ndarray, rate_hz: int) -> np.ndarray:
    resampled = Resampler(rate_hz, VAD_RATE_HZ).process(samples.astype(np.float32))
    return to_int16(resampled).reshape(-1, VAD_BLOCK)


def _spectra(samples: np.ndarray, rate_hz: int) -> np.ndarray:
    window = round(WINDOW_S * rate_hz)
    frames = np.lib.stride_tricks.sliding_window_view(samples.astype(np.float64), window)
    return np.fft.rfft(frames[:: window // 2] * np.hanning(window), axis=1)
