# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A persona that returns says what it says when it is prompted, on the converted checkpoint."""

from dataclasses import replace

from parity_checkpoint import ADA
from parity_checkpoint import CODED
from parity_checkpoint import OTTO
from parity_checkpoint import RECORDED
import pytest
from talk import SAMPLINGS
from talk import talk
import torch

from personaplex_ros.model.persona_cache import KeptPersona
from personaplex_ros.model.persona_cache import PersonaCache
from personaplex_ros.model.personaplex import PersonaPlex


@pytest.fixture(scope='module')
def remembering(converted) -> PersonaPlex:
    """The engine with its usual cache, which Otto has used last."""
    model = PersonaPlex.load(converted, device='cpu')
    for prompt in (ADA, RECORDED, CODED, OTTO):
        talk(model, prompt, SAMPLINGS['greedy'], frames=5)
    assert model.persona_cache.report()['entries'] == 4
    return model


@pytest.mark.parametrize(
    ('how', 'prompt'),
    [('greedy', ADA), ('seeded', ADA), ('seeded', RECORDED), ('greedy', CODED)],
    ids=['pt greedy', 'pt seeded', 'wav seeded', 'codes greedy'],
)
def test_a_restored_persona_says_what_a_fresh_one_says(remembering, said, how, prompt):
    hits = remembering.persona_cache.report()['hits']
    again = talk(remembering, prompt, SAMPLINGS[how])
    assert remembering.persona_cache.report()['hits'] == hits + 1
    assert torch.equal(again, said(how, prompt))


def a_position_early(persona: KeptPersona) -> KeptPersona:
    kept = persona.snapshot
    shorter = tuple(one[:, :, :, :-1] for one in kept.keys_values)
    return changed(persona, positions=kept.positions - 1, keys_values=shorter)


def a_position_late(persona: KeptPersona) -> KeptPersona:
    kept = persona.snapshot
    longer = tuple(torch.cat([one, one[:, :, :, -1:]], dim=3) for one in kept.keys_values)
    return changed(persona, positions=kept.positions + 1, keys_values=longer)


def newest_position_lost(persona: KeptPersona) -> KeptPersona:
    old = persona.snapshot.keys_values
    stale = tuple(torch.cat([one[:, :, :, :-1], one[:, :, :, -2:-1]], dim=3) for one in old)
    return changed(persona, keys_values=stale)


def keys_for_values(persona: KeptPersona) -> KeptPersona:
    return changed(persona, keys_values=tuple(one.flip(0) for one in persona.snapshot.keys_values))


def layers_exchanged(persona: KeptPersona) -> KeptPersona:
    return changed(persona, keys_values=persona.snapshot.keys_values[::-1])


def ring_turned(persona: KeptPersona) -> KeptPersona:
    return changed(persona, token_ring=persona.snapshot.token_ring.roll(1, dims=2))


def changed(persona: KeptPersona, **changes) -> KeptPersona:
    return replace(persona, snapshot=replace(persona.snapshot, **changes))


@pytest.mark.parametrize(
    'damage',
    [
        a_position_early,
        a_position_late,
        newest_position_lost,
        keys_for_values,
        layers_exchanged,
        ring_turned,
    ],
)
def test_the_comparison_notices_a_wrong_restore(remembering, said, monkeypatch, damage):
    expected, get = said('greedy'), PersonaCache.get
    monkeypatch.setattr(PersonaCache, 'get', lambda cache, key: damage(get(cache, key)))
    assert not torch.equal(talk(remembering, ADA, SAMPLINGS['greedy']), expected)
