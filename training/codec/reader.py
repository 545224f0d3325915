# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Reads phones from sound: what the decoder says has to read like what it was asked to say."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
import torch.nn.functional as F  # noqa: N812 (its usual name)
from tqdm import tqdm

from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from training.codec.batches import Batch
from training.codec.batches import Pieces
from training.codec.losses import MelTarget
from training.codec.losses import phone_accuracy
from training.codec.losses import phone_loss
from training.codec.network import SLOTS_PER_FRAME
from training.codec.train import FRAMES
from training.codec.train import rate_at
from training.settings import Home
from training.settings import SEED
from training.speech.corpus import Corpus
from training.speech.phones import CLASSES

HOPS_PER_SLOT = 4
"""A spectrum every 10 ms, a phone every 40 ms."""

BANDS, CHANNELS = 40, 128
DILATIONS = (1, 1, 2, 4)
STEPS, BATCH, RATE, LAST_RATE, WARM_STEPS = 2_500, 12, 2e-3, 2e-5, 100
AGENT_SHARE = 0.375


@dataclass(frozen=True)
class Reading:
    """What the reader makes of a sound."""

    features: list[torch.Tensor]
    """[B, CHANNELS, hops] of each layer."""

    phones: torch.Tensor
    """Logits [B, T, SLOTS_PER_FRAME, CLASSES]."""


class PhoneReader(nn.Module):
    """Convolutions over a mel spectrum. They see ahead, since nobody waits for them."""

    def __init__(self) -> None:
        """About 400 000 weights."""
        super().__init__()
        hop = SAMPLES_PER_FRAME // SLOTS_PER_FRAME // HOPS_PER_SLOT
        self._mel = MelTarget(hop, BANDS)
        inputs = (BANDS, *[CHANNELS] * (len(DILATIONS) - 1))
        self.layers = nn.ModuleList(
            nn.Conv1d(few, CHANNELS, 5, padding=2 * wide, dilation=wide)
            for few, wide in zip(inputs, DILATIONS, strict=True)
        )
        self.head = nn.Conv1d(CHANNELS, CLASSES, HOPS_PER_SLOT, stride=HOPS_PER_SLOT)

    def forward(self, sound: torch.Tensor) -> Reading:
        """[B, n] -> what is read; n is a whole number of frames."""
        here = self._mel(sound).transpose(1, 2)
        features = []
        for layer in self.layers:
            here = F.gelu(layer(here))
            features.append(here)
        phones = self.head(here).transpose(1, 2)
        return Reading(features, phones.unflatten(1, (-1, SLOTS_PER_FRAME)))


def misread(reader: PhoneReader, made: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """Return how differently two sounds [B, n] read: in phones, and on the way there."""
    with torch.no_grad():
        asked = reader(wanted)
    said = reader(made)
    phones = F.kl_div(
        said.phones.flatten(0, 2).log_softmax(-1),
        asked.phones.flatten(0, 2).log_softmax(-1),
        reduction='batchmean',
        log_target=True,
    )
    both = zip(said.features, asked.features, strict=True)
    way = [F.l1_loss(one, other) / other.abs().mean() for one, other in both]
    return phones + torch.stack(way).mean()


def phone_reader(home: Home, path: Path, device: torch.device) -> PhoneReader:
    """Return a reader that is trained once, on the corpus, and stands still."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix('.partial')
        torch.save(_trained(Corpus(home.speech), device).state_dict(), partial)
        partial.replace(path)
    reader = PhoneReader()
    reader.load_state_dict(torch.load(path, map_location='cpu', weights_only=True))
    return reader.requires_grad_(False).eval().to(device)


def _trained(corpus: Corpus, device: torch.device) -> PhoneReader:
    torch.manual_seed(SEED)
    reader = PhoneReader().to(device)
    pieces = Pieces(corpus, device, FRAMES, AGENT_SHARE, SEED + 3)
    optimizer = torch.optim.AdamW(reader.parameters(), lr=RATE, weight_decay=1e-3)
    bar = tqdm(range(STEPS), desc='phone reader', mininterval=5)
    for index in bar:
        for group in optimizer.param_groups:
            group['lr'] = rate_at(index, STEPS, RATE, LAST_RATE, WARM_STEPS)
        loss, right = _read(reader, pieces.draw(BATCH))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        if index % 100 == 0:
            bar.set_postfix_str(f'phones {float(right):.2f}')
    return reader


def _read(reader: PhoneReader, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """Read the voices, and the same in their rooms: a decoder is no clean voice either."""
    phones = reader(torch.cat([batch.wanted, batch.sound])).phones
    slots = torch.cat([batch.slots, batch.slots])
    return phone_loss(phones, slots), phone_accuracy(phones.detach(), slots)
