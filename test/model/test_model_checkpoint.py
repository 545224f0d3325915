# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A model directory is refused with one clear line, or it is good."""

import json
import shutil

from moshi.models import loaders
from moshi.modules.transformer import StreamingMultiheadAttention
import numpy as np
import pytest
from safetensors.torch import load_file
from safetensors.torch import save_file
from tiny_checkpoint import CODEBOOKS
import torch

from personaplex_ros.model.catalog import resolve_model
from personaplex_ros.model.checkpoint import Checkpoint
from personaplex_ros.model.checkpoint import CheckpointError
from personaplex_ros.model.config import ModelConfig
from personaplex_ros.model.personaplex import PersonaPlex
from personaplex_ros.model.prompt import Prompt
from personaplex_ros.model.session import Sampling

LM = 'model.safetensors'
CODEC = 'tokenizer-e351c8d8-checkpoint125.safetensors'
TOKENIZER = 'tokenizer_spm_32k_3.model'


@pytest.fixture
def directory(tiny_directory, tmp_path):
    return shutil.copytree(tiny_directory, tmp_path / 'model')


def edit_config(directory, *keys, value):
    """Set a nested key; ... deletes it."""
    path = directory / 'config.json'
    root = section = json.loads(path.read_text())
    for key in keys[:-1]:
        section = section[key]
    if value is ...:
        del section[keys[-1]]
    else:
        section[keys[-1]] = value
    path.write_text(json.dumps(root))


def edit_weights(path, change):
    state = load_file(path)
    change(state)
    save_file(state, path)


def refusal(directory):
    with pytest.raises(CheckpointError) as caught:
        Checkpoint(directory).load_tokenizer()
    assert '\n' not in str(caught.value)
    return str(caught.value)


def test_a_config_survives_its_own_file(tiny_directory):
    text = (tiny_directory / 'config.json').read_text()
    assert ModelConfig.from_json(text).to_json() == text


@pytest.mark.parametrize('name', ['config.json', LM, CODEC, TOKENIZER])
def test_a_missing_file_is_named(directory, name):
    (directory / name).unlink()
    assert f'{name}: no such file' in refusal(directory)


def test_a_missing_voices_folder_is_named(directory):
    shutil.rmtree(directory / 'voices')
    assert 'voices: no such folder' in refusal(directory)


@pytest.mark.parametrize('name', [LM, CODEC])
@pytest.mark.parametrize('keep', [0.5, 0.001, 0.0])
def test_truncated_weights_are_called_so(directory, name, keep):
    whole = (directory / name).read_bytes()
    (directory / name).write_bytes(whole[: int(len(whole) * keep)])
    message = refusal(directory)
    assert name in message and 'damaged or truncated' in message


def test_a_damaged_tokenizer_is_named(directory):
    (directory / TOKENIZER).write_bytes(b'nonsense')
    assert 'no SentencePiece model' in refusal(directory)


def test_a_wrong_shape_is_shown_with_the_right_one(directory):
    def widen(state):
        state['text_linear.weight'] = torch.zeros(512, 33)

    edit_weights(directory / LM, widen)
    message = refusal(directory)
    assert "'text_linear.weight' has shape [512, 33]; the model asks for [512, 32]" in message


def test_an_unknown_tensor_is_named(directory):
    def add(state):
        state['linears.4.weight'] = torch.zeros(32, 16)

    edit_weights(directory / LM, add)
    assert "unknown key 'linears.4.weight'" in refusal(directory)


def test_a_missing_tensor_is_named(directory):
    edit_weights(directory / LM, lambda state: state.pop('out_norm.alpha'))
    assert "key 'out_norm.alpha' is missing" in refusal(directory)


def test_bad_json_is_called_so(directory):
    (directory / 'config.json').write_text('{"name": ')
    assert 'is not JSON' in refusal(directory)


@pytest.mark.parametrize(
    ('keys', 'value', 'expected'),
    [
        (('colour',), 'red', 'unknown key colour'),
        (('prompt', 'colour'), 'red', 'unknown key prompt.colour'),
        (('lm', 'colour'), 'red', 'lm describes no model'),
        (('codec', 'seanet', 'colour'), 'red', 'codec describes no model'),
        (('prompt',), ..., 'prompt is missing'),
        (('prompt',), [], 'prompt is list'),
        (('prompt', 'system_tag'), 3, 'prompt.system_tag is 3; expected str'),
        (('prompt', 'silence_codes'), [1, 2, 3], 'prompt.silence_codes'),
        (('prompt', 'sine_codes'), [1, 2, 3, 32], 'prompt.sine_codes'),
        (('prompt', 'max_positions'), 161, 'expected 1 to 80% of lm.context, 160'),
        (('control_ids', 'pad'), 512, 'control_ids.pad is 512'),
        (('sampling', 'audio_temperature'), 9, 'sampling: audio_temperature'),
        (('files', 'lm'), '../model.safetensors', 'no plain file name'),
        (('format',), 'personaplex_ros/9', 'format is'),
        (('dtype',), 'int3', 'dtype is'),
        (('lm', 'delays'), [0, 0, 1], 'lm.delays needs one entry per stream: 9'),
        (('lm', 'dep_q'), 8, '8 agent and 0 user codebooks'),
        (('codec', 'sample_rate'), 16_000, 'codec.sample_rate is 16000; expected 24000'),
        (('codec', 'quantizer'), [], 'codec.quantizer is missing'),
        (('lm', 'num_heads'), 0, 'lm describes no model'),
        (('lm', 'dim'), 'wide', 'lm describes no model'),
        (('codec', 'quantizer', 'bins'), 64, 'codec.quantizer.bins is 64'),
    ],
)
def test_a_bad_config_value_is_named(directory, keys, value, expected):
    edit_config(directory, *keys, value=value)
    message = refusal(directory)
    assert 'config.json' in message and expected in message


def test_a_tokenizer_of_another_size_is_refused(directory):
    edit_config(directory, 'lm', 'text_card', value=500)

    def shrink(state):
        for name in ('text_emb.weight', 'depformer_text_emb.weight'):
            state[name] = state[name][:501].contiguous()
        state['text_linear.weight'] = state['text_linear.weight'][:500].contiguous()

    edit_weights(directory / LM, shrink)
    assert '512 pieces; config.json says lm.text_card 500' in refusal(directory)


def test_weights_under_their_published_names_give_the_same_model(directory, tiny_checkpoint):
    """Upstream packs the attention of all depth steps into one tensor."""
    pack_attention(directory / LM, tiny_checkpoint._empty_lm)
    pack_attention(directory / CODEC, tiny_checkpoint._empty_codec)
    assert 'depformer.layers.0.self_attn.in_proj_weight' in load_file(directory / LM)
    heard = [hear(one) for one in (directory, tiny_checkpoint.directory)]
    assert np.array_equal(*heard)


def pack_attention(path, model):
    state = load_file(path)
    for name, module in model.named_modules():
        if isinstance(module, StreamingMultiheadAttention):
            for many, one in (('in_projs', 'in_proj_weight'), ('out_projs', 'out_proj.weight')):
                parts = [state.pop(f'{name}.{many}.{i}.weight') for i in range(module.mult)]
                state[f'{name}.{one}'] = torch.cat(parts)
    save_file(state, path)


def hear(directory):
    session = PersonaPlex.load(directory, device='cpu').open_session(Sampling(seed=3))
    session.prompt(Prompt('You are Ada.', 'NATF0'))
    return np.concatenate([session.step(np.zeros(1920, np.int16)).pcm for _ in range(10)])


def test_each_model_of_a_checkpoint_has_its_own_weights(tiny_directory):
    checkpoint, cpu = Checkpoint(tiny_directory), torch.device('cpu')
    one, other = (checkpoint.load_lm(cpu, torch.float32) for _ in range(2))
    with torch.no_grad():
        one.text_linear.weight.zero_()
    assert other.text_linear.weight.any()
    assert not one.training
    codec = checkpoint.load_codec(cpu)
    tensors = [*one.parameters(), *codec.parameters(), *codec.buffers()]
    assert {value.device for value in tensors} == {cpu}


@pytest.mark.parametrize('dtype', [torch.float32, torch.bfloat16])
def test_a_model_is_what_moshis_own_loader_makes_of_the_files(tiny_checkpoint, dtype):
    cpu, config = torch.device('cpu'), tiny_checkpoint.config
    path = tiny_checkpoint.lm_path
    pairs = [
        (
            tiny_checkpoint.load_lm(cpu, dtype),
            loaders.get_moshi_lm(path, config.lm, device=cpu, dtype=dtype),
        ),
        (
            tiny_checkpoint.load_codec(cpu),
            loaders.get_mimi(tiny_checkpoint.codec_path, config.codec, cpu, CODEBOOKS),
        ),
    ]
    for ours, theirs in pairs:
        assert str(ours) == str(theirs)
        state = theirs.state_dict()
        assert list(ours.state_dict()) == list(state)
        for name, value in ours.state_dict().items():
            assert value.dtype == state[name].dtype and torch.equal(value, state[name]), name


def test_the_graph_is_built_once_however_often_it_is_loaded(tiny_directory, monkeypatch):
    built, real = [], loaders.LMModel

    def counting(*args, **kwargs):
        built.append(real(*args, **kwargs))
        return built[-1]

    monkeypatch.setattr(loaders, 'LMModel', counting)
    checkpoint = Checkpoint(tiny_directory)
    for _ in range(2):
        checkpoint.load_lm(torch.device('cpu'), torch.float32)
    assert len(built) == 1


def test_a_model_that_is_no_folder_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match="neither 'nano' nor a folder"):
        resolve_model(str(tmp_path / 'nothing'))


def test_an_unknown_dtype_is_refused(tiny_directory):
    with pytest.raises(ValueError, match='int3'):
        PersonaPlex.load(tiny_directory, device='cpu', dtype='int3')


def test_a_checkpoint_that_was_checked_is_loaded_without_being_checked_again(
    tiny_directory, monkeypatch
):
    checkpoint = Checkpoint(tiny_directory)
    monkeypatch.setattr(Checkpoint, '__init__', lambda *_: pytest.fail('it is checked again'))
    model = PersonaPlex.load(checkpoint, device='cpu')
    assert model.name == checkpoint.config.name
