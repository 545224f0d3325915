# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""WORLD says a clip again on one note whose pulses never move against the codec's frames."""

from importlib import metadata
import sys
from types import ModuleType
from types import SimpleNamespace

import numpy as np

from personaplex_ros.audio.format import SAMPLE_RATE_HZ

HOP_MS = 5.0
"""WORLD's own default (Morise et al. 2016, IEICE E99-D 1877)."""


def on_one_note(samples: np.ndarray, pitch_hz: float) -> np.ndarray:
    """Keep the envelopes of a clip, replace its melody: int16 [n] -> int16 [n], 24 kHz.

    The n-th pulse lies n periods behind the first sample, whatever is spoken. With a pitch that
    is a multiple of the codec's 25 Hz, each latent frame holds its pulses in the same places: a
    decoder learns them as constants, where it takes hours to learn a melody.
    """
    world = _world()
    sound = samples.astype(np.float64) / 32_768
    coarse, times = world.dio(sound, SAMPLE_RATE_HZ, frame_period=HOP_MS)
    melody = world.stonemask(sound, coarse, times, SAMPLE_RATE_HZ)
    envelope = world.cheaptrick(sound, melody, times, SAMPLE_RATE_HZ)
    aperiodicity = world.d4c(sound, melody, times, SAMPLE_RATE_HZ)
    aperiodicity[melody == 0] = 1.0
    note = np.full_like(melody, pitch_hz)
    said = world.synthesize(note, envelope, aperiodicity, SAMPLE_RATE_HZ, HOP_MS)
    fitted = np.pad(said, (0, max(0, len(samples) - len(said))))[: len(samples)]
    return np.clip(np.rint(fitted * 32_768), -32_768, 32_767).astype(np.int16)


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
