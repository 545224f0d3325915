# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Whose voices judge: both of the agent's, and of unseen ones those like none of the training."""

from pathlib import Path

import fake_voice
import pytest
import torch

from training.codec.judge import Judge
from training.evaluation import behaviour
from training.evaluation.replies import asked_clips
from training.evaluation.replies import naming_clips
from training.lm.banks import load_banks
from training.settings import seeded
from training.speech import espeak
from training.speech import invented
from training.speech.corpus import Corpus
from training.speech.corpus import write_corpus
from training.speech.plan import AGENT
from training.speech.plan import Order
from training.speech.plan import TRAIN
from training.speech.plan import UNSEEN
from training.speech.plan import VISITOR
from training.speech.rendering import NotInstalledError
from training.speech.voices import agent_manner
from training.speech.voices import AGENT_VOICES
from training.speech.voices import ESPEAK
from training.speech.voices import is_like_a_trained_one
from training.speech.voices import LIKE_TRAINED
from training.speech.voices import Manner
from training.speech.voices import UNSEEN_VARIANTS
from training.speech.voices import VARIANTS
from training.text.domain import load_domain

CPU = torch.device('cpu')


@pytest.fixture
def variants() -> Path:
    """espeak-ng's own."""
    try:
        return espeak._library()._data / invented.VARIANTS_FOLDER
    except NotInstalledError as error:
        pytest.skip(str(error))


def formants(folder: Path, variant: str) -> list[tuple[str, ...]]:
    """Return a variant's lines about formants; none where it has the plain voice's."""
    path = folder / variant
    text = path.read_text(encoding='utf-8', errors='replace') if path.exists() else ''
    lines = [tuple(line.split()) for line in text.splitlines()]
    return sorted(line for line in lines if line[:1] == ('formant',))


def test_every_unseen_voice_that_judges_has_formants_of_its_own(variants):
    trained = [formants(variants, one) for one in VARIANTS]
    alike = {one for one in UNSEEN_VARIANTS if formants(variants, one) in trained}
    assert alike == set(LIKE_TRAINED)


@pytest.fixture
def corpus(small, tmp_path) -> Corpus:
    """Each beginning said by every unseen variant."""
    wanted = [
        Order(VISITOR, UNSEEN, intent.name, 'hello', Manner(ESPEAK, f'gmw/en-US+{one}', 150, 50))
        for intent in load_domain().beginners
        for one in UNSEEN_VARIANTS
    ]
    write_corpus(tmp_path, wanted, speak=fake_voice.render)
    return Corpus(tmp_path)


def test_visits_are_paid_by_voices_that_are_like_no_trained_one(corpus):
    domain = load_domain()
    asked = asked_clips(corpus, domain, UNSEEN, len(UNSEEN_VARIANTS))
    naming = naming_clips(corpus, domain, UNSEEN)
    others = len(UNSEEN_VARIANTS) - len(LIKE_TRAINED)
    assert len(asked) == others * len(domain.beginners)
    assert naming and not any(is_like_a_trained_one(one.voice) for one in (*asked, *naming))


@pytest.fixture
def heard(monkeypatch) -> set[str]:
    """The voices whose samples are taken from now on."""
    voices, samples = set(), Corpus.samples

    def listened(corpus, clip):
        voices.add(clip.voice)
        return samples(corpus, clip)

    monkeypatch.setattr(Corpus, 'samples', listened)
    return voices


@pytest.mark.parametrize('judge', [lambda corpus: Judge(corpus, CPU), behaviour._babble_frames])
def test_the_codec_and_babble_take_no_voice_that_is_like_a_trained_one(corpus, judge, heard):
    judge(corpus)
    assert heard and not any(map(is_like_a_trained_one, heard))


def test_the_codec_is_judged_by_the_woman_and_by_the_man(small, tmp_path, heard):
    said = [
        Order(AGENT, TRAIN, '', f'hello {number}', agent_manner(voice, 0))
        for number in range(12)
        for voice in AGENT_VOICES
    ]
    write_corpus(tmp_path, said, speak=fake_voice.render)
    Judge(Corpus(tmp_path), CPU)
    assert heard == {voice.name for voice in AGENT_VOICES}


def test_the_language_model_is_judged_by_no_voice_that_is_like_a_trained_one(banked_home):
    banks = load_banks(banked_home.banks)
    assert any(is_like_a_trained_one(voice) for _, voice in banks.judged.clips())
    judging, rng = banks.visitors_of(UNSEEN), seeded('unseen')
    for intent in load_domain().intents:
        drawn = {judging.draw(rng, UNSEEN, intent).voice for _ in range(20)}
        assert not any(map(is_like_a_trained_one, drawn))
