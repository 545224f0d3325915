# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`make banks`: every clip as codes, in scenes of its own, once the codec is frozen."""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from itertools import takewhile

from moshi.models.compression import MimiModel
import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (its usual name)
from tqdm import tqdm

from personaplex_ros.audio.format import FRAME_RATE_HZ
from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from training import signals
from training.arguments import add_home
from training.codec.batches import AGENT_SCENE
from training.codec.batches import FULL_SCALE
from training.codec.batches import SPEEDS
from training.codec.export import code_vectors
from training.codec.export import codec_step
from training.codec.export import sharp_step
from training.codec.export import trained_codec
from training.codec.steady import steady_codes
from training.codec.steady import STEADY_FRAMES
from training.lm.banks import Banks
from training.lm.banks import CodeBank
from training.lm.banks import Entry
from training.lm.banks import load_banks
from training.lm.banks import save_banks
from training.processes import side_by_side
from training.settings import Home
from training.settings import SEED
from training.speech.corpus import Clip
from training.speech.corpus import Corpus
from training.speech.plan import AGENT
from training.speech.plan import TRAIN
from training.speech.plan import VISITOR
from training.speech.rooms import babble_of
from training.speech.rooms import heard
from training.speech.rooms import Scene
from training.speech.voices import began_as_a_person

LEAD_FRAMES, TAIL_FRAMES = 3, 2
"""Encoded around a clip: what is before it decides how it begins, what echoes belongs to it."""

AS_SPOKEN = (1.0, 1.0)
ROUND = 2_000
"""Visitors that are encoded between two versions of the bank."""

BATCH = 8
"""More fall out of a CPU's caches."""

PEOPLE_MORE_TAKES = 2
"""Of voices that began as people, since espeak-ng's are many anyway."""

JUDGED_SCENES = 10_000
"""A number that no round of visitors has."""

NOISE_ROWS, NOISE_FRAMES = 128, 256
BABBLE = Scene(gain_db=(-200.0, -190.0), babble=1.0, babble_db=(-24.0, -12.0), burst=0.3)
NOISE = Scene(gain_db=(-200.0, -190.0), babble=0.0, burst=0.3)
"""Scenes without the voice they are made around."""


class Encoder:
    """A frozen codec and the random scenes that it listens to."""

    def __init__(self, mimi: MimiModel, device: torch.device) -> None:
        """mimi: on the device, in eval mode."""
        self._mimi, self._device = mimi, device
        self._random = torch.Generator(device).manual_seed(SEED)

    def agent(self, corpus: Corpus, clips: list[Clip]) -> list[Entry]:
        """Encode clean clips, each beginning with a frame."""
        return self._entries(corpus, clips, AGENT_SCENE, AS_SPOKEN, aligned=True)

    def visitors(
        self, corpus: Corpus, clips: list[Clip], speeds: tuple[float, float], scenes: int
    ) -> list[Entry]:
        """Encode each clip in a scene, at an offset and at a speed of its own.

        scenes: the same number draws the same ones.
        """
        self._random.manual_seed(SEED + scenes)
        return self._entries(corpus, clips, Scene(), speeds, aligned=False)

    @torch.inference_mode()
    def backgrounds(self, corpus: Corpus, clips: list[Clip], scene: Scene) -> np.ndarray:
        """Return codes of long stretches without a voice in front: int16 [rows, books, frames]."""
        samples = NOISE_FRAMES * SAMPLES_PER_FRAME
        speech = torch.zeros(NOISE_ROWS, samples)
        for row in range(NOISE_ROWS):
            parts = [corpus.samples(clips[i % len(clips)]) for i in range(row * 37, row * 37 + 16)]
            said = torch.from_numpy(np.concatenate(parts)[:samples].copy()).float() / 32_768
            speech[row, : len(said)] = said
        speech = speech.to(self._device)
        sound, _ = heard(torch.zeros_like(speech), babble_of(speech), scene, self._random)
        rows = [self._mimi.encode(one[None, None]) for one in sound]
        return torch.cat(rows).cpu().numpy().astype(np.int16)

    def _entries(
        self,
        corpus: Corpus,
        clips: list[Clip],
        scene: Scene,
        speeds: tuple[float, float],
        aligned: bool,
    ) -> list[Entry]:
        """Go through the clips by length, so that a batch wastes little."""
        entries: list[Entry | None] = [None] * len(clips)
        order = sorted(range(len(clips)), key=lambda index: clips[index].samples)
        for first in tqdm(range(0, len(order), BATCH)):
            chosen = order[first : first + BATCH]
            said = [self._played(corpus, clips[i], speeds) for i in chosen]
            encoded = self._encoded([clips[i] for i in chosen], said, scene, aligned)
            for index, entry in zip(chosen, encoded, strict=True):
                entries[index] = entry
        return [entry for entry in entries if entry is not None]

    @torch.inference_mode()
    def _encoded(
        self, clips: list[Clip], said: list[torch.Tensor], scene: Scene, aligned: bool
    ) -> list[Entry]:
        longest = -(-max(len(one) for one in said) // SAMPLES_PER_FRAME)
        frames = LEAD_FRAMES + 1 + longest + TAIL_FRAMES
        speech = torch.zeros(len(clips), frames * SAMPLES_PER_FRAME, device=self._device)
        offsets = self._offsets(len(clips), aligned)
        for row, (one, offset) in enumerate(zip(said, offsets, strict=True)):
            speech[row, offset : offset + len(one)] = one
        sound, _ = heard(speech, babble_of(speech), scene, self._random)
        codes = self._mimi.encode(sound[:, None]).cpu().numpy().astype(np.int16)
        entries = []
        for row, (clip, offset) in enumerate(zip(clips, offsets, strict=True)):
            end = -(-(offset + len(said[row])) // SAMPLES_PER_FRAME)
            slower = len(said[row]) / clip.samples
            late_s = offset / SAMPLE_RATE_HZ - LEAD_FRAMES / FRAME_RATE_HZ
            entries.append(
                Entry(
                    codes=codes[row, :, LEAD_FRAMES : end + TAIL_FRAMES],
                    end=end - LEAD_FRAMES,
                    role=clip.role,
                    split=clip.split,
                    intent=clip.intent,
                    text=clip.text,
                    voice=clip.voice,
                    word_starts_s=tuple(late_s + start * slower for start in clip.word_starts_s),
                )
            )
        return entries

    def _played(self, corpus: Corpus, clip: Clip, speeds: tuple[float, float]) -> torch.Tensor:
        """Return a clip at a speed of its own: float32 [n]."""
        said = torch.from_numpy(corpus.samples(clip).copy()).to(self._device).float() / FULL_SCALE
        slow, fast = speeds
        if slow == fast:
            return said
        dice = torch.rand(1, generator=self._random, device=self._device)
        samples = round(len(said) / (slow + (fast - slow) * float(dice)))
        return F.interpolate(said[None, None], samples, mode='linear')[0, 0]

    def _offsets(self, count: int, aligned: bool) -> list[int]:
        lead = LEAD_FRAMES * SAMPLES_PER_FRAME
        if aligned:
            return [lead] * count
        drawn = torch.randint(
            SAMPLES_PER_FRAME, (count,), generator=self._random, device=self._device
        )
        return [lead + int(one) for one in drawn.cpu()]


def encode_all(
    home: Home, device: torch.device, takes: int, most: int | None = None, jobs: int = 1
) -> int:
    """Write the banks; returns how many visitors they hold for training.

    They are whole after each ROUND of visitors: the language model may begin while they grow, and
    what was broken off goes on behind them. Nothing on disk is replaced before there is a round to
    take its place, and a bank that holds more than is asked for stays as it is.
    most: visitors' clips that are taken of those for training, all intents alike.
    jobs: processes that encode.
    """
    corpus = Corpus(home.speech)
    visitors = corpus.of(VISITOR, TRAIN)[:most] * takes
    visitors += [one for one in visitors if began_as_a_person(one.voice)] * PEOPLE_MORE_TAKES
    banks = _by_this_encoder(home) or _banks(home, corpus, device)
    bank = banks.visitors.first(_shared(banks.visitors, visitors))
    left = _rounds(visitors, len(bank))
    if jobs == 1:
        encoded = _in_turn(home, device, left)
    else:
        encoded = side_by_side(_one_round, [(home, number, clips) for number, clips in left], jobs)
    for more in encoded:
        bank = bank.and_more(more)
        save_banks(home.banks, replace(banks, visitors=bank))
    return len(bank)


def _by_this_encoder(home: Home) -> Banks | None:
    try:
        banks = load_banks(home.banks)
    except FileNotFoundError:
        return None
    by_now = (codec_step(home.codec), sharp_step(home.codec))
    return banks if (banks.codec_step, banks.sharp_step) == by_now else None


def _shared(bank: CodeBank, clips: list[Clip]) -> int:
    """Return how many of these clips a bank begins with."""
    both = zip(bank.clips(), [(clip.text, clip.voice) for clip in clips], strict=False)
    return len(list(takewhile(lambda pair: pair[0] == pair[1], both)))


Round = tuple[int, list[Clip]]


def _rounds(clips: list[Clip], begun: int) -> list[Round]:
    """Return what is left of each round; the first may be what is missing of a broken one."""
    edges = [begun, *range(begun - begun % ROUND + ROUND, len(clips), ROUND), len(clips)]
    return [(begin // ROUND, clips[begin:end]) for begin, end in pairwise(edges) if begin < end]


def _in_turn(home: Home, device: torch.device, rounds: list[Round]) -> Iterator[list[Entry]]:
    encoder, corpus = Encoder(trained_codec(home.codec).to(device), device), Corpus(home.speech)
    for number, clips in rounds:
        yield encoder.visitors(corpus, clips, SPEEDS, number)


def _one_round(task: tuple[Home, int, list[Clip]]) -> list[Entry]:
    home, number, clips = task
    encoder = Encoder(trained_codec(home.codec), torch.device('cpu'))
    return encoder.visitors(Corpus(home.speech), clips, SPEEDS, number)


def _banks(home: Home, corpus: Corpus, device: torch.device) -> Banks:
    """Return all banks but the visitors' for training.

    The agent is coded as before its listening was sharpened: that is what the decoder and the
    language model know, and all that they ever say.
    """
    visitors = corpus.of(VISITOR, TRAIN)
    judged = [clip for clip in corpus.clips if clip.role == VISITOR and clip.split != TRAIN]
    agent_ear = trained_codec(home.codec, sharp=False).to(device)
    ear = trained_codec(home.codec).to(device)
    encoder = Encoder(ear, device)
    return Banks(
        agent=CodeBank.of(Encoder(agent_ear, device).agent(corpus, corpus.of(AGENT, TRAIN))),
        visitors=CodeBank.of([]),
        judged=CodeBank.of(encoder.visitors(corpus, judged, AS_SPOKEN, JUDGED_SCENES)),
        noise=encoder.backgrounds(corpus, visitors, NOISE),
        babble=encoder.backgrounds(corpus, visitors, BABBLE),
        silence_codes=steady_codes(agent_ear, signals.silence(STEADY_FRAMES)),
        quiet_codes=steady_codes(ear, signals.silence(STEADY_FRAMES)),
        sine_codes=steady_codes(agent_ear, signals.sine(STEADY_FRAMES)),
        vectors=code_vectors(home.codec).numpy(),
        codec_step=codec_step(home.codec),
        sharp_step=sharp_step(home.codec),
    )


def main() -> None:
    """Encode everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_home(parser)
    parser.add_argument('--device', default='cpu')
    parser.add_argument('--takes', type=int, default=1, help='scenes for each visitor clip')
    parser.add_argument('--most', type=int, default=None, help='visitor clips; default: all')
    parser.add_argument('--jobs', type=int, default=1, help='processes on the CPU; of a core each')
    args = parser.parse_args()
    home, device = Home(args.home), torch.device(args.device)
    if args.jobs > 1 and device.type != 'cpu':
        parser.error(f'{args.jobs} jobs encode on the CPU alone: one job with --device {device}')
    torch.set_num_threads(1)
    count = encode_all(home, device, args.takes, args.most, args.jobs)
    size = sum(path.stat().st_size for path in home.banks.iterdir())
    print(f'{count} visitors as codes, {size / 1e6:.1f} MB in {home.banks}')


if __name__ == '__main__':
    main()
