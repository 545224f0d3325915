# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A voice for tests where no synthesiser is installed: buzzes, one for each word."""

import numpy as np

from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from training.speech.phones import CLASSES
from training.speech.phones import SILENCE
from training.speech.rendering import finish
from training.speech.rendering import Phone
from training.speech.rendering import Rendering
from training.speech.voices import Manner

WORD_S = 0.08


def render(text: str, manner: Manner) -> Rendering:
    """Buzz for 80 ms a word, at a pitch that depends on the word and the voice."""
    sounds, phones, starts = [], [], []
    for number, word in enumerate(text.split()):
        pitch_hz = 90 + sum(map(ord, word + manner.voice)) % 150
        time_s = np.arange(int(WORD_S * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
        sounds.append(0.3 * np.sign(np.sin(2 * np.pi * pitch_hz * time_s)))
        starts.append(number * WORD_S)
        phones.append(Phone(number * WORD_S, 1 + sum(map(ord, word)) % (CLASSES - 1)))
    phones.append(Phone(len(sounds) * WORD_S, SILENCE))
    return finish(np.concatenate(sounds), SAMPLE_RATE_HZ, phones, starts)
