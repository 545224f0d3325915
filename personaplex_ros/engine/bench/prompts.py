# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a persona costs: prefilled, stepped, brought back, copied."""

from collections.abc import Callable
from functools import partial
import time
from typing import Any

import torch

from personaplex_ros.engine.bench.figures import summarise
from personaplex_ros.model.personaplex import PersonaPlex
from personaplex_ros.model.prompt import Prompt
from personaplex_ros.model.session import Session

PERSONAS = 6
"""The first one warms up."""

COPIES = 20
POSITIONS = 92
"""A voice of four seconds, some thirty words and twice half a second of silence."""

MOST_WORDS = 26
"""With a number after them and two tags, where each word is a token."""


def persona(number: int, voice: str, words: int) -> Prompt:
    """Return one of ten personas of equal length."""
    text = ' '.join(f'word{index}' for index in range(words))
    return Prompt(text=f'{text} {number}', voice=voice)


def begin(session: Session, voice: str) -> tuple[int, int]:
    """Become the longest persona of at most POSITIONS; returns its words and its positions."""
    for words in range(MOST_WORDS, 0, -1):
        positions = session.prompt(persona(0, voice, words)).positions
        if positions <= POSITIONS:
            break
    return words, positions


def measure_prompts(
    model: PersonaPlex, session: Session, device: torch.device, words: int, step_ms: float
) -> dict[str, Any]:
    """Return milliseconds and bytes. step_ms: what one step of the language model takes."""
    personas = [persona(number, model.voices[0], words) for number in range(1, PERSONAS + 1)]
    positions = session.prompt(personas[0]).positions
    prefill_ms = [_time_ms(device, partial(session.prompt, one)) for one in personas[1:]]
    again_ms = [_time_ms(device, partial(session.prompt, one)) for one in personas[1:]]
    # The last position is an ordinary step in either way.
    stepped_ms = (positions - 1) * step_ms
    prefill = summarise(prefill_ms)
    return {
        'positions': positions,
        'prefill_ms': prefill,
        'stepped_ms': round(stepped_ms, 3),
        'prefill_share_of_stepped': round(prefill['p50'] / stepped_ms, 4),
        'restore_ms': summarise(again_ms),
        'kept': model.persona_cache.report(),
        **_copies(session, device),
    }


def _copies(session: Session, device: torch.device) -> dict[str, Any]:
    """Time the copies alone, on the state right after a prompt."""
    lm = session._lm  # what a restore does besides is timed above
    snapshot = lm.snapshot()
    take_ms = [_time_ms(device, lm.snapshot) for _ in range(COPIES)]
    put_back_ms = [_time_ms(device, lambda: lm.restore(snapshot)) for _ in range(COPIES)]
    return {
        'snapshot_bytes': snapshot.nbytes,
        'snapshot_take_ms': summarise(take_ms),
        'snapshot_put_back_ms': summarise(put_back_ms),
    }


def _time_ms(device: torch.device, run: Callable[[], object]) -> float:
    _wait_for(device)
    started = time.perf_counter()
    run()
    _wait_for(device)
    return (time.perf_counter() - started) * 1e3


def _wait_for(device: torch.device) -> None:
    if device.type == 'cuda':
        torch.cuda.synchronize(device)
