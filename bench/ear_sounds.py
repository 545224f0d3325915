# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What lies between a mouth and the ear: level, noise, other voices, a room."""

from collections.abc import Callable
from collections.abc import Sequence

import numpy as np

from personaplex_ros.audio.intake import to_int16
from personaplex_ros.audio.simulation.room import impulse_response
from personaplex_ros.audio.simulation.room import RoomSettings
from personaplex_ros.tools.ear.spotter import RATE_HZ

FULL_SCALE = 32_768.0

Surroundings = Callable[[np.ndarray], np.ndarray]
"""From sound as it was said to sound as it is heard: int16 [n] to int16 [m]."""


def level_dbfs(sound: np.ndarray) -> float:
    """Return the level of the louder half of the samples: speech without its pauses."""
    power = np.sort(sound.astype(np.float64) ** 2)[len(sound) // 2 :]
    return float(10 * np.log10(np.mean(power) / FULL_SCALE**2 + 1e-12))


def at_level(sound: np.ndarray, dbfs: float) -> np.ndarray:
    """Return the sound at another level; int16 [n], clipped where it has to be."""
    return to_int16(sound * np.float32(10 ** ((dbfs - level_dbfs(sound)) / 20)))


def white_noise(dbfs: float, seed: int) -> Surroundings:
    """Return surroundings with white noise of this level (RMS)."""
    random = np.random.default_rng(seed)
    rms = FULL_SCALE * 10 ** (dbfs / 20)
    return lambda sound: to_int16(sound + random.normal(0.0, rms, len(sound)))


def dither(seed: int) -> Surroundings:
    """Return surroundings without a sound, as a recorder with triangular dither writes them."""
    random = np.random.default_rng(seed)
    return lambda sound: to_int16(sound + random.triangular(-1.0, 0.0, 1.0, len(sound)))


def babble(voices: Sequence[np.ndarray], dbfs: float, seed: int) -> Surroundings:
    """Return surroundings in which all voices talk at once, at this level together."""
    length = max(map(len, voices))
    crowd = sum(np.resize(at_level(v, -30.0), length).astype(np.float32) for v in voices)
    crowd = at_level(to_int16(crowd), dbfs)
    random = np.random.default_rng(seed)

    def talk(sound: np.ndarray) -> np.ndarray:
        begin = int(random.integers(length))
        return to_int16(sound.astype(np.float32) + np.resize(np.roll(crowd, -begin), len(sound)))

    return talk


def room(rt60_s: float, noise_dbfs: float, seed: int) -> Surroundings:
    """Return a room: as much reverberation as direct sound, and white noise."""
    settings = RoomSettings(rt60_s=rt60_s, echo_db=0.0, seed=seed)
    response = impulse_response(RATE_HZ, settings)
    noise = white_noise(noise_dbfs, seed)
    return lambda sound: noise(to_int16(np.convolve(sound.astype(np.float32), response)))


def quieter(by_db: float) -> Surroundings:
    """Return surroundings in which the voice comes from farther away."""
    gain = np.float32(10 ** (-by_db / 20))
    return lambda sound: to_int16(sound * gain)
