# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""How loud the room, the echo and the clipping are."""

import numpy as np

from personaplex_ros.audio.doctor.arrivals import Arrivals
from personaplex_ros.audio.doctor.tape import Recording
from personaplex_ros.audio.echo.meters import CLIPPED
from personaplex_ros.audio.echo.meters import decibels
from personaplex_ros.audio.echo.noise import QUIET_SHARE
from personaplex_ros.audio.echo.settings import FULL_SCALE
from personaplex_ros.audio.microphone_health import DEAD_STEP

NOISE_BLOCK_S = 0.02
"""Shorter than pauses between words; long enough that the quietest of noise is little quieter."""

REVERBERATION_S = 0.2
"""Of a chirp's echo that is counted: later comes the next chirp."""


def noise_dbfs(recording: Recording) -> float:
    """Return the level that is exceeded in all but the quietest tenth: who speaks, pauses."""
    quiet = recording.captured[recording.score.quiet].astype(np.float64)
    block = round(NOISE_BLOCK_S * recording.info.rate_hz)
    blocks = quiet[: len(quiet) - len(quiet) % block].reshape(-1, block)
    floor = np.quantile(np.mean(blocks**2, axis=1), QUIET_SHARE)
    return decibels(float(floor) / FULL_SCALE**2)


def is_silent(samples: np.ndarray) -> bool:
    """Say whether int16 [n] holds nothing at all, not even noise."""
    return int(samples.max()) - int(samples.min()) <= DEAD_STEP


def clipped_share(recording: Recording) -> float:
    """Return the share of samples at full scale, 0 to 1."""
    return float(np.mean(np.abs(recording.captured.astype(np.int32)) >= CLIPPED))


def echo_gain_db(recording: Recording, arrivals: Arrivals) -> float:
    """Return how much louder the chirps are in the microphone than in the loudspeaker's samples.

    By energy, with the reverberation and without the noise.
    """
    score = recording.score
    length = len(score.chirp) + round(REVERBERATION_S * recording.info.rate_hz)
    noise = length * FULL_SCALE**2 * 10 ** (noise_dbfs(recording) / 10)
    sounds = [recording.captured[round(at) : round(at) + length] for at in arrivals.heard_at]
    energies = [float(np.sum(sound.astype(np.float64) ** 2)) for sound in sounds]
    played = float(np.sum(score.chirp.astype(np.float64) ** 2))
    return decibels(max(0.0, float(np.median(energies)) - noise) / played)
