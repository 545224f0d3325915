# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the engine says, token by token, taken where it leaves the language model."""

from collections.abc import Iterator
from contextlib import contextmanager

from moshi.models.compression import MimiModel
import numpy as np
from parity_checkpoint import BOOKS
import torch

from personaplex_ros.model.personaplex import PersonaPlex
from personaplex_ros.model.prompt import Prompt
from personaplex_ros.model.sampling import Sampling

FRAMES = 200
FULL_SCALE = 32_768
GREEDY = Sampling(audio_temperature=0, text_temperature=0)
SEEDED = Sampling(seed=20_26)
SAMPLINGS = {'greedy': GREEDY, 'seeded': SEEDED}

NOISE = np.random.default_rng(9).integers(-9_000, 9_000, (FRAMES, 1_920)).astype(np.int16)
"""The user."""


def talk(
    model: PersonaPlex, prompt: Prompt, sampling: Sampling, frames: int = FRAMES
) -> torch.Tensor:
    """Begin as this persona and hear NOISE; text and agent codes, int64 [frames, 1 + BOOKS]."""
    session = model.open_session(sampling)
    try:
        session.prompt(prompt)
        with decoded_codes() as codes:
            text = [session.step(pcm).text_id for pcm in NOISE[:frames]]
    finally:
        session.close()
    return torch.cat([torch.tensor(text)[:, None], torch.stack(codes)], dim=1)


def heard_codes(mimi: MimiModel, frames: np.ndarray) -> torch.Tensor:
    """Return what a Mimi that begins with them hears in float32 [n, 1920]: int64 [BOOKS, n]."""
    with torch.no_grad(), mimi.streaming(1):
        codes = [mimi.encode(frame[None, None]) for frame in torch.from_numpy(frames)]
    return torch.cat(codes, dim=2)[0]


@contextmanager
def decoded_codes() -> Iterator[list[torch.Tensor]]:
    """Collect the codes [BOOKS] of every frame that a codec is given to speak; none is spoken."""
    codes: list[torch.Tensor] = []

    def recorded(mimi: MimiModel, given: torch.Tensor) -> torch.Tensor:
        assert given.shape == (1, BOOKS, 1)
        codes.append(given[0, :, 0].clone())
        return torch.zeros(1, 1, NOISE.shape[1])

    decode, MimiModel.decode = MimiModel.decode, recorded
    try:
        yield codes
    finally:
        MimiModel.decode = decode
