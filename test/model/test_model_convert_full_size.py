# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The published file's own names and sizes, in a file that takes no room on the disk."""

import json

from moshi.models import loaders
from published_checkpoint import packed
import pytest
import torch

from personaplex_ros.model.checkpoint import CheckpointError
from personaplex_ros.model.convert_lm import cut_lm
from personaplex_ros.model.convert_recipe import PERSONAPLEX
from personaplex_ros.model.weights import tensor_shapes
from personaplex_ros.model.weights import wanted_shapes

PUBLISHED_TENSORS = 475
PUBLISHED_BYTES = 8_371_408_896 * 2
KEPT_BYTES = 7_687_729_152 * 2
"""Parameters of the full-size graph with 16 and with 8 depth steps, in bfloat16."""


@pytest.fixture(scope='module')
def published(tmp_path_factory):
    """A safetensors file of 16.7 GB whose tensors are all hole."""
    lm = loaders.get_moshi_lm(None, PERSONAPLEX.lm | {'dep_q': 16}, device='meta')
    header, end = {}, 0
    for name, value in packed(lm, lm.state_dict()).items():
        begin, end = end, end + value.numel() * 2
        header[name] = {
            'dtype': 'BF16',
            'shape': list(value.shape),
            'data_offsets': [begin, end],
        }
    text = json.dumps(header).encode()
    path = tmp_path_factory.mktemp('full') / 'model.safetensors'
    with path.open('wb') as file:
        file.write(len(text).to_bytes(8, 'little') + text)
        file.truncate(8 + len(text) + end)
    assert (len(header), end) == (PUBLISHED_TENSORS, PUBLISHED_BYTES)
    return path


def test_the_description_is_moshis_own():
    assert PERSONAPLEX.lm == loaders._lm_kwargs
    assert PERSONAPLEX.codec == loaders._mimi_config


def test_the_published_file_loses_exactly_the_users_depth_steps(published, tmp_path):
    cut = cut_lm(published, PERSONAPLEX.lm)
    assert cut.lm == PERSONAPLEX.lm
    assert cut.size - len(cut.head) == KEPT_BYTES
    path = tmp_path / 'model.safetensors'
    with path.open('wb') as file:
        file.write(cut.head)
        file.truncate(cut.size)
    found = tensor_shapes(path)
    assert found == wanted_shapes(loaders.get_moshi_lm(None, None, device='meta'), found)


def test_the_half_that_is_kept_of_a_packed_tensor_is_the_first(published):
    cut = cut_lm(published, PERSONAPLEX.lm)
    name = 'depformer.layers.5.self_attn.in_proj_weight'
    with published.open('rb') as file:
        size = int.from_bytes(file.read(8), 'little')
        source = json.loads(file.read(size))[name]
    kept = json.loads(cut.head[8:])
    index = list(kept).index(name)
    assert kept[name]['shape'] == [8 * 3072, 1024]
    assert cut.ranges[index].start == 8 + size + source['data_offsets'][0]
    assert cut.ranges[index].size == 8 * 3072 * 1024 * 2


def test_a_full_size_file_that_ends_early_is_found_without_reading_it(published, tmp_path):
    path = tmp_path / 'model.safetensors'
    with published.open('rb') as file:
        head = file.read(200_000)
    with path.open('wb') as file:
        file.write(head)
        file.truncate(published.stat().st_size - 1)
    with pytest.raises(CheckpointError, match='damaged or truncated'):
        cut_lm(path, PERSONAPLEX.lm)


def test_base_moshi_is_told_apart(tmp_path):
    """Its file has 8 depth steps for 16 codebooks and no voice to be told who it is."""
    from safetensors.torch import save_file

    shapes = {f'emb.{i}.weight': (5, 4) for i in range(16)}
    shapes |= {f'depformer_in.{i}.weight': (2, 4) for i in range(8)}
    shapes |= {'text_linear.weight': (6, 4)}
    path = tmp_path / 'model.safetensors'
    save_file({name: torch.zeros(shape) for name, shape in shapes.items()}, path)
    with pytest.raises(CheckpointError, match='8 depth steps for 16 codebooks'):
        cut_lm(path, PERSONAPLEX.lm)
