# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Random numbers of one session, whoever else draws in between."""

from collections.abc import Iterator
from contextlib import contextmanager
import secrets

import torch

from personaplex_ros.model.sampling import MAX_SEED


class RandomStream:
    """A place in torch's global generator: moshi draws from no other (moshi 0.2.13,
    utils/sampling.py), and CUDA graphs are bound to it.
    """

    def __init__(self, device: torch.device) -> None:
        """Start anywhere."""
        self._device = device
        self.seed(None)

    def seed(self, seed: int | None) -> None:
        """Start here; None takes a new place each time."""
        number = secrets.randbelow(MAX_SEED) if seed is None else seed
        generator = torch.Generator(self._device).manual_seed(number)
        self._state = generator.get_state()

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """Let what is drawn in here go on where the last time ended."""
        self._set(self._state)
        try:
            yield
        finally:
            self._state = self._get()

    def _get(self) -> torch.Tensor:
        if self._device.type == 'cuda':
            return torch.cuda.get_rng_state(self._device)
        return torch.get_rng_state()

    def _set(self, state: torch.Tensor) -> None:
        if self._device.type == 'cuda':
            torch.cuda.set_rng_state(state, self._device)
        else:
            torch.set_rng_state(state)
