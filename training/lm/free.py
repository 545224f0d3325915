# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Lets the model in training answer by itself, many visitors at once."""

from dataclasses import dataclass

from moshi.models.lm import LMGen
from moshi.models.lm import LMModel
import numpy as np
import sentencepiece
import torch

from personaplex_ros.model.config import ControlIds
from personaplex_ros.model.lm import FREE
from training.lm.compose import Composer
from training.lm.dialogue import AGENT
from training.lm.dialogue import Dialogue
from training.lm.dialogue import TEXT
from training.lm.dialogue import USER
from training.model_config import SAMPLING
from training.text.domain import spoken

FRAMES_AFTER_PROMPT = 120


@dataclass(frozen=True)
class Answer:
    """What was said and what should have been."""

    said: str
    wanted: str

    @property
    def right(self) -> bool:
        """Word for word."""
        return spoken(self.said) == spoken(self.wanted)


def exchanges(
    composer: Composer, rng: np.random.Generator, count: int
) -> list[tuple[Dialogue, str]]:
    """Draw questions that can begin a conversation, one intent after the other."""
    names = sorted(composer.beginners)
    drawn = []
    for index in range(count):
        dialogue, wanted, _ = composer.exchange(rng, 400, names[index % len(names)])
        drawn.append((dialogue, wanted))
    return drawn


@torch.no_grad()
def answers(
    lm: LMModel,
    tokenizer: sentencepiece.SentencePieceProcessor,
    control: ControlIds,
    asked: list[tuple[Dialogue, str]],
) -> list[Answer]:
    """Run LMGen over all of them at once; the prompt is forced, the rest is the model's own."""
    frames = _stacked([dialogue for dialogue, _ in asked])
    prompts = torch.tensor([dialogue.prompt for dialogue, _ in asked])
    table = forced_table(frames, prompts, lm.delays).to(lm.device)
    tokens = _run(lm, table, frames.to(lm.device))
    found = []
    for row, (dialogue, wanted) in enumerate(asked):
        ids = [i for i in tokens[row, dialogue.prompt :].tolist() if i not in control.all()]
        found.append(Answer(tokenizer.decode(ids), wanted))
    return found


def forced_table(frames: torch.Tensor, prompts: torch.Tensor, delays: list[int]) -> torch.Tensor:
    """Return what positions must hold: int64 [B, 9, T]; FREE where the model decides."""
    agent = frames[:, : AGENT.stop].clone()
    late = torch.arange(frames.shape[2]) >= prompts[:, None]
    agent[late[:, None].expand_as(agent)] = FREE
    for stream, delay in enumerate(delays[: AGENT.stop]):
        agent[:, stream] = agent[:, stream].roll(delay, dims=1)
    return agent


def _run(lm: LMModel, table: torch.Tensor, frames: torch.Tensor) -> torch.Tensor:
    """Return the text tokens per position, int64 [B, T]."""
    said = torch.zeros_like(table[:, 0])
    position = 0

    def force_text(token: torch.Tensor) -> None:
        wanted = table[:, TEXT, position]
        token.copy_(torch.where(wanted == FREE, token, wanted))
        said[:, position] = token

    def force_audio(tokens: torch.Tensor) -> None:
        wanted = table[:, AGENT, position]
        tokens.copy_(torch.where(wanted == FREE, tokens, wanted))

    generator = LMGen(
        lm,
        temp=SAMPLING.audio_temperature,
        temp_text=SAMPLING.text_temperature,
        top_k=SAMPLING.audio_top_k,
        top_k_text=SAMPLING.text_top_k,
        on_text_hook=force_text,
        on_audio_hook=force_audio,
    )
    with generator.streaming(len(table)):
        for frame in range(table.shape[2] - 1):
            position = frame + 1
            generator.step(frames[:, USER, frame : frame + 1])
    return said


def _stacked(dialogues: list[Dialogue]) -> torch.Tensor:
    """Cut all to the length that the longest prompt and an answer need."""
    length = max(one.prompt for one in dialogues) + FRAMES_AFTER_PROMPT
    return torch.from_numpy(np.stack([one.frames[:, :length] for one in dialogues])).long()
