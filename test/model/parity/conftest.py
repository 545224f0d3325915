# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A published checkpoint, the engine on what `convert` makes of it, and what the engine says."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from moshi.models import loaders
from moshi.models.compression import MimiModel
from moshi.models.lm import LMModel
import numpy as np
from parity_checkpoint import ADA
from parity_checkpoint import add_voices
from parity_checkpoint import BOOKS
from parity_checkpoint import CODEC
from parity_checkpoint import FILES
from parity_checkpoint import LM
from parity_checkpoint import whole
from parity_checkpoint import write_source
import pytest
from talk import FULL_SCALE
from talk import heard_codes
from talk import NOISE
from talk import SAMPLINGS
from talk import talk
import torch

from personaplex_ros.model.convert import convert
from personaplex_ros.model.convert_record import Origin
from personaplex_ros.model.personaplex import PersonaPlex
from personaplex_ros.model.prompt import Prompt


@pytest.fixture(scope='session')
def source(tmp_path_factory, one_thread) -> Path:
    """The folder with the published files."""
    return write_source(tmp_path_factory.mktemp('published'))


@pytest.fixture(scope='session')
def converted(tmp_path_factory, source) -> Path:
    directory = tmp_path_factory.mktemp('converted') / 'model'
    convert(source, directory, Origin('someone/published', 'c0ffee'))
    add_voices(directory)
    return directory


@pytest.fixture(scope='session')
def whole_lm(source) -> LMModel:
    return whole(source)


@pytest.fixture(scope='session')
def half_lm(converted) -> LMModel:
    """moshi's own model of the converted file, the agent's eight depth steps."""
    return loaders.get_moshi_lm(converted / FILES.lm, LM, dtype=torch.float32)


@pytest.fixture(scope='session')
def mimi(source) -> MimiModel:
    """moshi's own codec of the published file; it begins anew with every stream."""
    return loaders.get_mimi(source / FILES.codec, CODEC, num_codebooks=BOOKS)


@pytest.fixture(scope='session')
def heard(mimi) -> torch.Tensor:
    """What the user says, int64 [BOOKS, FRAMES]."""
    codes = heard_codes(mimi, NOISE.astype(np.float32) / FULL_SCALE)
    assert all(len(book.unique()) > 20 for book in codes), 'a user who repeats himself'
    return codes


@pytest.fixture(scope='session')
def model(converted) -> PersonaPlex:
    """The engine on the converted checkpoint; personas are prompted anew each time."""
    return PersonaPlex.load(converted, device='cpu', persona_cache_bytes=0)


@pytest.fixture(scope='session')
def said(model) -> Callable[[str, Prompt], torch.Tensor]:
    """What the engine says, freshly prompted: said('greedy') as Ada; each is run once."""

    @cache
    def _said(how: str, prompt: Prompt = ADA) -> torch.Tensor:
        tokens = talk(model, prompt, SAMPLINGS[how])
        assert all(len(row.unique()) > 10 for row in tokens.T), 'a model that repeats itself'
        return tokens

    return _said
