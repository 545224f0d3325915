# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The codes that a steady sound has once it has settled: of silence, and of a prompt's tone."""

from collections import Counter

from moshi.models.compression import MimiModel
import numpy as np
import torch

STEADY_FRAMES, SETTLED_FRAMES = 40, 20


@torch.inference_mode()
def steady_codes(mimi: MimiModel, sound: np.ndarray) -> list[int]:
    """Return the code that each codebook gives most often in the last SETTLED_FRAMES.

    mimi: in eval mode. sound: float32 [STEADY_FRAMES * 1920], a sound of signals.py.
    """
    heard = torch.from_numpy(sound)[None, None].to(next(mimi.parameters()).device)
    codes = mimi.encode(heard)[0]
    return [Counter(row.tolist()).most_common(1)[0][0] for row in codes[:, -SETTLED_FRAMES:]]
