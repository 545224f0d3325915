# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Checks a safetensors file against the module it is for, by its header, and fills the module."""

from collections.abc import Collection
import copy
from pathlib import Path
from typing import TypeVar

from moshi.modules.transformer import StreamingMultiheadAttention
from safetensors import safe_open
from safetensors import SafetensorError
from safetensors.torch import load_file
import torch
from torch import nn

M = TypeVar('M', bound=nn.Module)


class WeightsError(ValueError):
    """A weights file that does not fit; one line says which tensor and why."""


def check_weights(path: Path, module: nn.Module) -> None:
    """Compare names and shapes; module may be on the meta device.

    Attention weights may be packed under their published names (in_proj_weight,
    out_proj.weight), which moshi's load hook splits (moshi 0.2.13, modules/transformer.py:420).
    Raises WeightsError.
    """
    found = tensor_shapes(path)
    wanted = wanted_shapes(module, found)
    unknown = sorted(set(found) - set(wanted))
    missing = sorted(set(wanted) - set(found))
    if unknown:
        raise WeightsError(
            f'unknown key {unknown[0]!r}{_and_more(unknown)}: the file is of another model, '
            'or of 16 depth steps where config.json says fewer'
        )
    if missing:
        raise WeightsError(f'key {missing[0]!r} is missing{_and_more(missing)}')
    for name, shape in wanted.items():
        if found[name] != shape:
            raise WeightsError(
                f'{name!r} has shape {list(found[name])}; the model asks for {list(shape)}'
            )


def filled(empty: M, path: Path, device: torch.device, dtype: torch.dtype) -> M:
    """Return a module like `empty`, which is on the meta device, with the weights of a file.

    Building the graph of PersonaPlex-7B takes a second and copying the empty one 50 ms. The file's
    tensors become the module's own; dtype: of all that are floating point.
    """
    module = copy.deepcopy(empty)
    state = load_file(path, device=str(device))
    for name, value in state.items():
        if value.is_floating_point():
            state[name] = value.to(dtype)
    module.load_state_dict(state, assign=True)
    return module.eval()


def wanted_shapes(module: nn.Module, found: Collection[str]) -> dict[str, tuple[int, ...]]:
    """Return name -> shape of what the module loads, packed where the names found are packed."""
    wanted = {name: tuple(value.shape) for name, value in module.state_dict().items()}
    for packed, parts in _packed_names(module).items():
        if packed in found:
            first = wanted[parts[0]]
            wanted[packed] = (first[0] * len(parts), *first[1:])
            for part in parts:
                del wanted[part]
    return wanted


def tensor_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Return name -> shape from the header, whose offsets fit the file; raises WeightsError."""
    try:
        with safe_open(path, framework='pt') as file:
            return {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        size = path.stat().st_size
        raise WeightsError(
            f'damaged or truncated at {size} bytes ({error}): fetch it again'
        ) from None


def _packed_names(module: nn.Module) -> dict[str, list[str]]:
    """Published name -> the names it stands for."""
    packed = {}
    for name, attention in module.named_modules():
        if isinstance(attention, StreamingMultiheadAttention):
            steps = range(attention.mult)
            packed[f'{name}.in_proj_weight'] = [f'{name}.in_projs.{i}.weight' for i in steps]
            packed[f'{name}.out_proj.weight'] = [f'{name}.out_projs.{i}.weight' for i in steps]
    return packed


def _and_more(names: list[str]) -> str:
    return f' (and {len(names) - 1} more)' if len(names) > 1 else ''
