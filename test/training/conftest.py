# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A domain and a model so small that every stage of the training takes seconds."""

from pathlib import Path
import sys

import pytest
import torch
import yaml

sys.path.insert(0, str(Path(__file__).parent))

import fake_voice

from training.codec import train as codec_train
from training.codec.train import CodecTrainer
from training.lm import encode
from training.lm import train
from training.loop import run
from training.recipe import CODEC
from training.recipe import LM
from training.settings import Home
from training.speech.corpus import Corpus
from training.speech.corpus import write_corpus
from training.speech.plan import Amount
from training.speech.plan import orders
from training.text import domain as domain_module
from training.text.domain import load_domain
from training.text.vocabulary import write_vocabulary

KEPT_INTENTS = ('stop', 'kitchen', 'tour', 'who', 'again', 'book')
CPU = torch.device('cpu')


@pytest.fixture(scope='session')
def patched():
    """monkeypatch for the whole session."""
    with pytest.MonkeyPatch.context() as patch:
        yield patch
    load_domain.cache_clear()


@pytest.fixture(scope='session')
def small(patched, tmp_path_factory) -> None:
    """Shrink the domain and both networks."""
    torch.set_num_threads(1)
    raw = yaml.safe_load(domain_module.DOMAIN_PATH.read_text(encoding='utf-8'))
    raw['intents'] = {name: raw['intents'][name] for name in KEPT_INTENTS}
    raw['names'] = raw['names'][:2]
    path = tmp_path_factory.mktemp('domain') / 'domain.yaml'
    path.write_text(yaml.safe_dump(raw), encoding='utf-8')
    patched.setattr(domain_module, 'DOMAIN_PATH', path)
    load_domain.cache_clear()
    patched.setitem(CODEC['seanet'], 'n_filters', 4)
    patched.setitem(CODEC['transformer'], 'num_layers', 1)
    patched.setitem(CODEC['quantizer'], 'bins', 64)
    patched.setitem(LM, 'card', 64)
    patched.setitem(LM, 'num_layers', 1)
    patched.setitem(LM, 'depformer_num_layers', 1)
    patched.setattr(codec_train, 'FRAMES_PER_CODE', 1)
    patched.setattr(encode, 'NOISE_ROWS', 4)
    patched.setattr(train, 'JUDGED', 4)


@pytest.fixture(scope='session')
def spoken_home(small, tmp_path_factory) -> Home:
    """Vocabulary and speech."""
    home = Home(tmp_path_factory.mktemp('training'))
    write_vocabulary(home.vocabulary)
    amount = Amount(agent_takes=1, per_intent=3, judged_per_intent=4)
    write_corpus(home.speech, orders(load_domain(), amount), speak=fake_voice.render)
    return home


@pytest.fixture(scope='session')
def coded_home(spoken_home) -> Home:
    """And a codec of six steps."""
    trainer = CodecTrainer(Corpus(spoken_home.speech), CPU, steps=6, batch=4)
    assert run(trainer, spoken_home.codec, steps=6, minutes=0) == 6
    return spoken_home


@pytest.fixture(scope='session')
def banked_home(coded_home) -> Home:
    """And all clips as codes."""
    encode.encode_all(coded_home, CPU, takes=1)
    return coded_home
