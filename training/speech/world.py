# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""WORLD takes a clip apart into melody, envelopes and breath, and says it again."""

from dataclasses import dataclass
from importlib import metadata
import sys
from types import ModuleType
from types import SimpleNamespace

import numpy as np

from personaplex_ros.audio.format import SAMPLE_RATE_HZ

HOP_MS = 5.0
"""WORLD's own default (Morise et al. 2016, IEICE E99-D 1877)."""


@dataclass(frozen=True)
class Parts:
    """A clip, frame by frame of HOP_MS."""

    melody: np.ndarray
    """float64 [t]: f0 in Hz, 0 where nothing is voiced."""

    envelope: np.ndarray
    """float64 [t, bins]: power from 0 Hz to half the sampling rate."""

    aperiodicity: np.ndarray
    """float64 [t, bins]: 0 is all voice, 1 all breath."""


def take_apart(samples: np.ndarray) -> Parts:
    """int16 [n], 24 kHz -> its parts."""
    world = _world()
    sound = samples.astype(np.float64) / 32_768
    coarse, times = world.dio(sound, SAMPLE_RATE_HZ, frame_period=HOP_MS)
    melody = world.stonemask(sound, coarse, times, SAMPLE_RATE_HZ)
    envelope = world.cheaptrick(sound, melody, times, SAMPLE_RATE_HZ)
    aperiodicity = world.d4c(sound, melody, times, SAMPLE_RATE_HZ)
    aperiodicity[melody == 0] = 1.0
    return Parts(melody, envelope, aperiodicity)


def say(parts: Parts, samples: int) -> np.ndarray:
    """Put parts together: float64 [samples], 24 kHz, about in -1 to 1."""
    said = _world().synthesize(
        parts.melody, parts.envelope, parts.aperiodicity, SAMPLE_RATE_HZ, HOP_MS
    )
    return np.pad(said, (0, max(0, samples - len(said))))[:samples]


def _world() -> ModuleType:
    """Import pyworld 0.3.5, which asks pkg_resources for its version; setuptools 81 lost that."""
    if 'pyworld' not in sys.modules and 'pkg_resources' not in sys.modules:
        shim = ModuleType('pkg_resources')
        shim.get_distribution = lambda name: SimpleNamespace(version=metadata.version(name))
        sys.modules['pkg_resources'] = shim
        try:
            import pyworld
        finally:
            del sys.modules['pkg_resources']
        return pyworld
    import pyworld

    return pyworld
