# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""One visit: a persona, sound in front of the microphone, and all that the agent did."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import replace

import numpy as np
import torch

from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.audio.level import rms_dbfs
from personaplex_ros.model.personaplex import PersonaPlex
from personaplex_ros.model.prompt import Prompt
from personaplex_ros.model.session import FrameOutput
from personaplex_ros.model.session import Session
from training.settings import seeded
from training.speech.corpus import Clip
from training.speech.corpus import Corpus
from training.speech.rooms import heard
from training.speech.rooms import Scene

AUDIBLE_DBFS = -45.0
BEFORE_FRAMES = 8
"""The visitor waits so long after the persona is there."""

AFTER_FRAMES = 80
"""The longest answer that is heard out."""

PATIENCE_FRAMES = 30
"""An answer that has not begun by then does not come."""

ENDED_FRAMES = 12
"""Silence, in words and sound, that is longer than any pause within an answer."""

EARLY_FRAMES = 3
"""An answer may begin so long before the last sound of the question."""

QUIET = np.zeros(SAMPLES_PER_FRAME, dtype=np.int16)
PLAIN_SCENE = Scene(babble=0.0, burst=0.0)


@dataclass(frozen=True)
class Visit:
    """What the agent gave back."""

    outputs: list[FrameOutput]
    asked_end: int
    """Frame behind the visitor's last sound."""

    @property
    def text(self) -> str:
        """Everything that it wrote."""
        return ''.join(one.piece for one in self.outputs).strip()

    @property
    def sound(self) -> np.ndarray:
        """int16 [n]."""
        return np.concatenate([one.pcm for one in self.outputs])

    @property
    def audible(self) -> np.ndarray:
        """bool [frames]."""
        return np.array([is_audible(one) for one in self.outputs])


class Scenery:
    """Clips as they reach the microphone, always the same for the same name."""

    def __init__(self, corpus: Corpus) -> None:
        """Take voices from the corpus."""
        self._corpus = corpus

    def of(self, clip: Clip, scene: Scene, *name: object) -> np.ndarray:
        """int16 [n]: the clip in a scene."""
        said = torch.from_numpy(self._corpus.samples(clip).copy()).float()[None] / 32_768
        seed = int(seeded('scene', *name).integers(2**31))
        sound, _ = heard(said, said, scene, torch.Generator().manual_seed(seed))
        return as_int16(sound[0].numpy())


def as_int16(sound: np.ndarray) -> np.ndarray:
    """float, full scale 1 -> int16."""
    return np.clip(np.rint(sound * 32_768), -32_768, 32_767).astype(np.int16)


def frames_of(sound: np.ndarray) -> list[np.ndarray]:
    """int16 [n] -> frames; the last one is filled up with silence."""
    padded = np.pad(sound, (0, -len(sound) % SAMPLES_PER_FRAME))
    return list(padded.reshape(-1, SAMPLES_PER_FRAME))


def is_audible(output: FrameOutput) -> bool:
    """Tell whether the agent is heard in this frame."""
    return rms_dbfs(output.pcm) > AUDIBLE_DBFS


def visit(
    model: PersonaPlex, prompt: Prompt, said: np.ndarray, background: np.ndarray | None = None
) -> Visit:
    """Wait, let the visitor say something, and hear the agent out.

    background: int16 [frames, 1920] heard from the end of the visitor's words on.
    """
    asked = frames_of(said)
    end = BEFORE_FRAMES + len(asked)
    behind = list(background) if background is not None else []
    with conversation(model, prompt) as session:
        outputs = [session.step(frame) for frame in [QUIET] * BEFORE_FRAMES + asked]
        for offset in range(AFTER_FRAMES):
            outputs.append(session.step(behind[offset] if offset < len(behind) else QUIET))
            if _is_over(outputs, end):
                break
    return Visit(outputs, end)


def run(model: PersonaPlex, prompt: Prompt, heard_frames: list[np.ndarray]) -> list[FrameOutput]:
    """Step through a conversation."""
    with conversation(model, prompt) as session:
        return [session.step(frame) for frame in heard_frames]


@contextmanager
def conversation(model: PersonaPlex, prompt: Prompt) -> Iterator[Session]:
    """Give a conversation with a fixed seed."""
    session = model.open_session(sampling=replace(model.sampling, seed=1))
    try:
        session.prompt(prompt)
        yield session
    finally:
        session.close()


def _is_over(outputs: list[FrameOutput], end: int) -> bool:
    """Tell whether the answer is over, or will not come."""
    for silent, one in enumerate(reversed(outputs[end - EARLY_FRAMES :])):
        if one.piece or is_audible(one):
            return silent >= ENDED_FRAMES
    return len(outputs) >= end + PATIENCE_FRAMES
