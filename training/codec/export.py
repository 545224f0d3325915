# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The trained codec as the product loads it: codebooks plain, file in half precision."""

from pathlib import Path

from moshi.models.compression import MimiModel
from safetensors.torch import save_file
import torch

from training.codec.network import CodecNetwork
from training.loop import STATE


def trained_codec(folder: Path) -> MimiModel:
    """Return Mimi of the latest checkpoint, in eval mode, codebooks as the file will hold them.

    A decoder that was polished later takes the place of the one it began from. Raises
    FileNotFoundError where there is none, ValueError where its codebooks are not begun or the
    polished decoder is of other codes.
    """
    network, step = _trained(folder)
    polished = folder / 'polish' / STATE
    if polished.exists():
        decoder = _stored(polished)['trainer']
        if decoder['codec_step'] != step:
            raise ValueError(f'{polished} is of another step of the codec: remove it')
        network.mimi.load_state_dict(decoder['decoder'], strict=False)
    _plain_codebooks(network)
    return network.mimi.eval()


@torch.no_grad()
def code_vectors(folder: Path) -> torch.Tensor:
    """Return what each code says about phones: float32 [codebooks, bins, evidence].

    Summed over the codebooks they are the phone heads' logits, but for a constant.
    """
    network, _ = _trained(folder)
    quantizer, found = network.mimi.quantizer, []
    for part in (quantizer.rvq_first, quantizer.rvq_rest):
        for layer in part.vq.layers:
            latents = part.output_proj(layer._codebook.embedding.T[None])[0].T
            every = latents @ network.all_phones_head.weight.T
            first = latents @ network.phone_head.weight.T
            alone = first if part is quantizer.rvq_first else torch.zeros_like(first)
            found.append(torch.cat([every, alone], dim=1))
    return torch.stack(found)


def codec_step(folder: Path) -> int:
    """Return how far the codec is trained: codes of one step mean nothing to another."""
    return _stored(folder / STATE)['step']


def save_codec(mimi: MimiModel, path: Path) -> None:
    """Write the weights in float16."""
    save_file({name: value.half().contiguous() for name, value in mimi.state_dict().items()}, path)


def _trained(folder: Path) -> tuple[CodecNetwork, int]:
    path = folder / STATE
    if not path.exists():
        raise FileNotFoundError(f'{path}: no such checkpoint: make -C training codec')
    network, stored = CodecNetwork(), _stored(path)
    network.load_state_dict(stored['trainer']['network'])
    if not network.codebooks()[0].initialized:
        raise ValueError(f'{path} is from the plain part of the schedule: train on')
    return network, stored['step']


@torch.no_grad()
def _plain_codebooks(network: CodecNetwork) -> None:
    """Usage becomes 1 and the sum the entry itself: running sums overflow in float16."""
    for codebook in network.codebooks():
        codebook.register_buffer('_embedding', None, persistent=False)
        entries = codebook.embedding.clone()
        codebook.embedding_sum.copy_(entries)
        codebook.cluster_usage.fill_(1)
        codebook.register_buffer('_embedding', None, persistent=False)


def _stored(path: Path) -> dict:
    return torch.load(path, map_location='cpu', weights_only=True)
