# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""NVIDIA's published loop, order and work as in its server, on moshi's classes.

Two codecs encode and decode every frame, 16 depth steps are run of which eight count, and the
model reads a position only when the frame after it has come (personaplex 3428dfd,
moshi/moshi/server.py:204-242 and models/lm.py). moshi captures Mimi's convolutions in CUDA graphs
where NVIDIA's fork runs them eagerly, so this stand-in is rather too fast than too slow.
"""

from moshi.models.lm import LMGen
import numpy as np
import torch

from personaplex_ros.engine.bench.random_model import random_codec
from personaplex_ros.engine.bench.random_model import random_lm
from personaplex_ros.model.config import ModelConfig

FULL_SCALE = 32_768


class UpstreamLoop:
    """One conversation with a model of random weights."""

    def __init__(self, config: ModelConfig, device: torch.device, dtype: torch.dtype) -> None:
        steps = config.lm['n_q']
        published = config.lm | {'dep_q': steps, 'depformer_context': steps}
        sampling = config.sampling
        self._agent = config.agent_codebooks
        self._device = device
        self._codecs = [random_codec(config, device) for _ in range(2)]
        self._gen = LMGen(
            random_lm(published, device, dtype),
            temp=sampling.audio_temperature,
            temp_text=sampling.text_temperature,
            top_k=sampling.audio_top_k,
            top_k_text=sampling.text_top_k,
            on_audio_hook=self._hear,
        )
        self._nothing = torch.zeros(1, 0, 1, dtype=torch.long, device=device)
        self._heard = torch.zeros(1, self._agent, dtype=torch.long, device=device)
        self._before = self._heard
        with torch.no_grad():
            for mimi in self._codecs:
                mimi.streaming_forever(1)
            self._gen.streaming_forever(1)

    @torch.no_grad()
    def step(self, pcm: np.ndarray) -> np.ndarray | None:
        """Hear a frame, int16 [1920], and say one; None while the delays are not filled."""
        samples = torch.from_numpy(pcm.astype(np.float32) / FULL_SCALE)[None, None]
        codes = [mimi.encode(samples.to(self._device)) for mimi in self._codecs]
        self._before, self._heard = self._heard, codes[0][:, :, 0]
        tokens = self._gen.step(self._nothing)
        if tokens is None:
            return None
        said = [mimi.decode(tokens[:, 1 : 1 + self._agent]) for mimi in self._codecs]
        spoken = said[0].cpu().numpy()
        int(tokens[0, 0, 0])
        return spoken

    def _hear(self, tokens: torch.Tensor) -> None:
        """Put what was heard in place of what depth steps 8 to 15 made of it, [1, 16].

        The first code of a frame is read with it, the others one position later.
        """
        user = tokens[:, self._agent :]
        user[:, :1].copy_(self._heard[:, :1])
        user[:, 1:].copy_(self._before[:, 1:])
