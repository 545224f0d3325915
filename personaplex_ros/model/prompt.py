# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Who the agent is: a voice and a text, laid out as the frames before a conversation."""

from collections.abc import Sequence
from dataclasses import dataclass
import unicodedata

import torch

from personaplex_ros.model.config import ModelConfig


class PromptError(ValueError):
    """A prompt that cannot be used; the text says why and what to do."""


class UnknownVoice(PromptError):
    """No voice of that name."""


class PromptTooLong(PromptError):
    """More positions than the model leaves to a prompt."""


@dataclass(frozen=True)
class Prompt:
    """A persona as it is asked for."""

    text: str
    """What the agent is told about itself; may be empty."""

    voice: str
    """Name of a voice, with or without the suffix of its file."""


@dataclass(frozen=True)
class PromptReport:
    """What a prompt took."""

    positions: int
    ms: float
    facts: int = 0
    """Facts that stand in it beside the persona's own text."""


def wrap_system(text: str, tag: str) -> str:
    """Put the tag on both ends of a stripped text, unless it is there; '' stays ''.

    The same opening tag stands at both ends (personaplex 3428dfd, moshi/moshi/server.py:79).
    """
    text = text.strip()
    if not text or (text.startswith(tag) and text.endswith(tag)):
        return text
    return f'{tag} {text} {tag}'


FACTS_HEADING = 'Information:'
"""What comes before facts in the prompts that PersonaPlex was trained with (NVIDIA/personaplex,
README.md, Prompting Guide)."""


def with_facts(text: str, facts: Sequence[str], tag: str) -> str:
    """Put facts behind a persona's own text; wrap_system() puts the tags around both.

    A text that has its tags already loses them. Facts are others' words: they lose the marks that
    tags are made of, in whatever form the tokenizer would take for them, so none can close a tag.
    """
    body = text.strip()
    if body.startswith(tag) and body.endswith(tag):
        body = body[len(tag) : -len(tag)].strip()
    marks = str.maketrans(dict.fromkeys((c for c in tag if not c.isalnum()), ' '))
    # NFKC is what SentencePiece makes of a text before it looks for pieces (nmt_nfkc)
    cleaned = [unicodedata.normalize('NFKC', fact).translate(marks) for fact in facts]
    known = [' '.join(fact.split()) for fact in cleaned]
    return ' '.join([body, FACTS_HEADING, *known]).strip() if any(known) else body


def prompt_frames(
    config: ModelConfig, voice_codes: torch.Tensor, text_ids: Sequence[int]
) -> torch.Tensor:
    """Lay out voice, silence, text, silence (personaplex 3428dfd, models/lm.py:1123-1127).

    voice_codes: int64 [agent codebooks, V]. text_ids: one token a frame.
    Returns int64 [1 + n_q, V + silence + len(text_ids) + silence], without any delay.
    """
    layout, pad = config.prompt, config.control_ids.pad
    quiet = [pad] * layout.silence_frames
    spoken = [pad] * voice_codes.shape[1]
    text = torch.tensor([[*spoken, *quiet, *text_ids, *quiet]])
    frames = text.shape[1]
    silence = torch.tensor(layout.silence_codes)[:, None]
    agent = torch.cat([voice_codes, silence.expand(-1, frames - len(spoken))], dim=1)
    user = torch.tensor(layout.sine_codes)[:, None].expand(-1, frames)
    return torch.cat([text, agent, user])


def position_table(config: ModelConfig, frames: torch.Tensor) -> torch.Tensor:
    """Shift every stream by its delay: what LMGen would read at each position.

    frames: int64 [1 + n_q, T]. Returns int64 [1 + n_q, T]. Position p of a stream with delay d
    holds frame p - d; positions up to d hold the stream's initial token, since LMGen never
    reads frame 0 there (moshi 0.2.13, models/lm.py, is_init).
    """
    table = torch.empty_like(frames)
    for stream, delay in enumerate(config.lm['delays']):
        initial = config.lm['text_card'] if stream == 0 else config.lm['card']
        table[stream] = frames[stream].roll(delay)
        table[stream, : delay + 1] = initial
    return table
