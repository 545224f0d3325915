# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Cuts a published language model down to the agent's depth steps, one byte range at a time."""

from dataclasses import dataclass
import json
from pathlib import Path
import re
from typing import Any

from moshi.models import loaders
from torch import nn

from personaplex_ros.model.checkpoint import CheckpointError
from personaplex_ros.model.convert_copy import ByteRange
from personaplex_ros.model.weights import check_weights
from personaplex_ros.model.weights import tensor_shapes
from personaplex_ros.model.weights import wanted_shapes
from personaplex_ros.model.weights import WeightsError

Shapes = dict[str, tuple[int, ...]]

HEADER_SIZE_BYTES = 8
"""A safetensors file opens with the length of its JSON header, little-endian."""


@dataclass(frozen=True)
class Cut:
    """What to write instead of a published language model; a few kilobytes, whatever its size."""

    lm: dict[str, Any]
    """lm of config.json: the sizes found in the tensors, half the depth steps."""

    head: bytes
    """The new file up to its first tensor."""

    ranges: list[ByteRange]
    """What follows it, of the published file and in its order."""

    @property
    def size(self) -> int:
        """Bytes of the new file."""
        return len(self.head) + sum(one.size for one in self.ranges)


def cut_lm(path: Path, described: dict[str, Any]) -> Cut:
    """Check every name and shape of a published file and return what to keep of it.

    path: safetensors with one depth step per codebook. described: lm of a config.json, for what
    tensors do not tell (heads, context, delays, ...). Raises CheckpointError.

    The depth steps of the user's half go. Where one tensor holds all steps, they lie one after
    another along its first dimension, so the agent's are the first half of its bytes.
    """
    try:
        found = tensor_shapes(path)
        lm = _sizes(found, described)
        check_weights(path, _empty(lm | {'dep_q': lm['n_q']}))
    except WeightsError as error:
        raise CheckpointError(f'{path}: {error}') from None
    return _cut(path, lm, wanted_shapes(_empty(lm), found))


def _cut(path: Path, lm: dict[str, Any], kept: Shapes) -> Cut:
    header, data_start = _header(path)
    header.pop('__metadata__', None)
    new_header: dict[str, Any] = {}
    ranges, written = [], 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]['data_offsets']):
        if name not in kept:
            continue
        begin, end = entry['data_offsets']
        size = (end - begin) * kept[name][0] // entry['shape'][0]
        new_header[name] = {
            'dtype': entry['dtype'],
            'shape': list(kept[name]),
            'data_offsets': [written, written + size],
        }
        ranges.append(ByteRange(data_start + begin, size))
        written += size
    text = json.dumps(new_header, separators=(',', ':')).encode()
    text += b' ' * (-len(text) % 8)  # the format wants tensors to begin on 8 bytes
    return Cut(lm, len(text).to_bytes(HEADER_SIZE_BYTES, 'little') + text, ranges)


def _header(path: Path) -> tuple[dict[str, Any], int]:
    """Return the JSON header, which safetensors has checked by now, and where the data begin."""
    with path.open('rb') as file:
        size = int.from_bytes(file.read(HEADER_SIZE_BYTES), 'little')
        return json.loads(file.read(size)), HEADER_SIZE_BYTES + size


def _sizes(found: Shapes, described: dict[str, Any]) -> dict[str, Any]:
    """Return lm with the sizes that the tensors have (names: moshi 0.2.13, models/lm.py)."""
    codebooks, steps = _count(found, 'emb'), _count(found, 'depformer_in')
    try:
        text_card, dim = found['text_linear.weight']
        depformer_dim = found['depformer_in.0.weight'][0]
        card = found['emb.0.weight'][0] - 1
    except (KeyError, ValueError) as error:
        raise WeightsError(f'no language model of PersonaPlex: {error} is missing') from None
    if steps != codebooks or codebooks % 2:
        raise WeightsError(
            f'{steps} depth steps for {codebooks} codebooks; a published PersonaPlex has as many '
            'of each (16): this is base Moshi, or a file that was converted before'
        )
    agent = codebooks // 2
    return described | {
        'dim': dim,
        'text_card': text_card,
        'card': card,
        'n_q': codebooks,
        'dep_q': agent,
        'num_layers': _count(found, 'transformer.layers'),
        'depformer_dim': depformer_dim,
        'depformer_dim_feedforward': int(described['hidden_scale'] * depformer_dim),
        'depformer_num_layers': _count(found, 'depformer.layers'),
    }


def _count(found: Shapes, prefix: str) -> int:
    """Return how many numbers follow `prefix.` in the names."""
    numbered = re.compile(re.escape(prefix) + r'\.(\d+)\.')
    return len({match[1] for match in map(numbered.match, found) if match})


def _empty(lm: dict[str, Any]) -> nn.Module:
    try:
        return loaders.get_moshi_lm(None, lm, device='meta')
    except Exception as error:  # moshi asserts, divides and indexes by what it is given
        raise WeightsError(
            f'its sizes make no model moshi can build: {type(error).__name__}: {error}'
        ) from None
