# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Writes a model directory of a few hundred kilobytes: nano's shape, smaller everywhere."""

from dataclasses import replace
from pathlib import Path

from moshi.models import loaders
import numpy as np
from safetensors.torch import save_file
from safetensors.torch import save_model
import torch

from personaplex_ros.model.config import ControlIds
from personaplex_ros.model.config import ModelConfig
from personaplex_ros.model.config import PromptLayout
from personaplex_ros.model.sampling import Sampling
from training import recipe
from training.init import initialise
from training.text.everyday import SENTENCES
from training.text.vocabulary import vocabulary_of

VOCABULARY = vocabulary_of(SENTENCES)
CODEBOOKS = 4
BINS = 32
VOICE_FRAMES = {'NATF0': 5, 'NATM0': 7}

LM = recipe.LM | {
    'dim': 32,
    'num_heads': 2,
    'num_layers': 2,
    'n_q': 2 * CODEBOOKS,
    'dep_q': CODEBOOKS,
    'card': BINS,
    'context': 200,
    'depformer_dim': 16,
    'depformer_dim_feedforward': 66,
    'depformer_num_heads': 2,
    'depformer_num_layers': 1,
    'delays': [0, *([0] + [1] * (CODEBOOKS - 1)) * 2],
}

CODEC = {
    'sample_rate': 24_000,
    'channels': 1,
    'frame_rate': 12.5,
    'seanet': recipe.CODEC['seanet'] | {'n_filters': 2, 'dimension': 8},
    'quantizer': {
        'dimension': 4,
        'n_q': CODEBOOKS,
        'bins': BINS,
        'input_dimension': 8,
        'output_dimension': 8,
    },
    'transformer': recipe.CODEC['transformer']
    | {
        'd_model': 8,
        'num_heads': 2,
        'num_layers': 1,
        'context': 32,
        'dim_feedforward': 16,
        'input_dimension': 8,
        'output_dimensions': [8],
    },
}


def tiny_config() -> ModelConfig:
    return ModelConfig(
        name='tiny',
        dtype='float32',
        lm=LM,
        codec=CODEC,
        control_ids=ControlIds(pad=3, end_pad=0, bos=1, eos=2),
        prompt=PromptLayout(
            silence_codes=[5, 6, 7, 8],
            sine_codes=[9, 10, 11, 12],
            silence_frames=2,
            system_tag='<system>',
            max_positions=100,
        ),
        sampling=Sampling(audio_temperature=0.9),
    )


def write_tiny(directory: Path) -> Path:
    """Write the files into an existing folder and return it."""
    config = tiny_config()
    rng = np.random.default_rng(7)
    lm = loaders.get_moshi_lm(None, LM, dtype=torch.float32)
    initialise(lm, rng)
    save_model(lm, str(directory / config.files.lm))
    save_model(_codec(rng), str(directory / config.files.codec))
    (directory / config.files.tokenizer).write_bytes(VOCABULARY)
    voices = directory / config.files.voices
    voices.mkdir()
    for name, frames in VOICE_FRAMES.items():
        codes = torch.from_numpy(rng.integers(BINS, size=(CODEBOOKS, frames)))
        save_file({'codes': codes}, voices / f'{name}.safetensors')
    write_config(directory, config)
    return directory


def write_config(directory: Path, config: ModelConfig, **changes) -> None:
    """Write config.json with some of its values replaced."""
    text = replace(config, **changes).to_json()
    (directory / 'config.json').write_text(text, encoding='utf-8')


def _codec(rng: np.random.Generator):
    mimi = loaders.get_mimi(None, CODEC, num_codebooks=CODEBOOKS)
    initialise(mimi, rng)
    with torch.no_grad():
        for name, buffer in mimi.named_buffers():
            if name.endswith('embedding_sum'):
                buffer.copy_(torch.from_numpy(rng.standard_normal(tuple(buffer.shape))) * 0.1)
    return mimi
