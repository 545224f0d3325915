# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The language model's streaming state as a value: taken once, put back as often as wanted."""

from collections.abc import Iterator
from dataclasses import dataclass

from moshi.models.lm import LMGen
from moshi.modules.streaming import StreamingModule
from moshi.modules.transformer import RingKVCache
import torch


class SnapshotError(ValueError):
    """A state that cannot be taken or put back; the text says why."""


@dataclass(frozen=True)
class Snapshot:
    """What the model remembers of positions 0 to positions - 1.

    Keys are stored after RoPE, so a snapshot is valid at these positions only: from the first on.
    """

    positions: int
    """Positions taken in; the next call reads this one."""

    keys_values: tuple[torch.Tensor, ...]
    """Per layer [2, 1, heads, positions, dim per head], in the model's dtype."""

    token_ring: torch.Tensor
    """LMGen's tokens, int64 [1, 1 + n_q, slots]; slot = position % slots."""

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        return sum(one.nbytes for one in (*self.keys_values, self.token_ring))


def take_snapshot(gen: LMGen) -> Snapshot:
    """Copy the state of an LMGen that streams one conversation.

    Raises SnapshotError once the conversation is longer than the attention window: its
    beginning is overwritten by then.
    """
    view = view_snapshot(gen)
    return Snapshot(
        positions=view.positions,
        keys_values=tuple(one.clone() for one in view.keys_values),
        token_ring=view.token_ring.clone(),
    )


def view_snapshot(gen: LMGen) -> Snapshot:
    """Return the state itself in a snapshot's shape: good until the next step; raises alike."""
    state = gen._streaming_state
    positions = state.offset_cpu
    caches = list(_kv_caches(gen))
    if positions > caches[0].capacity:
        raise SnapshotError(
            f'{positions} positions do not fit the window of {caches[0].capacity}: '
            'take the snapshot right after the prompt'
        )
    return Snapshot(
        positions=positions,
        keys_values=tuple(one.cache[:, :, :, :positions] for one in caches),
        token_ring=state.cache,
    )


def snapshot_nbytes(gen: LMGen) -> int:
    """Return the bytes that take_snapshot would need now."""
    state = gen._streaming_state
    per_position = sum(one.cache.nbytes // one.capacity for one in _kv_caches(gen))
    return state.offset_cpu * per_position + state.cache.nbytes


def restore_snapshot(gen: LMGen, snapshot: Snapshot) -> None:
    """Put a state back, whatever was said since, even past the end of the attention window.

    Everything is written in place, since CUDA graphs keep the addresses. What lies behind the
    snapshot's positions stays: the offsets mask it. Raises SnapshotError, before anything is
    changed, for the snapshot of another model.
    """
    caches = list(_kv_caches(gen))
    _check_fit(gen, caches, snapshot)
    gen.reset_streaming()
    for live, kept in zip(caches, snapshot.keys_values, strict=True):
        live.cache[:, :, :, : snapshot.positions].copy_(kept)
        live.end_offset.fill_(snapshot.positions)
    gen._streaming_state.cache.copy_(snapshot.token_ring)
    _set_offsets(gen, snapshot.positions)


def _check_fit(gen: LMGen, caches: list[RingKVCache], snapshot: Snapshot) -> None:
    """A broadcast or a cast must not hide that the snapshot is of another model."""
    live = [one.cache[:, :, :, : snapshot.positions] for one in caches]
    live.append(gen._streaming_state.cache)
    kept = [*snapshot.keys_values, snapshot.token_ring]
    described = [
        [(tuple(one.shape), one.dtype, one.device) for one in side] for side in (live, kept)
    ]
    if described[0] != described[1]:
        raise SnapshotError('the snapshot is of another model, dtype or device: prompt anew')


def _set_offsets(gen: LMGen, positions: int) -> None:
    """Every counter of LMGen and of its transformer stands at the same position."""
    for state in _states(gen):
        # Tensors are `offsets` in LMGen and the transformer, `offset` in attention; the ints
        # beside them are read where graphs do not run (moshi 0.2.13, modules/transformer.py).
        for name in ('offsets', 'offset'):
            if hasattr(state, name):
                getattr(state, name).fill_(positions)
        if hasattr(state, 'offset_cpu'):
            state.offset_cpu = positions


def _kv_caches(gen: LMGen) -> Iterator[RingKVCache]:
    """Yield the temporal transformer's caches, first layer first."""
    for layer in gen.lm_model.transformer.layers:
        yield layer.self_attn._streaming_state.kv_cache


def _states(gen: LMGen) -> Iterator:
    """Yield the states that live from frame to frame; the depth transformer's do not."""
    yield gen._streaming_state
    for module in gen.lm_model.transformer.modules():
        if isinstance(module, StreamingModule):
            yield module._streaming_state
