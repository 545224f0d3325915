# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""First codebooks from many batches: moshi's own k-means sees one, which is too few frames."""

import torch

from training.codec.network import CodecNetwork

FRAMES_PER_CODE = 12


@torch.no_grad()
def fill_codebooks(network: CodecNetwork, latents: torch.Tensor, frames_a_batch: int) -> None:
    """Run moshi's k-means level by level on what the levels above left over.

    latents: [N, dim, T] of many batches. frames_a_batch: frames that the running means will see
    at a time; usage is scaled to it, so that no code looks dead in the first steps.
    """
    for quantizer in (network.mimi.quantizer.rvq_first, network.mimi.quantizer.rvq_rest):
        residual = quantizer.input_proj(latents).transpose(1, 2).flatten(0, 1)
        for layer in quantizer.vq.layers:
            codebook = layer._codebook
            codebook._init_embedding(residual)
            scale = frames_a_batch / codebook.cluster_usage.sum()
            codebook.cluster_usage.mul_(scale)
            codebook.embedding_sum.mul_(scale)
            codebook.register_buffer('_embedding', None, persistent=False)
            residual = residual - codebook.decode(codebook.encode(residual))
