# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A few real frames of a model that is here: what no prediction replaces."""

import numpy as np

from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.model.personaplex import PersonaPlex
from personaplex_ros.model.prompt import Prompt

FRAMES = 40


def frame_times_ms(model: PersonaPlex, frames: int = FRAMES) -> list[float]:
    """Talk to the model in silence and return what each frame took."""
    session = model.open_session()
    try:
        session.prompt(Prompt(text='', voice=model.voices[0]))
        silence = np.zeros(SAMPLES_PER_FRAME, np.int16)
        outputs = [session.step(silence) for _ in range(frames)]
    finally:
        session.close()
    return [one.encode_ms + one.step_ms + one.decode_ms for one in outputs]
