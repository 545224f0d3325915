# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A checkpoint small enough to be made anew for a test."""

from pathlib import Path

import pytest

torch = pytest.importorskip('torch')
pytest.importorskip('moshi')

from tiny_checkpoint import write_tiny  # noqa: E402

from personaplex_ros.model.checkpoint import Checkpoint  # noqa: E402
from personaplex_ros.model.personaplex import PersonaPlex  # noqa: E402


@pytest.fixture(autouse=True, scope='session')
def one_thread():
    """The machine is shared, and small matrices are slower on several threads."""
    torch.set_num_threads(1)


@pytest.fixture(scope='session')
def tiny_directory(tmp_path_factory, one_thread) -> Path:
    """A model directory that tests read; those that damage one write their own."""
    return write_tiny(tmp_path_factory.mktemp('tiny'))


@pytest.fixture(scope='session')
def tiny_checkpoint(tiny_directory) -> Checkpoint:
    return Checkpoint(tiny_directory)


@pytest.fixture(scope='session')
def tiny_model(tiny_directory) -> PersonaPlex:
    return PersonaPlex.load(tiny_directory, device='cpu')


@pytest.fixture
def open_session(tiny_model):
    """Open sessions on the tiny model; whatever is still open is closed."""
    opened = []

    def _open(*args, **kwargs):
        opened.append(tiny_model.open_session(*args, **kwargs))
        return opened[-1]

    yield _open
    for session in opened:
        session.close()
