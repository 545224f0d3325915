# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A model on one GPU of several: the thread's current device is that one before anything loads."""

import pytest
import torch

from personaplex_ros.model import personaplex
from personaplex_ros.model.checkpoint import Checkpoint
from personaplex_ros.model.personaplex import PersonaPlex


class Loading(Exception):
    """The weights would be read now."""


@pytest.fixture
def begun(tiny_directory, monkeypatch):
    """Load until the weights would be read; returns the devices that were made current."""
    current = []
    monkeypatch.setattr(torch.cuda, 'set_device', current.append)

    def load(self, device, *_):
        raise Loading

    monkeypatch.setattr(Checkpoint, 'load_lm', load)
    monkeypatch.setattr(Checkpoint, 'load_codec', load)

    def begin(device: str) -> list[torch.device]:
        with pytest.raises(Loading):
            PersonaPlex.load(tiny_directory, device=device)
        return current

    return begin


@pytest.mark.parametrize(
    ('device', 'current'),
    [('cuda:1', [torch.device('cuda:1')]), ('cuda', []), ('cpu', [])],
)
def test_a_numbered_gpu_is_the_current_one_before_its_weights_are_read(device, current, begun):
    assert begun(device) == current


@pytest.mark.parametrize(('device', 'lines'), [('cuda', ['no Triton']), ('cpu', [])])
def test_what_a_gpu_has_to_do_without_is_one_line_in_the_log(
    device, lines, begun, monkeypatch, caplog
):
    monkeypatch.setattr(personaplex, 'lack_to_compile', lambda: 'no Triton')
    begun(device)
    assert caplog.messages == lines
