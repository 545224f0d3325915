# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The trained codec as the product loads it: codebooks plain, file in half precision."""

from pathlib import Path

from moshi.models.compression import MimiModel
from safetensors.torch import save_file
import torch

from training.codec.network import CodecNetwork
from training.loop import STATE

SHARP, POLISH = 'sharp', 'polish'
"""Folders beside the codec's checkpoint: an encoder and a decoder that were trained on."""


def trained_codec(folder: Path, sharp: bool = True) -> MimiModel:
    """Return Mimi of the latest checkpoint, in eval mode, codebooks as the file will hold them.

    sharp: False for the ear before it was sharpened, which the agent's own clips were coded by.

    An encoder that was sharpened and a decoder that was polished take the places of those they
    began from. Raises FileNotFoundError where there is none, ValueError where its codebooks are
    not begun or one of the two is of other codes.
    """
    network = trained_network(folder)
    if sharp:
        network.load_state_dict(_later(folder, SHARP, 'encoder'), strict=False)
    network.mimi.load_state_dict(_later(folder, POLISH, 'decoder'), strict=False)
    _plain_codebooks(network)
    return network.mimi.eval()


@torch.no_grad()
def code_vectors(folder: Path) -> torch.Tensor:
    """Return what each code says about phones: float32 [codebooks, bins, evidence].

    Summed over the codebooks they are the phone heads' logits, but for a constant.
    """
    network = trained_network(folder)
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


def sharp_step(folder: Path) -> int:
    """Return how far the encoder is sharpened; 0 where it is not."""
    path = folder / SHARP / STATE
    return _stored(path)['step'] if path.exists() else 0


def save_codec(mimi: MimiModel, path: Path) -> None:
    """Write the weights in float16."""
    save_file({name: value.half().contiguous() for name, value in mimi.state_dict().items()}, path)


def trained_network(folder: Path) -> CodecNetwork:
    """Return the latest checkpoint as it was trained. Raises as trained_codec() does."""
    path = folder / STATE
    if not path.exists():
        raise FileNotFoundError(f'{path}: no such checkpoint: make -C training codec')
    network, stored = CodecNetwork(), _stored(path)
    network.load_state_dict(stored['trainer']['network'])
    if not network.codebooks()[0].initialized:
        raise ValueError(f'{path} is from the plain part of the schedule: train on')
    return network


def _later(folder: Path, name: str, part: str) -> dict[str, torch.Tensor]:
    """Return a part's weights of a later training; nothing where there was none."""
    path = folder / name / STATE
    if not path.exists():
        return {}
    later = _stored(path)['trainer']
    if later['codec_step'] != codec_step(folder):
        raise ValueError(f'{path} is of another step of the codec: remove it')
    return later[part]


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
