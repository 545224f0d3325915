# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Writes a small model as NVIDIA publishes PersonaPlex: a depth step per codebook, packed
attention, voices.tgz of .pt files, and a config.json that describes what tensors do not tell."""

import io
from pathlib import Path
import shutil
import tarfile

from moshi.models import loaders
from moshi.modules.transformer import StreamingMultiheadAttention
import numpy as np
from safetensors.torch import load_file
from safetensors.torch import save_file
from tiny_checkpoint import BINS
from tiny_checkpoint import CODEBOOKS
from tiny_checkpoint import LM
from tiny_checkpoint import tiny_config
import torch
from torch import nn

from training.init import initialise

FILES = tiny_config().files
LM_16 = LM | {'dep_q': 2 * CODEBOOKS, 'depformer_context': 2 * CODEBOOKS}
"""Eight steps here, sixteen in the published file: one per codebook, agent's and user's."""

VOICE_FRAMES = 6


def write_published(source: Path, tiny_directory: Path) -> Path:
    """Write the files into an existing folder and return it; codec and tokenizer are tiny's."""
    lm = loaders.get_moshi_lm(None, LM_16, dtype=torch.float32)
    initialise(lm, np.random.default_rng(11))
    save_file(packed(lm, lm.state_dict()), source / FILES.lm)
    mimi = loaders.get_mimi(None, tiny_config().codec, num_codebooks=CODEBOOKS)
    save_file(packed(mimi, load_file(tiny_directory / FILES.codec)), source / FILES.codec)
    shutil.copy(tiny_directory / FILES.tokenizer, source)
    (source / 'config.json').write_text(tiny_config().to_json(), encoding='utf-8')
    members = {f'voices/{name}.pt': voice_bytes(seed) for seed, name in enumerate(('F0', 'M0'))}
    write_tar(source / 'voices.tgz', members)
    return source


def packed(model: nn.Module, state: dict) -> dict[str, torch.Tensor]:
    """Return the state under upstream's names, all steps of an attention in one tensor."""
    state = dict(state)
    for name, module in model.named_modules():
        if isinstance(module, StreamingMultiheadAttention):
            for many, one in (('in_projs', 'in_proj_weight'), ('out_projs', 'out_proj.weight')):
                parts = [f'{name}.{many}.{i}.weight' for i in range(module.mult)]
                if parts[0] in state:
                    state[f'{name}.{one}'] = torch.cat([state.pop(part) for part in parts])
    return {name: value.clone().contiguous() for name, value in state.items()}


def voice_bytes(seed: int = 0, dim: int = LM['dim']) -> bytes:
    """Return a .pt voice: embeddings of all frames but the last, and the end of the token ring."""
    generator = torch.Generator().manual_seed(seed)
    slots = max(LM['delays']) + 3
    voice = {
        'embeddings': torch.randn(VOICE_FRAMES - 1, 1, 1, dim, generator=generator),
        'cache': torch.randint(BINS, (1, LM['n_q'] + 1, slots), generator=generator),
    }
    file = io.BytesIO()
    torch.save(voice, file)
    return file.getvalue()


def write_tar(path: Path, members: dict[str, bytes | tarfile.TarInfo]) -> None:
    """Write a .tgz of plain files, or of whatever a TarInfo says."""
    with tarfile.open(path, 'w:gz') as tar:
        for name, content in members.items():
            if isinstance(content, tarfile.TarInfo):
                tar.addfile(content)
            else:
                member = tarfile.TarInfo(name)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
