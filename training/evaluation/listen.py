# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a recogniser and a pitch meter make of the sound that comes out."""

from collections.abc import Iterable

import numpy as np
from scipy.signal import resample_poly

from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from training.settings import seeded
from training.text.domain import spoken

RATE_HZ = 16_000
DITHER_DBFS = -50.0
"""Digital silence spoils PocketSphinx' cepstral mean; -50 dBFS was the best of -40 to -60."""

LOWEST_HZ, HIGHEST_HZ = 70.0, 320.0
VOICED = 0.5
"""Height of the autocorrelation's peak from which on a window counts as voiced."""


class Recogniser:
    """PocketSphinx with a grammar of whole sentences."""

    def __init__(self, sentences: Iterable[str]) -> None:
        """Raises ImportError where pocketsphinx is missing (requirements/training.txt)."""
        import pocketsphinx

        # cmn: each sound by itself, whatever was heard before it
        self._decoder = pocketsphinx.Decoder(
            lm=None, loglevel='FATAL', samprate=RATE_HZ, cmn='batch'
        )
        rules = ' | '.join(sorted({' '.join(spoken(one)) for one in sentences}))
        self._decoder.add_jsgf_string(
            'said', f'#JSGF V1.0; grammar said; public <said> = {rules};'
        )
        self._decoder.activate_search('said')

    def hear(self, sound: np.ndarray) -> str:
        """int16 [n] at 24 kHz -> the likeliest sentence, '' for none."""
        self._decoder.start_utt()
        self._decoder.process_raw(_for_recogniser(sound).tobytes(), full_utt=True)
        self._decoder.end_utt()
        found = self._decoder.hyp()
        return found.hypstr if found else ''


def f0_hz(sound: np.ndarray) -> float:
    """Return the median pitch of the voiced windows; 0 where there is none. int16 [n]."""
    size, hop = 1_200, 480
    shortest, longest = int(SAMPLE_RATE_HZ / HIGHEST_HZ), int(SAMPLE_RATE_HZ / LOWEST_HZ)
    found = []
    for begin in range(0, len(sound) - size, hop):
        window = sound[begin : begin + size].astype(np.float64)
        window -= window.mean()
        power = float(window @ window)
        if power < size * 100.0**2:  # quieter than about -50 dBFS
            continue
        spectrum = np.abs(np.fft.rfft(window, 2 * size)) ** 2
        correlation = np.fft.irfft(spectrum)[: longest + 1] / power
        lag = shortest + int(np.argmax(correlation[shortest:]))
        if correlation[lag] >= VOICED * (1 - lag / size):
            found.append(SAMPLE_RATE_HZ / lag)
    return float(np.median(found)) if found else 0.0


def _for_recogniser(sound: np.ndarray) -> np.ndarray:
    down = resample_poly(sound.astype(np.float32), 2, 3)
    around = np.concatenate([np.zeros(RATE_HZ // 4), down, np.zeros(RATE_HZ // 4)])
    noise = seeded('dither').standard_normal(len(around)) * 32_768 * 10 ** (DITHER_DBFS / 20)
    return np.clip(around + noise, -32_768, 32_767).astype(np.int16)
