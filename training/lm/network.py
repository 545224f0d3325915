# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""moshi's LMModel with a training head that names the visitor's intent, and its losses."""

from collections.abc import Mapping
from dataclasses import dataclass
import math

from moshi.models import loaders
from moshi.models.lm import LMModel
from moshi.models.lm_utils import _delay_sequence
import torch
from torch import nn
import torch.nn.functional as F  # noqa: N812 (its usual name)

from training import recipe
from training.init import initialise
from training.lm.dialogue import AGENT
from training.lm.dialogue import NO_INTENT
from training.lm.dialogue import prompt_choices
from training.lm.dialogue import TEXT
from training.recipe import LM
from training.settings import seeded

PAD_WEIGHT = 0.5
"""Most text is padding (arXiv 2410.00037, 3.4.4 halves it too)."""

TEXT_WEIGHT = 3.0
"""Of the text against the sound: what is said is decided there, in one position of ten."""

SEMANTIC_WEIGHT = 4.0
SILENT_SHARE = 0.12
"""Of the positions without speech that the depth transformer learns from: they are all alike."""

INTENT_WEIGHT, WORD_WEIGHT, PERSONA_WEIGHT = 0.5, 0.3, 1.0


@dataclass(frozen=True)
class Table:
    """A batch of conversations as the model reads and predicts them."""

    positions: torch.Tensor
    """int64 [B, 17, T]: what each position holds, delays included, as LMGen has it."""

    prompts: torch.Tensor
    """int64 [B]."""

    intents: torch.Tensor
    """int64 [B, T]."""

    words: torch.Tensor
    """int64 [B, T]."""

    speaking: torch.Tensor
    """bool [B, T]."""

    persona: torch.Tensor
    """int64 [B, questions]."""


class LanguageNetwork(nn.Module):
    """The model and heads that are for training only: what the visitor wants, word by word."""

    def __init__(self, intents: int, words: int) -> None:
        """Weights drawn by us; moshi leaves some to torch (models/lm.py, _init_weights)."""
        super().__init__()
        self.lm: LMModel = loaders.get_moshi_lm(None, LM, dtype=torch.float32)
        initialise(self.lm, seeded('lm'))
        self.intent_head = nn.Linear(LM['dim'], intents)
        self.word_head = nn.Linear(LM['dim'], words)
        self._choices = prompt_choices()
        self.persona_head = nn.Linear(LM['dim'], sum(self._choices))

    @torch.no_grad()
    def begin_from_codec(self, vectors: torch.Tensor) -> None:
        """Let the embeddings of codes be what they say about phones, projected at random.

        vectors: float32 [codebooks, bins, evidence]. What is alike then looks alike from the first
        step on, and who spoke does not show: else the model learns recordings by heart.
        """
        centred = vectors - vectors.mean(dim=1, keepdim=True)
        one_sum = centred.var(dim=1).sum(dim=0).mean().sqrt()
        drawn = seeded('embeddings').standard_normal((vectors.shape[2], LM['dim']))
        projection = torch.from_numpy(drawn).float() / math.sqrt(vectors.shape[2])
        scale = math.sqrt(len(vectors) / LM['dim']) / one_sum
        for number, embedding in enumerate(self.lm.emb):
            projected = centred[number % len(vectors)] @ projection * scale
            embedding.weight[: vectors.shape[1]] = projected.to(embedding.weight.device)

    def table(
        self,
        frames: torch.Tensor,
        prompts: torch.Tensor,
        intents: torch.Tensor,
        words: torch.Tensor,
        speaking: torch.Tensor,
        persona: torch.Tensor,
    ) -> Table:
        """Shift frames [B, 17, T] by their delays; frame 0 is never read, as in LMGen."""
        initial = self.lm._get_initial_token().expand(len(frames), -1, -1)
        delayed = _delay_sequence(self.lm.delays, frames[:, :, 1:], initial)
        positions = torch.cat([initial, delayed], dim=2)
        return Table(positions, prompts, intents, words, speaking, persona)

    def losses(
        self, table: Table, inputs: torch.Tensor, random: torch.Generator
    ) -> dict[str, torch.Tensor]:
        """Return 'total' and its parts. inputs: what is read in place of table.positions."""
        hidden, text_logits = self.lm.forward_text(inputs[:, :, :-1])
        wanted = table.positions[:, :, 1:]
        position = torch.arange(wanted.shape[2], device=wanted.device)
        talk = position + 1 >= table.prompts[:, None]
        text = _text_loss(text_logits[:, 0][talk], wanted[:, TEXT][talk])
        audio = self._audio_loss(hidden, wanted, table.speaking[:, 1:] & talk, talk, random)
        intent = _labelled_loss(self.intent_head, hidden, table.intents[:, :-1])
        word = _labelled_loss(self.word_head, hidden, table.words[:, :-1])
        total = TEXT_WEIGHT * text + audio + INTENT_WEIGHT * intent + WORD_WEIGHT * word
        persona = self._persona_loss(hidden, table.persona, talk)
        total = total + PERSONA_WEIGHT * persona
        return {
            'total': total,
            'text': text,
            'audio': audio,
            'intent': intent,
            'word': word,
            'persona': persona,
        }

    def listening_losses(self, table: Table, inputs: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return 'total' and its parts where there is nobody to answer."""
        hidden, _ = self.lm.forward_text(inputs[:, :, :-1])
        intent = _labelled_loss(self.intent_head, hidden, table.intents[:, :-1])
        word = _labelled_loss(self.word_head, hidden, table.words[:, :-1])
        return {'total': intent + word, 'intent': intent, 'word': word}

    def prompt_losses(self, table: Table, inputs: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return 'total' and its only part where there is nothing but a prompt.

        In long conversations a style or a fact is one position in two hundred, and a thousand
        steps went by without a trace of it; like this, thirty were enough for the style.
        """
        hidden, _ = self.lm.forward_text(inputs[:, :, :-1])
        position = torch.arange(hidden.shape[1], device=hidden.device)
        talk = position + 1 >= table.prompts[:, None]
        persona = self._persona_loss(hidden, table.persona, talk)
        return {'total': persona, 'persona': persona}

    def intents_right(self, table: Table) -> tuple[torch.Tensor, torch.Tensor]:
        """Return how many questions are understood at their last labelled frame, and how many."""
        hidden, _ = self.lm.forward_text(table.positions[:, :, :-1])
        labels = table.intents[:, :-1]
        last = (labels != NO_INTENT) & (labels.roll(-1, dims=1) != labels)
        guessed = self.intent_head(hidden[last]).argmax(dim=-1)
        return (guessed == labels[last]).sum(), last.sum()

    def _persona_loss(
        self, hidden: torch.Tensor, persona: torch.Tensor, talk: torch.Tensor
    ) -> torch.Tensor:
        """Ask at each frame what the prompt said: else it is looked up only where it is spoken."""
        logits = self.persona_head(hidden[talk]).split(self._choices, dim=-1)
        wanted = persona[:, None].expand(*talk.shape, -1)[talk]
        each = [F.cross_entropy(one, wanted[:, number]) for number, one in enumerate(logits)]
        return torch.stack(each).mean()

    def _audio_loss(
        self,
        hidden: torch.Tensor,
        wanted: torch.Tensor,
        speaking: torch.Tensor,
        talk: torch.Tensor,
        random: torch.Generator,
    ) -> torch.Tensor:
        """Cross entropy of the agent's codes where it speaks, and in some of its silence."""
        dice = torch.rand(talk.shape, generator=random, device=talk.device)
        chosen = speaking | (talk & (dice < SILENT_SHARE))
        columns = wanted.transpose(1, 2)[chosen][:, :, None]
        logits = self.lm.forward_depformer_training(columns, hidden[chosen][:, None])[:, :, 0]
        codes = columns[:, AGENT, 0]
        each = F.cross_entropy(logits.flatten(0, 1), codes.flatten(), reduction='none')
        weights = torch.ones(recipe.CODEBOOKS, device=each.device)
        weights[0] = SEMANTIC_WEIGHT
        return (each.view_as(codes) * weights).mean() / weights.mean()


def _labelled_loss(head: nn.Linear, hidden: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Cross entropy where there is a label."""
    asked = labels != NO_INTENT
    if not asked.any():
        return torch.zeros((), device=hidden.device)
    return F.cross_entropy(head(hidden[asked]), labels[asked])


def _text_loss(logits: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    weights = torch.ones(logits.shape[-1], device=logits.device)
    weights[recipe.PAD] = PAD_WEIGHT
    return F.cross_entropy(logits, wanted, weight=weights)


def accuracies(found: Mapping[str, tuple[torch.Tensor, torch.Tensor]]) -> dict[str, float]:
    """Turn (right, asked) into shares."""
    return {name: float(right) / max(1, int(asked)) for name, (right, asked) in found.items()}
