# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Runs synthesisers that are programs of their own and reads the sound that they leave."""

from pathlib import Path
import shutil
import subprocess
import wave

import numpy as np

from training.speech.rendering import NotInstalledError
from training.speech.rendering import SynthesisError


def run(name: str, where: str, *arguments: str, said: str = '') -> str:
    """Return what a program prints; where: what installs it, said: its standard input.

    Raises NotInstalledError, and SynthesisError where the program failed.
    """
    program = shutil.which(name)
    if program is None:
        raise NotInstalledError(f'{name} is not installed: {where}')
    done = subprocess.run(
        [program, *arguments], input=said, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SynthesisError(f'{name} failed with {done.returncode}: {done.stderr.strip()[:200]}')
    return done.stdout


def read_wave(path: Path) -> tuple[np.ndarray, int]:
    """Return float64 [n] in -1 to 1, and its rate in Hz. Raises SynthesisError."""
    if not path.exists():
        raise SynthesisError(f'the synthesiser left no {path.name}')
    with wave.open(str(path)) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), dtype='<i2') / 32_768
        return sound, file.getframerate()
