# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Twenty minutes, faster than life: rebuilt again and again, and nothing is lost."""

from collections.abc import Iterator
from dataclasses import replace
import os
from pathlib import Path

import numpy as np
import pytest
import torch

from personaplex_ros.audio.format import FRAME_RATE_HZ
from personaplex_ros.engine.bench.plan import RANDOM_SMALL
from personaplex_ros.engine.bench.random_model import random_checkpoint
from personaplex_ros.engine.bench.random_model import random_config
from personaplex_ros.engine.inbox import Inbox
from personaplex_ros.engine.ledger import Ledger
from personaplex_ros.engine.model_loop import ModelLoop
from personaplex_ros.engine.order import Order
from personaplex_ros.engine.outbox import Answer
from personaplex_ros.engine.query import ChatQuery
from personaplex_ros.model.config import ModelConfig
from personaplex_ros.model.memory import MemorySettings
from personaplex_ros.model.personaplex import PersonaPlex
from personaplex_ros.model.prefill import EVERYTHING
from personaplex_ros.model.prefill import PromptJob
from personaplex_ros.model.prompt import Prompt
from personaplex_ros.model.session import SessionSettings
from personaplex_ros.model.snapshot import view_snapshot
from personaplex_ros.wire import events

pytestmark = pytest.mark.soak

FRAMES = int(20 * 60 * FRAME_RATE_HZ)
SETTLED_FRAMES = 3_000
"""After so many, caches and allocators have what they will ever need."""

MAX_GROWTH_BYTES = 16 << 20
PERSONA = Prompt('You are a friendly robot and your name is Ada.', 'RANDOM')
VOICE_DBFS_STEPS = (0, 0, 300, 6_000, 12_000, 6_000, 300, 0)
"""Amplitudes of the visitor in turns of a second, so that there are pauses and speech."""


def smallest() -> ModelConfig:
    """Return nano's sizes with as few layers as a model has: what grows does so all the same."""
    nano = random_config(RANDOM_SMALL)
    codec = nano.codec | {
        'seanet': nano.codec['seanet'] | {'n_filters': 8},
        'transformer': nano.codec['transformer'] | {'num_layers': 1},
    }
    return replace(nano, lm=nano.lm | {'num_layers': 2}, codec=codec)


def resident_bytes() -> int:
    pages = int(Path('/proc/self/statm').read_text().split()[1])
    return pages * os.sysconf('SC_PAGE_SIZE')


def visitor(frame: int) -> np.ndarray:
    amplitude = VOICE_DBFS_STEPS[frame // 12 % len(VOICE_DBFS_STEPS)]
    noise = np.random.default_rng(frame).uniform(-1, 1, 1920)
    return (amplitude * noise).astype(np.int16)


@pytest.fixture
def model() -> Iterator[PersonaPlex]:
    settings = SessionSettings(memory=MemorySettings(memory_s=10.0))
    with random_checkpoint(smallest()) as checkpoint:
        yield PersonaPlex(checkpoint, torch.device('cpu'), torch.float32, 1, settings)


def test_twenty_minutes_lose_no_frame_and_never_the_persona(model: PersonaPlex) -> None:
    ledger = Ledger()
    told: list = []
    inbox = Inbox(ledger, wake=lambda: None)
    query = ChatQuery(PERSONA.voice, PERSONA.text, {'seed': 3}, protocol=1)
    loop = ModelLoop(model, ledger)
    loop.begin(Order(query, inbox, told.append, lambda: told.append('over')))
    session = loop._talks[0]._session
    settled, rebuilds, longest_wait = 0, [], 0
    for frame in range(FRAMES):
        inbox.put_audio(visitor(frame))
        answers, turns = [], 0
        while not answers:
            loop.turn()
            turns += 1
            answers = [one for one in told if isinstance(one, Answer)]
            rebuilds += [one for one in told if isinstance(one, events.Rebuilt)]
            told.clear()
        longest_wait = max(longest_wait, turns)
        assert answers[0].report.input_frame == answers[0].report.frame == frame
        if frame % 2_000 < 1_000:  # a model with time to spare, and one without
            while not loop.idle:
                loop.turn()
        if frame == SETTLED_FRAMES:
            settled = resident_bytes()
    assert ledger.frames() == {'in': FRAMES, 'out': FRAMES, 'dropped': 0, 'dropped_out': 0}
    assert longest_wait <= 2, 'no frame waits for more than one slice of a rebuild'
    assert len(rebuilds) >= 4
    assert resident_bytes() - settled < MAX_GROWTH_BYTES
    assert_remembers(session, model)


def assert_remembers(session, model) -> None:
    """The first positions that attention reads are this persona's prompt, no others."""
    prepared = model._preparer.prepare(PERSONA)
    fresh = model._prefiller._lm
    model._prefiller.submit(PromptJob(prepared, lambda _: None))
    while model.pending:
        model.advance(EVERYTHING)
    remembered, prompt = view_snapshot(session._lm._gen), view_snapshot(fresh._gen)
    for kept, expected in zip(remembered.keys_values, prompt.keys_values, strict=True):
        torch.testing.assert_close(kept[:, :, :, : prompt.positions], expected)
