# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A persona in a file: the state after its prompt and the prompt, for the same model only."""

from dataclasses import asdict
import hashlib
from importlib.metadata import version
import json
import os
from pathlib import Path
from typing import Any

from safetensors import safe_open
from safetensors import SafetensorError
from safetensors.torch import save_file
import torch

from personaplex_ros.model.config import ModelConfig
from personaplex_ros.model.persona_cache import KeptPersona
from personaplex_ros.model.persona_cache import PersonaKey
from personaplex_ros.model.prompting import PreparedPrompt
from personaplex_ros.model.snapshot import Snapshot

FORMAT = 'personaplex_ros/persona/1'

SUFFIX = '.safetensors'

READABLE_BY_OWNER = 0o600
"""A persona's text can be read out of its tokens."""

Layout = dict[str, tuple[tuple[int, ...], torch.dtype]]


class PersonaFileError(ValueError):
    """A file that does not hold this persona; the text says why."""


def file_name(key: PersonaKey) -> str:
    """Return a name that tells nothing about the persona and differs with every part of the key.

    moshi's version counts too: another one may lay out its state otherwise.
    """
    told = json.dumps([FORMAT, version('moshi'), asdict(key)], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest() + SUFFIX


def write_persona(path: Path, key: PersonaKey, persona: KeptPersona) -> None:
    """Write tensors that are on the CPU, through a file beside `path`, whole or not at all.

    Raises OSError.
    """
    part = path.with_name(f'.{path.name}.{os.getpid()}.part')
    try:
        os.close(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, READABLE_BY_OWNER))
        save_file(_tensors(persona), part, _metadata(key, persona.snapshot.positions))
        with part.open('rb') as written:
            os.fsync(written.fileno())  # before the new name: power may fail at any time
        part.replace(path)
    except SafetensorError as error:  # it wraps what the operating system said
        raise OSError(str(error)) from None
    finally:
        part.unlink(missing_ok=True)


def read_persona(path: Path, key: PersonaKey, config: ModelConfig) -> KeptPersona:
    """Return a persona on key.device, in memory of its own.

    Raises PersonaFileError for a file that is damaged, or of another model or persona, and
    FileNotFoundError.
    """
    try:
        with safe_open(path, framework='pt', device=key.device) as file:
            positions = _checked_positions(file.metadata() or {}, key)
            names = set(file.keys())
            layout = _layout(config, positions, getattr(torch, key.dtype))
            tensors = {name: file.get_tensor(name) for name in sorted(names)}
    except SafetensorError as error:
        raise PersonaFileError(f'it is damaged or truncated ({error})') from None
    embeddings = tensors.pop('embeddings', None)
    found = {name: (tuple(one.shape), one.dtype) for name, one in tensors.items()}
    if found != layout or not _fit(embeddings, positions, config):
        raise PersonaFileError('its tensors are not those of this model')
    # What safetensors gives on the CPU is the file itself, mapped: a disk that is pulled out
    # would take the process with it.
    own = {name: one.clone() for name, one in tensors.items()}
    return _persona(own, None if embeddings is None else embeddings.clone(), positions)


def _metadata(key: PersonaKey, positions: int) -> dict[str, str]:
    return {
        'format': FORMAT,
        'persona': file_name(key).removesuffix(SUFFIX),
        'checkpoint': key.checkpoint,
        'dtype': key.dtype,
        'device': key.device,
        'moshi': version('moshi'),
        'positions': str(positions),
    }


def _checked_positions(metadata: dict[str, str], key: PersonaKey) -> int:
    """Return how many positions the file holds, if it says that it holds this persona."""
    positions = metadata.get('positions', '')
    if not positions.isdecimal() or metadata != _metadata(key, int(positions)):
        raise PersonaFileError('it is of another persona, model or version')
    return int(positions)


def _layout(config: ModelConfig, positions: int, dtype: torch.dtype) -> Layout:
    """Return name -> shape and dtype of everything but the voice's embeddings."""
    lm, agent, user = config.lm, config.agent_codebooks, config.user_codebooks
    heads, streams = lm['num_heads'], 1 + lm['n_q']
    one_layer = (2, 1, heads, positions, lm['dim'] // heads)
    layers = {f'keys_values.{n}': (one_layer, dtype) for n in range(lm['num_layers'])}
    return layers | {
        'token_ring': ((1, streams, max(lm['delays']) + 2), torch.long),
        'table': ((streams, positions + 1), torch.long),
        'last_user_codes': ((1, user, 1), torch.long),
        'last_forced': ((1 + agent,), torch.long),
        'user_delays': ((user,), torch.long),
    }


def _fit(embeddings: torch.Tensor | None, positions: int, config: ModelConfig) -> bool:
    """Embeddings stand for the first positions, in whatever dtype the voice has them."""
    if embeddings is None:
        return True
    rows, *rest = embeddings.shape
    return rows <= positions and rest == [config.lm['dim']] and embeddings.is_floating_point()


def _tensors(persona: KeptPersona) -> dict[str, torch.Tensor]:
    kept, prepared = persona.snapshot, persona.prepared
    tensors = {f'keys_values.{n}': one for n, one in enumerate(kept.keys_values)} | {
        'token_ring': kept.token_ring,
        'table': prepared.table,
        'last_user_codes': prepared.last_user_codes,
        'last_forced': torch.tensor(prepared.last_forced),
        'user_delays': torch.tensor(prepared.user_delays),
    }
    if prepared.embeddings is not None:
        tensors['embeddings'] = prepared.embeddings
    return {name: one.contiguous() for name, one in tensors.items()}


def _persona(
    tensors: dict[str, Any], embeddings: torch.Tensor | None, positions: int
) -> KeptPersona:
    layers = sum(name.startswith('keys_values.') for name in tensors)
    return KeptPersona(
        snapshot=Snapshot(
            positions=positions,
            keys_values=tuple(tensors[f'keys_values.{n}'] for n in range(layers)),
            token_ring=tensors['token_ring'],
        ),
        prepared=PreparedPrompt(
            table=tensors['table'],
            embeddings=embeddings,
            last_user_codes=tensors['last_user_codes'],
            last_forced=tensors['last_forced'].tolist(),
            user_delays=tensors['user_delays'].tolist(),
        ),
    )
