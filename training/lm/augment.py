# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Makes every conversation new without encoding it again: changes in what the model reads."""

from dataclasses import dataclass

import torch

from training.lm.dialogue import AGENT
from training.lm.dialogue import USER

NOTHING = -1
"""moshi's zero token: legal input that adds nothing (models/lm.py, zero_token_id)."""


@dataclass(frozen=True)
class Blur:
    """How much of the input is changed; a share is drawn for each conversation, up to this."""

    repeats: float = 0.12
    """User frames that are the frame before once more."""

    acoustic: float = 0.3
    """User codes beyond the first codebook that are any code."""

    semantic: float = 0.1
    """User codes of the first codebook that are any code."""

    cut_books: float = 0.3
    """Chance that a conversation's user has only its first few codebooks."""

    own_voice: float = 0.4
    """Agent frames that are not read: the answer must come from the question, not from the
    beginning of the answer."""


@torch.no_grad()
def blurred(
    inputs: torch.Tensor, prompts: torch.Tensor, card: int, blur: Blur, random: torch.Generator
) -> torch.Tensor:
    """Return changed inputs; int64 [B, 17, T] as the model reads them. Prompts stay as they are.

    prompts: int64 [B], positions of each prompt.
    """
    drawn = _Drawn(inputs, prompts, random)
    changed = inputs.clone()
    user, agent = changed[:, USER], changed[:, AGENT]
    again = drawn.frames(blur.repeats)
    user = torch.where(again, user.roll(1, dims=2), user)
    anything = drawn.codes(user.shape, card)
    wrong = drawn.tokens(user[:, 1:].shape, blur.acoustic)
    user[:, 1:] = torch.where(wrong, anything[:, 1:], user[:, 1:])
    user[:, :1] = torch.where(drawn.frames(blur.semantic), anything[:, :1], user[:, :1])
    user = torch.where(drawn.cut_books(user.shape[1], blur.cut_books), NOTHING, user)
    agent = torch.where(drawn.frames(blur.own_voice), NOTHING, agent)
    return torch.cat([changed[:, :1], agent, user], dim=1)


class _Drawn:
    """Masks behind the prompts."""

    def __init__(self, inputs: torch.Tensor, prompts: torch.Tensor, random: torch.Generator):
        self._rows, self._frames = inputs.shape[0], inputs.shape[2]
        self._device, self._random = inputs.device, random
        positions = torch.arange(self._frames, device=self._device)
        self._talk = (positions > prompts[:, None])[:, None]

    def frames(self, share: float) -> torch.Tensor:
        """[B, 1, T]."""
        return self.tokens((self._rows, 1, self._frames), share)

    def tokens(self, shape: tuple[int, ...], share: float) -> torch.Tensor:
        """Each conversation has its own share between 0 and this."""
        own = share * self._uniform(self._rows, 1, 1)
        return (self._uniform(*shape) < own) & self._talk

    def codes(self, shape: tuple[int, ...], card: int) -> torch.Tensor:
        """Return random codes."""
        return torch.randint(card, shape, generator=self._random, device=self._device)

    def cut_books(self, books: int, share: float) -> torch.Tensor:
        """[B, books, T]: codebooks from a random one on, in some conversations."""
        kept = 1 + (self._uniform(self._rows, 1, 1) * (books - 1)).long()
        chosen = self._uniform(self._rows, 1, 1) < share
        book = torch.arange(books, device=self._device)[None, :, None]
        return (book >= kept) & chosen & self._talk

    def _uniform(self, *shape: int) -> torch.Tensor:
        return torch.rand(*shape, generator=self._random, device=self._device)
