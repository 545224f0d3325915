# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Voices as NVIDIA publishes them: .pt files with input embeddings and the end of a token ring."""

from pathlib import Path

import torch

from personaplex_ros.model.config import ModelConfig
from personaplex_ros.model.prompt import PromptError


def read_published(path: Path, config: ModelConfig) -> tuple[torch.Tensor, torch.Tensor]:
    """Return codes int64 [agent codebooks, V] and embeddings [V - 1, dim] of a .pt voice.

    The file holds {'embeddings': [V - 1, 1, 1, dim], 'cache': int64 [1, 1 + n_q, max_delay + 3]}
    (personaplex 3428dfd, moshi/moshi/models/lm.py:977-983, 1052-1061). Only those codes
    are known that the ring still held: the last frames, which is all that the embeddings do not
    cover; the codes before them are 0. Raises PromptError for anything else; a pickle that holds
    more than tensors is refused unread.
    """
    embeddings, ring = _read(path)
    dim, streams = config.lm['dim'], config.lm['n_q'] + 1
    slots = max(config.lm['delays']) + 3
    if embeddings.dim() != 4 or embeddings.shape[1:] != (1, 1, dim) or not len(embeddings):
        raise PromptError(
            f'voices/{path.name} holds embeddings {list(embeddings.shape)}; '
            f'expected [frames, 1, 1, {dim}]: it is of another model'
        )
    if tuple(ring.shape) != (1, streams, slots):
        raise PromptError(
            f'voices/{path.name} holds a cache {list(ring.shape)}; '
            f'expected [1, {streams}, {slots}]: it is of another model'
        )
    return _last_codes(ring[0].to(torch.long), len(embeddings), config), embeddings[:, 0, 0]


def _read(path: Path) -> tuple[torch.Tensor, torch.Tensor]:
    try:
        stored = torch.load(path, map_location='cpu', weights_only=True)
        embeddings, ring = stored['embeddings'], stored['cache']
    except Exception as error:  # for damage torch raises whatever its readers stumble over
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise PromptError(f'voices/{path.name} is no published voice: {reason}') from None
    if not (isinstance(embeddings, torch.Tensor) and isinstance(ring, torch.Tensor)):
        raise PromptError(f'voices/{path.name} is no published voice: expected two tensors')
    return embeddings, ring


def _last_codes(ring: torch.Tensor, embedded: int, config: ModelConfig) -> torch.Tensor:
    """Take from the ring what positions from `embedded` on need; slot = position % slots."""
    delays = config.lm['delays'][1 : config.agent_codebooks + 1]
    codes = torch.zeros(len(delays), embedded + 1, dtype=torch.long)
    for book, delay in enumerate(delays):
        for frame in range(max(0, embedded - delay), embedded + 1):
            codes[book, frame] = ring[book + 1, (frame + delay) % ring.shape[1]]
    if codes.min() < 0 or codes.max() >= config.lm['card']:
        raise PromptError('the voice has unfinished codes at its end: make it again')
    return codes
