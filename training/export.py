# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`make export`: writes the model directory, as the product loads it."""

import argparse
from pathlib import Path
import shutil

import numpy as np
from safetensors.torch import save_file
import torch

from training.arguments import add_home
from training.codec.export import codec_step
from training.codec.export import save_codec
from training.codec.export import trained_codec
from training.lm.banks import Banks
from training.lm.banks import load_banks
from training.lm.network import LanguageNetwork
from training.loop import STATE
from training.model_card import CARD
from training.model_card import model_card
from training.model_config import model_config
from training.results import results_of
from training.settings import Home
from training.settings import seeded
from training.speech.corpus import Corpus
from training.speech.voices import AGENT_VOICES
from training.text.domain import load_domain

MAX_BYTES = 25_000_000

VOICE_FRAMES = 18
VOICES = {'NATF': 4, 'VARF': 5, 'NATM': 4, 'VARM': 5}
"""How many of each (names: personaplex 3428dfd, client/src/pages/Queue/Queue.tsx:11-16)."""


def write_model(home: Home, folder: Path) -> int:
    """Write every file of the model; returns how many bytes it has.

    Raises FileNotFoundError where a stage is missing, ValueError where the model is too large or
    its parts do not belong together.
    """
    partial = folder.with_name(folder.name + '.partial')
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    banks = load_banks(home.banks)
    if banks.codec_step != codec_step(home.codec):
        raise ValueError('the codec was trained on since `make banks`: make banks and lm again')
    config = model_config(banks.silence_codes, banks.sine_codes)
    save_codec(trained_codec(home.codec), partial / config.files.codec)
    _save_lm(home.lm / STATE, banks.codec_step, partial / config.files.lm)
    shutil.copy(home.vocabulary, partial / config.files.tokenizer)
    _write_voices(banks, partial / config.files.voices)
    (partial / 'config.json').write_text(config.to_json(), encoding='utf-8')
    card = model_card(load_domain(), Corpus(home.speech), results_of(home.results, partial))
    (partial / CARD).write_text(card, encoding='utf-8')
    size = sum(path.stat().st_size for path in partial.rglob('*') if path.is_file())
    if size > MAX_BYTES:
        raise ValueError(f'the model has {size} bytes; expected {MAX_BYTES} at most')
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)
    return size


def _save_lm(state: Path, codec_step: int, path: Path) -> None:
    if not state.exists():
        raise FileNotFoundError(f'{state}: no such checkpoint: make -C training lm')
    domain = load_domain()
    network = LanguageNetwork(len(domain.intents), len(domain.visitor_words))
    stored = torch.load(state, map_location='cpu', weights_only=True)
    if stored['trainer']['codec_step'] != codec_step:
        raise ValueError(f'{state} knows codes of another codec: remove it and make lm again')
    network.load_state_dict(stored['trainer']['network'])
    weights = network.lm.state_dict()
    save_file({name: value.half().contiguous() for name, value in weights.items()}, path)


def _write_voices(banks: Banks, folder: Path) -> None:
    """Write PersonaPlex's names, each the beginning of some sentence of its voice."""
    folder.mkdir()
    voices = {voice.family: voice.name for voice in AGENT_VOICES}
    for family, count in VOICES.items():
        for index in range(count):
            rng = seeded('voice', family, index)
            codes = _sample(banks, voices[family[-1]], rng)
            tensor = torch.from_numpy(codes.astype(np.int64))
            save_file({'codes': tensor}, folder / f'{family}{index}.safetensors')


def _sample(banks: Banks, voice: str, rng: np.random.Generator) -> np.ndarray:
    """Return int16 [codebooks, VOICE_FRAMES]: one sentence, more where it is short."""
    codes = banks.agent.draw(rng, voice).codes
    while codes.shape[1] < VOICE_FRAMES:
        codes = np.concatenate([codes, banks.agent.draw(rng, voice).codes], axis=1)
    return codes[:, :VOICE_FRAMES]


def main() -> None:
    """Write the directory."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_home(parser)
    parser.add_argument('--out', type=Path, default=None, help='default: HOME/model')
    args = parser.parse_args()
    home = Home(args.home)
    folder = args.out or home.model
    print(f'{write_model(home, folder) / 1e6:.1f} MB in {folder}')


if __name__ == '__main__':
    main()
