# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a frozen codec's decoder is polished with: codes of clips and the sound to be made."""

from dataclasses import dataclass
from pathlib import Path

from moshi.models.compression import MimiModel
import numpy as np
import torch
from tqdm import tqdm

from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from training.codec.export import codec_step
from training.codec.export import trained_codec
from training.settings import Home
from training.settings import seeded
from training.speech.corpus import Clip
from training.speech.corpus import Corpus
from training.speech.monotone import on_one_note
from training.speech.plan import AGENT
from training.speech.plan import TRAIN
from training.speech.plan import VISITOR
from training.speech.voices import AGENT_VOICES
from training.speech.voices import FLITE_VISITORS

VISITORS = 1_200
FLITE_SHARE = 0.55
"""Of the visitors; the corpus has fewer, but they are the ones most like people."""

NOTE_HZ = 100
"""Of visitors that are nobody the agent is. The codes tell little of a melody; a note whose pulses
stand still is one that the decoder stores already, and PocketSphinx understands it as well."""

LEAD_FRAMES, TAIL_FRAMES = 5, 3
"""Silence around a clip."""

FULL_SCALE = 32_768


@dataclass(frozen=True)
class Utterances:
    """Clips one behind the other, the agent's first."""

    codes: torch.Tensor
    """int16 [codebooks, frames]."""

    wanted: torch.Tensor
    """int16 [frames * SAMPLES_PER_FRAME]."""

    first: torch.Tensor
    """int64 [clips + 1]: frame where a clip begins; the last one is the end of all."""

    agents: int

    def cut(
        self, clips: torch.Tensor, shares: torch.Tensor, frames: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return a piece of each clip: int64 [B, codebooks, frames] and float32 [B, samples].

        shares: float [B] in [0, 1): where in the clip the piece begins.
        """
        spare = self.first[clips + 1] - self.first[clips] - frames + 1
        begin = self.first[clips] + (shares * spare.clamp(min=1)).long()
        at = begin[:, None] + torch.arange(frames, device=begin.device)
        at = at.clamp(max=self.codes.shape[1] - 1)
        sound = self.wanted.view(-1, SAMPLES_PER_FRAME)[at].flatten(1)
        return self.codes[:, at].transpose(0, 1).long(), sound.float() / FULL_SCALE

    def to(self, device: torch.device) -> 'Utterances':
        """Return the same on a device."""
        parts = (one.to(device) for one in (self.codes, self.wanted, self.first))
        return Utterances(*parts, self.agents)


def utterances(home: Home, folder: Path, device: torch.device) -> Utterances:
    """Return all of the agent's clips and some of the visitors', made once for each codec."""
    path = folder / f'utterances-{codec_step(home.codec)}.pt'
    if not path.exists():
        made = _made(Corpus(home.speech), trained_codec(home.codec).to(device), device)
        folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix('.partial')
        torch.save(vars(made), partial)
        partial.replace(path)
    return Utterances(**torch.load(path, weights_only=True)).to(device)


def note_hz(voice: str) -> int:
    """Return the note on which a visitor is said again: the agent's where it has that voice."""
    return next((round(one.pitch_hz) for one in AGENT_VOICES if one.name == voice), NOTE_HZ)


@torch.inference_mode()
def _made(corpus: Corpus, mimi: MimiModel, device: torch.device) -> Utterances:
    agents = corpus.of(AGENT, TRAIN)
    codes, wanted = [], []
    for clip in tqdm([*agents, *_visitors(corpus)], desc='utterances', mininterval=5):
        heard = corpus.samples(clip)
        said = heard if clip.role == AGENT else on_one_note(heard, note_hz(clip.voice))
        late = 0 if clip.role == AGENT else _late(clip)  # the banks begin it with a frame
        sound = torch.from_numpy(_placed(heard, late)).to(device)
        codes.append(mimi.encode(sound.float()[None, None] / FULL_SCALE)[0].short().cpu())
        wanted.append(torch.from_numpy(_placed(said, late)))
    frames = torch.tensor([0, *(one.shape[1] for one in codes)])
    return Utterances(torch.cat(codes, 1), torch.cat(wanted), frames.cumsum(0), len(agents))


def _visitors(corpus: Corpus) -> list[Clip]:
    """Draw some, many of flite's voices among them."""
    clips = corpus.of(VISITOR, TRAIN)
    order = [clips[index] for index in seeded('polish').permutation(len(clips))]
    of_flite = [one for one in order if one.voice in FLITE_VISITORS][: int(VISITORS * FLITE_SHARE)]
    others = [one for one in order if one.voice not in FLITE_VISITORS]
    return [*of_flite, *others[: VISITORS - len(of_flite)]]


def _late(clip: Clip) -> int:
    """Draw whole periods of the note below a frame: pulses stand still against the frames."""
    period = SAMPLE_RATE_HZ // NOTE_HZ
    return period * int(seeded('late', clip.start).integers(SAMPLES_PER_FRAME // period))


def _placed(samples: np.ndarray, late: int) -> np.ndarray:
    """int16 [n] -> int16 [whole frames], with silence around."""
    before = LEAD_FRAMES * SAMPLES_PER_FRAME + late
    whole = -(-(before + len(samples)) // SAMPLES_PER_FRAME) + TAIL_FRAMES
    placed = np.zeros(whole * SAMPLES_PER_FRAME, dtype=np.int16)
    placed[before : before + len(samples)] = samples
    return placed
