# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A restored state goes on as a fresh prompt does, in the same memory."""

import pytest
import torch
from whole_prompt import take_in

from personaplex_ros.model.lm import LanguageModel
from personaplex_ros.model.prompt import Prompt
from personaplex_ros.model.prompting import PromptPreparer
from personaplex_ros.model.sampling import Sampling
from personaplex_ros.model.snapshot import SnapshotError
from personaplex_ros.model.voices import VoiceLibrary

CPU = torch.device('cpu')
FRAMES = 200
GREEDY = Sampling(audio_temperature=0, text_temperature=0)
ADA = Prompt('You are a friendly robot and your name is Ada.', 'NATF0')
OTTO = Prompt('You are Otto, a guide in the museum, and you speak of old trains.', 'NATM0')


@pytest.fixture
def load(tiny_checkpoint):
    def _load(sampling=GREEDY, dtype=torch.float32):
        lm = LanguageModel(tiny_checkpoint.load_lm(CPU, dtype))
        lm.set_sampling(sampling)
        return lm

    return _load


@pytest.fixture(scope='module')
def personas(tiny_checkpoint):
    voices = VoiceLibrary(tiny_checkpoint.voices_directory, tiny_checkpoint.config)
    encode = tiny_checkpoint.load_tokenizer().encode
    preparer = PromptPreparer(tiny_checkpoint.config, voices, encode, CPU)
    return {prompt: preparer.prepare(prompt) for prompt in (ADA, OTTO)}


@pytest.fixture(scope='module')
def heard(tiny_checkpoint):
    """User codes for longer than the attention window."""
    config, generator = tiny_checkpoint.config, torch.Generator().manual_seed(1)
    shape = (config.lm['context'] + 40, 1, config.user_codebooks, 1)
    return torch.randint(config.lm['card'], shape, generator=generator)


def converse(lm, prepared, frames):
    """Take in the prompt's last frame, then talk; tokens [frames, 1 + codebooks]."""
    torch.manual_seed(5)
    lm.step(prepared.last_user_codes, prepared.last_forced)
    return torch.stack([lm.step(codes)[0, :, 0] for codes in frames])


def live_tensors(lm):
    state, layers = lm._gen._streaming_state, lm._lm.transformer.layers
    attention = [layer.self_attn._streaming_state for layer in layers]
    caches = [one.kv_cache for one in attention]
    return [
        state.cache,
        lm._lm.transformer._streaming_state.offsets,
        *(one.offset for one in attention),
        *(one.cache for one in caches),
        *(one.end_offset for one in caches),
    ]


@pytest.mark.parametrize('sampling', [GREEDY, Sampling()], ids=['greedy', 'seeded'])
@pytest.mark.parametrize('said_before', [0, 3, 240], ids=['at once', 'soon', 'past the window'])
def test_a_restored_state_goes_on_as_a_fresh_prompt(load, personas, heard, sampling, said_before):
    fresh = load(sampling)
    take_in(fresh, personas[ADA])
    expected = converse(fresh, personas[ADA], heard[:FRAMES])
    lm = load(sampling)
    take_in(lm, personas[ADA])
    kept = lm.snapshot()
    take_in(lm, personas[OTTO])
    if said_before:
        assert len(converse(lm, personas[OTTO], heard[:said_before])) == said_before
    lm.restore(kept)
    assert torch.equal(converse(lm, personas[ADA], heard[:FRAMES]), expected)
    assert len(expected.unique()) > 10  # a model that repeats itself would prove nothing


def test_a_second_model_of_the_same_files_takes_the_snapshot_too(load, personas, heard):
    first, second = load(), load()
    take_in(first, personas[ADA])
    second.restore(first.snapshot())
    expected = converse(first, personas[ADA], heard[:30])
    assert torch.equal(converse(second, personas[ADA], heard[:30]), expected)


def test_every_counter_stands_where_the_prefill_left_it(load, personas, heard):
    lm = load()
    take_in(lm, personas[ADA])
    kept, position = lm.snapshot(), lm.position
    before = [one.clone() for one in live_tensors(lm)]
    converse(lm, personas[ADA], heard[:FRAMES])
    lm.restore(kept)
    assert lm.position == position == kept.positions
    for now, then in zip(live_tensors(lm), before, strict=True):
        if now.dim() < 5:  # the keys and values behind the prompt may hold what was said since
            assert torch.equal(now, then)


def test_restoring_writes_into_the_memory_that_graphs_have_captured(load, personas, heard):
    lm = load()
    take_in(lm, personas[ADA])
    kept = lm.snapshot()
    converse(lm, personas[ADA], heard[:20])
    before = [one.data_ptr() for one in live_tensors(lm)]
    lm.restore(kept)
    assert [one.data_ptr() for one in live_tensors(lm)] == before


def test_a_snapshot_shares_no_memory_with_the_conversation(load, personas, heard):
    lm = load()
    take_in(lm, personas[ADA])
    kept = lm.snapshot()
    tensors = [*kept.keys_values, kept.token_ring]
    copies = [one.clone() for one in tensors]
    converse(lm, personas[ADA], heard)
    lm.restore(kept)
    converse(lm, personas[ADA], heard)
    assert all(torch.equal(one, copy) for one, copy in zip(tensors, copies, strict=True))


def test_a_snapshot_takes_the_memory_of_its_prompt_and_not_of_the_window(
    load, personas, tiny_checkpoint
):
    lm, config = load(), tiny_checkpoint.config.lm
    take_in(lm, personas[ADA])
    kept = lm.snapshot()
    per_position = config['num_layers'] * 2 * config['dim'] * 4
    ring = 8 * (1 + config['n_q']) * 3
    assert kept.nbytes == lm.snapshot_nbytes == kept.positions * per_position + ring
    assert all(one.untyped_storage().nbytes() == one.nbytes for one in kept.keys_values)


def test_a_conversation_longer_than_the_window_has_no_snapshot(load, personas, heard):
    lm = load()
    take_in(lm, personas[ADA])
    converse(lm, personas[ADA], heard)
    with pytest.raises(SnapshotError, match='right after the prompt'):
        lm.snapshot()


def test_a_snapshot_of_another_dtype_is_refused_and_changes_nothing(load, personas, heard):
    other = load(dtype=torch.bfloat16)
    take_in(other, personas[OTTO])
    lm = load()
    take_in(lm, personas[ADA])
    expected = converse(lm, personas[ADA], heard[:20])
    take_in(lm, personas[ADA])
    with pytest.raises(SnapshotError, match='another model'):
        lm.restore(other.snapshot())
    assert torch.equal(converse(lm, personas[ADA], heard[:20]), expected)
