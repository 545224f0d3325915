# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Is speech still understood behind the codec, and is silence silent?"""

import numpy as np

from personaplex_ros.audio.level import rms_dbfs
from personaplex_ros.model.checkpoint import Checkpoint
from personaplex_ros.model.codec import Codec
from training.evaluation.figure import ceiling
from training.evaluation.figure import Figure
from training.evaluation.figure import share
from training.evaluation.listen import Recogniser
from training.evaluation.visit import frames_of
from training.speech.voices import ESPEAK
from training.speech.voices import FLITE
from training.speech.voices import Manner
from training.speech.voices import render
from training.text.domain import Domain
from training.text.domain import spoken

COMMANDS = 30
VOICES = (
    Manner(FLITE, 'slt', 1.0, 180.0),
    Manner(FLITE, 'rms', 1.0, 105.0),
    Manner(FLITE, 'kal16', 1.0, 105.0),
    Manner(FLITE, 'awb', 1.0, 130.0),
    Manner(ESPEAK, 'gmw/en-US+m1', 150, 45),
)
SILENT_FRAMES, SETTLED_FRAMES = 60, 25


def codec_figures(checkpoint: Checkpoint, domain: Domain, device) -> list[Figure]:
    """Return commands recognised behind the codec and without it, and the level of silence."""
    codec = Codec(checkpoint.load_codec(device))
    sentences = [says for one in domain.intents.values() for says in one.says]
    commands = [s for s in sentences if 2 <= len(spoken(s)) <= 5][:: len(sentences) // 60]
    recogniser = Recogniser(sentences)
    through, plain = [], []
    for text in commands[:COMMANDS]:
        for voice in VOICES:
            sound = render(text, voice).samples
            wanted = ' '.join(spoken(text))
            plain.append(recogniser.hear(sound) == wanted)
            through.append(recogniser.hear(_there_and_back(codec, sound)) == wanted)
    silence = _there_and_back(codec, np.zeros(SILENT_FRAMES * 1_920, dtype=np.int16))
    level = max(rms_dbfs(one) for one in frames_of(silence)[-SETTLED_FRAMES:])
    return [
        share('commands recognised behind the codec', through, 90),
        share('commands recognised without the codec', plain, 90),
        ceiling('silence behind the codec', max(level, -100.0), 'dBFS', -55, SETTLED_FRAMES),
    ]


def _there_and_back(codec: Codec, sound: np.ndarray) -> np.ndarray:
    codec.reset()
    return np.concatenate([codec.decode(codec.encode(frame)) for frame in frames_of(sound)])
