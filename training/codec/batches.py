# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Short pieces of the corpus, cut and put into rooms on the device that trains."""

from dataclasses import dataclass

import torch

from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from training import signals
from training.speech.corpus import Clip
from training.speech.corpus import Corpus
from training.speech.phones import SILENCE
from training.speech.plan import AGENT
from training.speech.plan import TRAIN
from training.speech.plan import VISITOR
from training.speech.rendering import SLOT_SAMPLES
from training.speech.rooms import babble_of
from training.speech.rooms import heard
from training.speech.rooms import Scene

FULL_SCALE = 32_768
OTHER_SHARES = (0.07, 0.08, 0.03)
"""Of the visitors' pieces: silence, noise without a voice, the prompt's tone."""

AGENT_SCENE = Scene(gain_db=(0.0, 0.0), room=0, band=0, babble=0, burst=0, noise_dbfs=(-95, -85))
PHONE_DELAY_SLOTS = 1
"""A phone is asked for when it is over, since the encoder does not see ahead."""

SPEEDS = (0.82, 1.22)
"""Of visitors: played faster or slower, a voice becomes one of a shorter or longer throat."""

LEAD_FRAMES = 5
"""How far before a clip a piece may begin."""


@dataclass(frozen=True)
class Batch:
    """Pieces for one step."""

    sound: torch.Tensor
    """float32 [B, n]: what the encoder hears."""

    wanted: torch.Tensor
    """float32 [B, n]: the voice without the room and the noise."""

    slots: torch.Tensor
    """int64 [B, n / SLOT_SAMPLES]: phones, each one slot after it was spoken."""

    agents: int
    """How many pieces, the first ones, are the agent's."""


class Pieces:
    """Draws batches from a corpus that lies on the device as a whole."""

    def __init__(
        self, corpus: Corpus, device: torch.device, frames: int, agent_share: float, seed: int
    ) -> None:
        """frames: length of a piece. agent_share: of the pieces that are speech."""
        self._device = device
        self._samples = torch.from_numpy(corpus.all_samples).to(device)
        self._slots = torch.from_numpy(corpus.all_slots).to(device)
        self._agents = _table(corpus.of(AGENT, TRAIN), device)
        self._visitors = _table(corpus.of(VISITOR, TRAIN), device)
        self._samples_each = frames * SAMPLES_PER_FRAME
        self._agent_share = agent_share
        self._random = torch.Generator(device).manual_seed(seed)
        self._sine = torch.from_numpy(signals.sine(frames)).to(device)

    def state(self) -> torch.Tensor:
        """Return where the random numbers are."""
        return self._random.get_state()

    def restore(self, state: torch.Tensor) -> None:
        """Go on where state() was taken."""
        self._random.set_state(state)

    @torch.no_grad()
    def draw(self, count: int) -> Batch:
        """Return a batch of `count` > 1 pieces: agents clean, visitors in their rooms."""
        agents = min(count - 1, max(1, round(count * self._agent_share)))
        said, said_slots = self._cut(self._agents, self._still(agents))
        asked, asked_slots = self._cut(self._visitors, self._varied(count - agents))
        others = babble_of(asked)
        silence, empty, sine = self._kinds(count - agents)
        quiet = silence | empty | sine
        agent, agent_wanted = heard(said, said, AGENT_SCENE, self._random)
        visitor, wanted = heard(asked * ~quiet, others, Scene(), self._random)
        visitor = torch.where(sine, self._sine, visitor * ~silence)
        return Batch(
            torch.cat([agent, visitor]),
            torch.cat([agent_wanted, torch.where(sine, self._sine, wanted)]),
            torch.cat([said_slots, torch.where(quiet, SILENCE, asked_slots)]),
            agents,
        )

    def _kinds(self, count: int) -> list[torch.Tensor]:
        """Return which rows are silence, noise without a voice, and the prompt's tone: [B, 1]."""
        dice = self._share(count)[:, None]
        kinds, edge = [], 0.0
        for share in OTHER_SHARES:
            kinds.append((dice >= edge) & (dice < edge + share))
            edge += share
        return kinds

    def _still(self, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Keep the agent's pulses where the codec's frames expect them."""
        return torch.zeros(count, device=self._device), torch.ones(count, device=self._device)

    def _varied(self, count: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Draw how far beside the grid pieces begin, in slots, and how fast they are played."""
        slow, fast = SPEEDS
        return self._share(count) - 0.5, slow + (fast - slow) * self._share(count)

    def _cut(
        self, table: torch.Tensor, manner: tuple[torch.Tensor, torch.Tensor]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return float32 [count, n] and int64 [count, slots], nothing outside the clips."""
        off, speed = manner
        count = len(off)
        rows = table[self._whole(len(table), count)]
        start, samples, first_slot, slots = rows.T
        lead = LEAD_FRAMES * SAMPLES_PER_FRAME // SLOT_SAMPLES
        begin = (self._share(count) * (slots + lead)).floor() - lead + off
        at = (begin * SLOT_SAMPLES)[:, None] + self._range(self._samples_each) * speed[:, None]
        early = at.floor().long()
        late = at - early
        sound = self._taken(self._samples, start, early, samples) * (1 - late)
        sound = sound + self._taken(self._samples, start, early + 1, samples) * late
        middles = self._range(self._samples_each // SLOT_SAMPLES) - PHONE_DELAY_SLOTS + 0.5
        at = (begin[:, None] + middles * speed[:, None]).floor().long()
        return sound / FULL_SCALE, self._taken(self._slots, first_slot, at, slots).long()

    def _taken(
        self, source: torch.Tensor, first: torch.Tensor, at: torch.Tensor, size: torch.Tensor
    ) -> torch.Tensor:
        inside = (at >= 0) & (at < size[:, None])
        return source[(first[:, None] + at).clamp(0, len(source) - 1)] * inside

    def _share(self, count: int) -> torch.Tensor:
        return torch.rand(count, generator=self._random, device=self._device)

    def _whole(self, high: int, count: int) -> torch.Tensor:
        return torch.randint(high, (count,), generator=self._random, device=self._device)

    def _range(self, count: int) -> torch.Tensor:
        return torch.arange(count, device=self._device)


def _table(clips: list[Clip], device: torch.device) -> torch.Tensor:
    rows = [(one.start, one.samples, one.first_slot, one.slots) for one in clips]
    return torch.tensor(rows, dtype=torch.long, device=device)
