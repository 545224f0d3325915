# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Writes nano's model directory, once per recipe, into the user's cache."""

from collections.abc import Iterator
from contextlib import contextmanager
import hashlib
from pathlib import Path
import shutil
import tempfile

import numpy as np
from safetensors.torch import save_model
import torch

from personaplex_ros.model.cache_home import cache_home
from personaplex_ros.model.config import ControlIds
from personaplex_ros.model.config import ModelConfig
from personaplex_ros.model.config import PromptLayout
from personaplex_ros.model.nano import recipe
from personaplex_ros.model.nano import signals
from personaplex_ros.model.nano.codec import make_codec
from personaplex_ros.model.nano.codec import steady_codes
from personaplex_ros.model.nano.lm import make_lm
from personaplex_ros.model.nano.tokenizer import train_tokenizer
from personaplex_ros.model.nano.voices import write_voices
from personaplex_ros.model.sampling import Sampling

STEADY_FRAMES = 40


def nano_directory() -> Path:
    """Return nano's directory, writing it first where this recipe's is not there yet.

    Lies in XDG_CACHE_HOME or ~/.cache; several processes may come at once, each file is either
    absent or whole.
    """
    directory = cache_home() / f'nano-{_recipe_hash()}'
    if directory.is_dir():
        return directory
    directory.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f'.{directory.name}-', dir=directory.parent))
    try:
        write_nano(partial)
        partial.rename(directory)
    except OSError:
        if not directory.is_dir():
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return directory


def write_nano(directory: Path) -> None:
    """Write the files of nano into an existing folder; the same bytes on every run."""
    rng = np.random.Generator(np.random.PCG64(recipe.SEED))
    with _one_thread():
        tokenizer = train_tokenizer()
        codec = make_codec(rng)
        config = ModelConfig(
            name='nano',
            dtype='float32',
            lm=recipe.LM,
            codec=recipe.CODEC,
            control_ids=ControlIds(
                pad=recipe.PAD, end_pad=recipe.END_PAD, bos=recipe.BOS, eos=recipe.EOS
            ),
            prompt=PromptLayout(
                silence_codes=steady_codes(codec, signals.silence(STEADY_FRAMES)),
                sine_codes=steady_codes(codec, signals.sine(STEADY_FRAMES)),
                silence_frames=recipe.SILENCE_FRAMES,
                system_tag=recipe.SYSTEM_TAG,
                max_positions=recipe.MAX_POSITIONS,
            ),
            sampling=Sampling(),
        )
        (directory / config.files.tokenizer).write_bytes(tokenizer)
        save_model(codec, str(directory / config.files.codec))
        save_model(make_lm(rng, tokenizer), str(directory / config.files.lm))
        write_voices(directory / config.files.voices, rng)
    (directory / 'config.json').write_text(config.to_json(), encoding='utf-8')


def _recipe_hash() -> str:
    """Name the recipe by its source: whoever changes it gets a new directory."""
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob('*.py')):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:12]


@contextmanager
def _one_thread() -> Iterator[None]:
    """Sums come out the same only if they are always split the same way."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
