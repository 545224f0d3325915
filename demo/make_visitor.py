# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Makes demo/visitor.wav, the demo's visitor: espeak-ng's speech and a little noise.

Run it by hand when the words change: python demo/make_visitor.py. Needs espeak-ng.
"""

from pathlib import Path
import subprocess
import tempfile

import numpy as np
import soundfile

from personaplex_ros.audio.resample import Resampler

RATE_HZ = 16_000
NOISE_DBFS = -60.0
PEAK_DBFS = -6.0
SEED = 7

# (second it begins at, words)
SAYS = [
    (0.6, 'Hello! Who are you?'),
    (4.4, 'Could you tell me where the exit is?'),
    (10.2, 'Thank you. That is enough.'),
    (13.6, 'I would like a coffee, please.'),
]
LENGTH_S = 18.0


def speak(text: str) -> np.ndarray:
    """Return espeak-ng's speech, float32 [n] at 16 kHz, peak 1."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'speech.wav'
        subprocess.run(
            ['espeak-ng', '-v', 'en-gb', '-s', '150', '-p', '42', '-w', str(path), text],
            check=True,
        )
        speech, rate_hz = soundfile.read(path, dtype='float32')
    speech = Resampler(rate_hz, RATE_HZ).process(speech)
    return speech / np.abs(speech).max()


def main() -> None:
    """Write the file."""
    track = np.zeros(round(LENGTH_S * RATE_HZ), np.float32)
    for begin_s, text in SAYS:
        speech = speak(text) * 10 ** (PEAK_DBFS / 20)
        begin = round(begin_s * RATE_HZ)
        track[begin : begin + len(speech)] += speech
    noise = np.random.default_rng(SEED).standard_normal(len(track)).astype(np.float32)
    track += noise * 10 ** (NOISE_DBFS / 20)
    soundfile.write(Path(__file__).with_name('visitor.wav'), track, RATE_HZ, subtype='PCM_16')


if __name__ == '__main__':
    main()
