# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Mimi, streaming one conversation: a frame of PCM to codes, and codes to a frame of PCM."""

from moshi.models.compression import MimiModel
import numpy as np
import torch

from personaplex_ros.audio.format import AudioFormatError
from personaplex_ros.audio.format import SAMPLES_PER_FRAME

FULL_SCALE = 32_768


class Codec:
    """Encoder and decoder of one conversation; both run in float32."""

    def __init__(self, mimi: MimiModel) -> None:
        """Take over a model in eval mode; it streams from here on."""
        self._mimi = mimi
        self._device = next(mimi.parameters()).device
        mimi.streaming_forever(1)

    @torch.inference_mode()
    def reset(self) -> None:
        """Forget what was heard and said."""
        self._mimi.reset_streaming()

    @torch.inference_mode()
    def encode(self, pcm: np.ndarray) -> torch.Tensor:
        """int16 [1920] -> int64 [1, codebooks, 1]; raises AudioFormatError for anything else."""
        if pcm.shape != (SAMPLES_PER_FRAME,) or pcm.dtype != np.int16:
            raise AudioFormatError(
                f'got {pcm.dtype} {list(pcm.shape)}; expected int16 [{SAMPLES_PER_FRAME}]'
            )
        samples = torch.from_numpy(pcm.astype(np.float32) / FULL_SCALE)
        return self._mimi.encode(samples[None, None].to(self._device))

    @torch.inference_mode()
    def decode(self, codes: torch.Tensor) -> np.ndarray:
        """int64 [1, codebooks, 1] -> int16 [1920], saturated at full scale."""
        samples = self._mimi.decode(codes)[0, 0].float().cpu().numpy()
        scaled = np.rint(samples * FULL_SCALE)
        return np.clip(scaled, -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)
