# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Personas that return: kept within a budget, and told from those that changed."""

import os
import shutil

import numpy as np
import pytest
from safetensors.torch import load_file
from safetensors.torch import save_file
from tiny_checkpoint import write_tiny
import torch

from personaplex_ros.model.checkpoint import Checkpoint
from personaplex_ros.model.nano import nano_directory
from personaplex_ros.model.persona_cache import checkpoint_identity
from personaplex_ros.model.persona_cache import KeptPersona
from personaplex_ros.model.persona_cache import PersonaCache
from personaplex_ros.model.persona_cache import PersonaKey
from personaplex_ros.model.personaplex import PersonaPlex
from personaplex_ros.model.prompt import Prompt
from personaplex_ros.model.prompt import PromptTooLong
from personaplex_ros.model.prompt import UnknownVoice
from personaplex_ros.model.prompting import PreparedPrompt
from personaplex_ros.model.prompting import PromptPreparer
from personaplex_ros.model.sampling import Sampling
from personaplex_ros.model.snapshot import Snapshot

ADA = Prompt('You are a friendly robot and your name is Ada.', 'NATF0')
OTTO = Prompt('You are a helpful guide in the museum and your name is Otto.', 'NATM0')
FRAMES = 200
GREEDY = Sampling(audio_temperature=0, text_temperature=0)
SEEDED = Sampling(seed=11)
NOISE = np.random.default_rng(3).integers(-9_000, 9_000, (FRAMES, 1920)).astype(np.int16)


@pytest.fixture
def files(tmp_path):
    return write_tiny(tmp_path)


@pytest.fixture
def model(files):
    return PersonaPlex.load(files, device='cpu')


@pytest.fixture
def prefills(monkeypatch):
    """One entry per prompt that was run in full."""
    runs, real = [], PromptPreparer.prepare

    def prepare(preparer, prompt):
        runs.append(real(preparer, prompt))
        return runs[-1]

    monkeypatch.setattr(PromptPreparer, 'prepare', prepare)
    return runs


def talk(session, frames=FRAMES):
    """Return text ids and sound of each frame."""
    outputs = [session.step(pcm) for pcm in NOISE[:frames]]
    return [(one.text_id, one.pcm.tobytes()) for one in outputs]


def one_conversation(model, sampling, prompt, frames=FRAMES):
    session = model.open_session(sampling)
    session.prompt(prompt)
    said = talk(session, frames)
    session.close()
    return said


def key(name):
    return PersonaKey('checkpoint', 'float32', 'cpu', 'NATF0 8 1 1', name)


def persona(nbytes):
    memory = torch.zeros(nbytes, dtype=torch.uint8)
    snapshot = Snapshot(1, (memory,), torch.zeros(0, dtype=torch.long))
    table = torch.zeros(9, 2, dtype=torch.long)
    return KeptPersona(snapshot, PreparedPrompt(table, None, table[None, :4, :1], [], []))


def keep(cache, name, nbytes=100):
    cache.keep(key(name), nbytes, lambda: persona(nbytes))


def test_what_was_kept_comes_back_and_is_counted():
    cache = PersonaCache(1_000)
    keep(cache, 'ada')
    assert cache.get(key('ada')).prepared.positions == 2
    assert cache.get(key('otto')) is None
    expected = {'entries': 1, 'bytes': 100, 'budget': 1_000, 'hits': 1, 'misses': 1}
    assert cache.report() == expected


def test_the_least_recently_used_goes_first():
    cache = PersonaCache(300)
    for name in ('ada', 'otto', 'nora'):
        keep(cache, name)
    assert cache.get(key('ada'))
    keep(cache, 'zoe')
    there = [name for name in ('ada', 'otto', 'nora', 'zoe') if cache.get(key(name))]
    assert there == ['ada', 'nora', 'zoe']
    assert cache.report()['bytes'] == 300


def test_a_large_persona_takes_the_room_of_several():
    cache = PersonaCache(300)
    for name in ('ada', 'otto', 'nora'):
        keep(cache, name)
    keep(cache, 'zoe', 150)
    assert cache.report()['entries'] == 2 and cache.report()['bytes'] == 250


def test_room_is_made_before_the_copy_so_that_the_budget_always_holds():
    cache = PersonaCache(100)
    keep(cache, 'ada')
    seen = []
    cache.keep(key('otto'), 100, lambda: seen.append(cache._bytes) or persona(100))
    assert seen == [0]


def test_a_persona_beyond_the_budget_displaces_nobody_and_is_not_copied():
    cache = PersonaCache(100)
    keep(cache, 'ada')
    cache.keep(key('long'), 101, lambda: pytest.fail('it was copied'))
    assert cache.get(key('ada'))


def test_a_budget_of_0_keeps_nothing():
    cache = PersonaCache(0)
    cache.keep(key('ada'), 1, lambda: pytest.fail('it was copied'))
    assert cache.get(key('ada')) is None
    assert cache.report() == {'entries': 0, 'bytes': 0, 'budget': 0, 'hits': 0, 'misses': 1}


def test_a_full_device_costs_the_copy_and_no_conversation():
    def full():
        raise torch.cuda.OutOfMemoryError('tried to allocate 48 MB')

    cache = PersonaCache(1_000)
    cache.keep(key('ada'), 100, full)
    assert cache.report()['entries'] == 0 and cache.report()['bytes'] == 0


@pytest.mark.parametrize('sampling', [GREEDY, SEEDED], ids=['greedy', 'seeded'])
def test_a_persona_that_returns_says_what_a_fresh_one_says(model, prefills, sampling):
    session = model.open_session(sampling)
    session.prompt(ADA)
    fresh = talk(session)
    session.prompt(OTTO)
    talk(session, 30)
    assert len(prefills) == 2
    report = session.prompt(ADA)
    assert len(prefills) == 2 and report.positions == prefills[0].positions
    assert talk(session) == fresh
    session.close()


@pytest.mark.parametrize('sampling', [GREEDY, SEEDED], ids=['greedy', 'seeded'])
def test_so_it_is_with_nano(prefills, sampling):
    model = PersonaPlex.load(nano_directory(), device='cpu')
    del prefills[:]
    fresh = one_conversation(model, sampling, ADA)
    again = one_conversation(model, sampling, ADA)
    assert len(prefills) == 1
    assert again == fresh


def test_a_kept_persona_does_not_keep_the_seed_it_was_made_with(model, files):
    one_conversation(model, SEEDED, ADA, 5)
    other = Sampling(seed=12)
    again = one_conversation(model, other, ADA, 40)
    cold = PersonaPlex.load(files, device='cpu', persona_cache_bytes=0)
    assert again == one_conversation(cold, other, ADA, 40)
    assert again != one_conversation(cold, SEEDED, ADA, 40)
    assert model.persona_cache.report()['hits'] == 1
    assert cold.persona_cache.report() == {
        'entries': 0, 'bytes': 0, 'budget': 0, 'hits': 0, 'misses': 2
    }  # fmt: skip


def test_a_persona_is_the_same_under_every_name_it_may_be_asked_by(model, prefills):
    session = model.open_session(SEEDED)
    for voice in ('NATF0', 'NATF0.pt', 'NATF0.safetensors'):
        for text in ('Be kind.', ' Be kind. ', '<system> Be kind. <system>'):
            session.prompt(Prompt(text, voice))
    session.close()
    assert len(prefills) == 1


@pytest.mark.parametrize('date', ['new', 'kept'])
def test_a_changed_voice_file_is_another_voice(model, files, tmp_path, prefills, date):
    before = one_conversation(model, SEEDED, ADA, 40)
    path = files / 'voices' / 'NATF0.safetensors'
    dates = path.stat()
    other = tmp_path / 'other.safetensors'
    save_file({'codes': load_file(path)['codes'].flip(1)}, other)
    shutil.copyfile(other, path)
    if date == 'kept':
        os.utime(path, ns=(dates.st_atime_ns, dates.st_mtime_ns))
    assert path.stat().st_size == dates.st_size
    assert one_conversation(model, SEEDED, ADA, 40) != before
    assert len(prefills) == 2


def test_a_voice_that_was_removed_is_unknown_though_it_was_kept(model, files):
    one_conversation(model, SEEDED, ADA, 1)
    (files / 'voices' / 'NATF0.safetensors').unlink()
    with pytest.raises(UnknownVoice):
        one_conversation(model, SEEDED, ADA, 1)


def test_a_refused_prompt_counts_for_nothing(model):
    session = model.open_session()
    for bad in (Prompt('hi', 'NATF9'), Prompt('word ' * 200, 'NATF0')):
        with pytest.raises((UnknownVoice, PromptTooLong)):
            session.prompt(bad)
    session.close()
    assert model.persona_cache.report()['misses'] == 0


def test_a_new_persona_ends_a_hold_also_when_it_was_kept(model):
    session = model.open_session(SEEDED)
    session.prompt(ADA)
    session.interrupt()
    session.step(NOISE[0] * 0)
    session.prompt(ADA)
    assert [one.reason for one in session.events] == ['persona']
    assert not session.step(NOISE[0]).held
    session.close()


def test_the_cache_never_grows_past_its_budget(files):
    model = PersonaPlex.load(files, device='cpu', persona_cache_bytes=60_000)
    session = model.open_session(SEEDED)
    for number in range(20):
        session.prompt(Prompt(f'You are robot number {number}.', 'NATM0'))
        assert 0 < model.persona_cache.report()['bytes'] <= 60_000
    session.close()
    report = model.persona_cache.report()
    assert 2 <= report['entries'] < 20 and report['misses'] == 20


def test_a_model_starts_with_an_empty_cache_and_a_budget_for_its_device(tiny_directory):
    report = PersonaPlex.load(tiny_directory, device='cpu').persona_cache.report()
    assert report == {'entries': 0, 'bytes': 0, 'budget': 256 << 20, 'hits': 0, 'misses': 0}


def test_other_weights_or_another_config_are_another_checkpoint(files):
    first = checkpoint_identity(Checkpoint(files))
    assert checkpoint_identity(Checkpoint(files)) == first
    weights = files / 'model.safetensors'
    os.utime(weights, ns=(1, weights.stat().st_mtime_ns + 1))
    second = checkpoint_identity(Checkpoint(files))
    config = files / 'config.json'
    config.write_text(config.read_text() + '\n')
    assert len({first, second, checkpoint_identity(Checkpoint(files))}) == 3
