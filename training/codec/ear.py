# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`make ear`: how many of the agent's sentences are understood behind the codec."""

import argparse

import numpy as np
import torch

from training.arguments import add_home
from training.codec.export import codec_step
from training.codec.export import trained_codec
from training.evaluation.listen import Recogniser
from training.evaluation.visit import as_int16
from training.evaluation.visit import frames_of
from training.settings import Home
from training.settings import seeded
from training.speech.corpus import Corpus
from training.speech.plan import AGENT
from training.speech.plan import TRAIN
from training.text.domain import load_domain
from training.text.domain import spoken


@torch.inference_mode()
def recognised(home: Home, count: int) -> dict[str, list[bool]]:
    """Return for each agent voice whether its sentences are understood behind the latest codec."""
    corpus, mimi = Corpus(home.speech), trained_codec(home.codec)
    recogniser = Recogniser(load_domain().replies())
    clips = corpus.of(AGENT, TRAIN)
    found: dict[str, list[bool]] = {}
    for index in seeded('ear').permutation(len(clips))[:count]:
        clip = clips[index]
        sound = np.concatenate(frames_of(corpus.samples(clip))).astype(np.float32) / 32_768
        made = mimi.decode(mimi.encode(torch.from_numpy(sound)[None, None]))
        heard = recogniser.hear(as_int16(made[0, 0].numpy()))
        found.setdefault(clip.voice, []).append(heard == ' '.join(spoken(clip.text)))
    return found


def main() -> None:
    """Listen to some sentences."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_home(parser)
    parser.add_argument('--count', type=int, default=60)
    args = parser.parse_args()
    torch.set_num_threads(1)
    home = Home(args.home)
    print(f'step {codec_step(home.codec)}')
    for voice, heard in recognised(home, args.count).items():
        print(f'{voice}: {sum(heard)} of {len(heard)} sentences recognised')


if __name__ == '__main__':
    main()
