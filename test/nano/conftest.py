# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""nano as the package brings it, and the visitors who ask it something."""

from pathlib import Path

import pytest

torch = pytest.importorskip('torch', reason='the engine is not installed here')
pytest.importorskip('moshi')

from personaplex_ros.model.nano import nano_directory  # noqa: E402
from personaplex_ros.model.personaplex import PersonaPlex  # noqa: E402
from training.evaluation.replies import asked_clips  # noqa: E402
from training.evaluation.replies import replies  # noqa: E402
from training.evaluation.replies import Reply  # noqa: E402
from training.speech.corpus import Corpus  # noqa: E402
from training.speech.plan import KNOWN  # noqa: E402
from training.speech.plan import UNSEEN  # noqa: E402
from training.text.domain import Domain  # noqa: E402
from training.text.domain import load_domain  # noqa: E402


@pytest.fixture(scope='session')
def model() -> PersonaPlex:
    """The model that `--model nano` is, in the product's own session."""
    torch.set_num_threads(1)
    return PersonaPlex.load(nano_directory(), device='cpu')


@pytest.fixture(scope='session')
def corpus() -> Corpus:
    """Two dozen questions that no training has heard (make_speech.py)."""
    return Corpus(Path(__file__).with_name('speech'))


@pytest.fixture(scope='session')
def domain() -> Domain:
    """What it was taught."""
    return load_domain()


@pytest.fixture(scope='session')
def visits(model, corpus, domain) -> dict[str, list[Reply]]:
    """Every question, asked once: each time of another persona with another voice."""
    clips = {split: asked_clips(corpus, domain, split, 1) for split in (KNOWN, UNSEEN)}
    return {split: replies(model, corpus, domain, clips[split], split) for split in clips}


@pytest.fixture(scope='session')
def all_visits(visits) -> list[Reply]:
    """Those of both splits."""
    return [*visits[KNOWN], *visits[UNSEEN]]
