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
from training import signals
from training.codec.export import codec_step
from training.codec.export import sharp_step
from training.codec.export import trained_codec
from training.codec.steady import steady_codes
from training.codec.steady import STEADY_FRAMES
from training.processes import side_by_side
from training.settings import Home
from training.settings import seeded
from training.speech.corpus import Clip
from training.speech.corpus import Corpus
from training.speech.plan import AGENT
from training.speech.plan import TRAIN
from training.speech.plan import VISITOR
from training.speech.retold import retold
from training.speech.voices import AGENT_VOICES
from training.speech.voices import AgentVoice
from training.speech.voices import began_as_a_person

VISITORS = 1_600
PEOPLE_SHARE = 0.55
"""Of the visitors, those whose voices began as people; the corpus has fewer."""

NOTE_HZ = 100
"""The lowest of the agent's notes: its period is a whole number of every other's."""

PART = 40
"""Visitors that a process makes at a time."""

LEAD_FRAMES, TAIL_FRAMES = 5, 3
"""Silence around a clip."""

HEARD_LEAD_FRAMES = 3
"""Of the agent's silence, what the codes of its clips are made with, as in the banks."""

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


@dataclass(frozen=True)
class Sounds:
    """Clips one behind the other, the agent's first, before they are codes."""

    heard: torch.Tensor
    """int16 [frames * SAMPLES_PER_FRAME]."""

    wanted: torch.Tensor
    """int16, as many."""

    frames: list[int]
    """Of each clip."""

    agents: int


def utterances(home: Home, folder: Path, device: torch.device, jobs: int = 1) -> Utterances:
    """Return all of the agent's clips and some of the visitors', made once for each codec.

    jobs: processes that make the sounds.
    """
    steps = f'{codec_step(home.codec)}-{sharp_step(home.codec)}'
    path = folder / f'utterances-{steps}-{LEAD_FRAMES}-{HEARD_LEAD_FRAMES}.pt'
    if not path.exists():
        _write(path, vars(_encoded(_sounds(home, folder, jobs), home, device)))
    return Utterances(**torch.load(path, weights_only=True)).to(device)


def _sounds(home: Home, folder: Path, jobs: int) -> Sounds:
    """Return the clips; what is wanted takes long and does not depend on the codec."""
    path = folder / 'sounds.pt'
    if not path.exists():
        _write(path, vars(_made(home, jobs)))
    return Sounds(**torch.load(path, weights_only=True))


def _write(path: Path, what: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix('.partial')
    torch.save(what, partial)
    partial.replace(path)


def _made(home: Home, jobs: int) -> Sounds:
    corpus = Corpus(home.speech)
    agents, visitors = corpus.of(AGENT, TRAIN), _visitors(corpus)
    heard = [_placed(corpus.samples(clip), 0) for clip in agents]
    wanted = list(heard)
    parts = [(home, visitors[begin : begin + PART]) for begin in range(0, len(visitors), PART)]
    made = side_by_side(_part, parts, jobs)
    for pairs in tqdm(made, desc='utterances', total=len(parts), mininterval=5):
        heard += [one for one, _ in pairs]
        wanted += [other for _, other in pairs]
    frames = [len(one) // SAMPLES_PER_FRAME for one in heard]
    whole = [torch.from_numpy(np.concatenate(sounds)) for sounds in (heard, wanted)]
    return Sounds(*whole, frames, len(agents))


def _part(task: tuple[Home, list[Clip]]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return what is heard of some visitors, and what is wanted."""
    home, clips = task
    corpus, pairs = Corpus(home.speech), []
    for clip in clips:
        samples, late = corpus.samples(clip), _late(clip)  # the banks begin it with a frame
        pairs.append((_placed(samples, late), _placed(_retold(samples, clip), late)))
    return pairs


def teller(voice: str) -> AgentVoice:
    """Return who says a visitor's sentence again: the woman what she said herself."""
    woman, man = AGENT_VOICES
    return woman if voice.split('/')[-1] == woman.name else man


def _retold(samples: np.ndarray, clip: Clip) -> np.ndarray:
    by = teller(clip.voice)
    return retold(samples, clip.word_starts_s, clip.text, by.name, by.pitch_hz)


@torch.inference_mode()
def _encoded(sounds: Sounds, home: Home, device: torch.device) -> Utterances:
    """Encode the agent as the product speaks, visitors as they are heard today."""
    agent_ear = trained_codec(home.codec, sharp=False).to(device)
    ear = trained_codec(home.codec).to(device)
    silence = steady_silence(agent_ear, LEAD_FRAMES).short()
    samples = [SAMPLES_PER_FRAME * one for one in sounds.frames]
    codes = []
    for number, sound in enumerate(tqdm(sounds.heard.split(samples), desc='codes')):
        heard = sound.to(device).float()[None, None] / FULL_SCALE
        if number < sounds.agents:
            late = heard[..., (LEAD_FRAMES - HEARD_LEAD_FRAMES) * SAMPLES_PER_FRAME :]
            said = agent_ear.encode(late)[0, :, HEARD_LEAD_FRAMES:].short().cpu()
            codes.append(torch.cat([silence, said], 1))
        else:
            codes.append(ear.encode(heard)[0].short().cpu())
    frames = torch.tensor([0, *sounds.frames])
    return Utterances(torch.cat(codes, 1), sounds.wanted, frames.cumsum(0), sounds.agents)


def steady_silence(mimi: MimiModel, frames: int) -> torch.Tensor:
    """Return the agent's silence as the banks have it, on the CPU: int64 [books, frames]."""
    codes = steady_codes(mimi, signals.silence(STEADY_FRAMES))
    return torch.tensor(codes)[:, None].expand(-1, frames)


def _visitors(corpus: Corpus) -> list[Clip]:
    """Draw some, most of them of voices that began as people."""
    clips = corpus.of(VISITOR, TRAIN)
    order = [clips[index] for index in seeded('polish').permutation(len(clips))]
    people = [one for one in order if began_as_a_person(one.voice)]
    people = people[: round(VISITORS * PEOPLE_SHARE)]
    espeak = [one for one in order if not began_as_a_person(one.voice)]
    return [*people, *espeak[: VISITORS - len(people)]]


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
