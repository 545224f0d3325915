# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The end of the attention window: a prompt that nearly fills it, and when a position leaves it.

The window is moshi 0.2.13's: a position attends to the last `context` positions, itself included.
Upstream's ring masks one of them once it is full (personaplex 3428dfd,
moshi/moshi/modules/transformer.py:278-297), so that its 3000 positions are 2999 here.
"""

from dataclasses import replace
from pathlib import Path

from moshi.models import loaders
from moshi.models.lm import LMModel
from parity_checkpoint import BOOKS
from parity_checkpoint import CONFIG
from parity_checkpoint import FILES
from parity_checkpoint import LM
from published_loop import converse
from published_loop import Protocol
from safetensors.torch import load_file
from safetensors.torch import save_file
from talk import GREEDY
import torch
from whole_prompt import take_in

from personaplex_ros.model.lm import LanguageModel
from personaplex_ros.model.prompt import Prompt
from personaplex_ros.model.prompting import PreparedPrompt
from personaplex_ros.model.prompting import PromptPreparer
from personaplex_ros.model.voices import VoiceLibrary

WINDOW = LM['context']
"""750, as nano's. PersonaPlex's is 3000: the same code, and four times as much to compute."""

FRAMES_AFTER = 60


def load(converted: Path, **sizes) -> LMModel:
    """Return the converted model with another window, or with its first layers alone."""
    lm = loaders.get_moshi_lm(None, LM | sizes, dtype=torch.float32)
    unused = lm.load_state_dict(load_file(converted / FILES.lm), strict=False)
    assert not unused.missing_keys
    return lm


def codes(frames: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(LM['card'], (BOOKS, frames), generator=generator)


def prepare(folder: Path, voice: torch.Tensor) -> PreparedPrompt:
    """A persona of this voice and no text, longer than a conversation may begin with."""
    save_file({'codes': voice}, folder / 'Long.safetensors')
    config = replace(CONFIG, prompt=replace(CONFIG.prompt, max_positions=WINDOW))
    preparer = PromptPreparer(config, VoiceLibrary(folder, config), list, torch.device('cpu'))
    return preparer.prepare(Prompt('', 'Long'))


def test_a_prompt_may_fill_the_window(converted, tmp_path):
    voice, heard = codes(WINDOW - 2 * CONFIG.prompt.silence_frames, 1), codes(FRAMES_AFTER, 2)
    prepared = prepare(tmp_path, voice)
    assert prepared.positions == WINDOW
    lm = LanguageModel(load(converted))
    lm.set_sampling(GREEDY)
    take_in(lm, prepared)
    lm.step(prepared.last_user_codes, prepared.last_forced)
    said = [lm.step(frame[None, :, None])[0, :, 0] for frame in heard.T]
    prompt = Protocol().frames(voice, '', list)
    expected = list(converse(load(converted), prompt, heard, GREEDY))
    assert torch.equal(torch.stack(said), torch.stack(expected))


def test_a_frame_is_attended_to_for_as_many_positions_as_the_window_has(converted):
    """One layer, so that nothing is passed on: the only way to an old frame is attention."""
    window, changed = 40, 7
    heard = codes(3 * window, 3)
    other = heard.clone()
    other[0, changed] += 1  # the codebook without delay: read at this position alone
    other %= LM['card']
    unlike = (hidden(converted, window, heard) != hidden(converted, window, other)).any(dim=1)
    assert unlike.nonzero()[:, 0].tolist() == list(range(changed, changed + window))


def hidden(converted: Path, window: int, heard: torch.Tensor) -> torch.Tensor:
    """Return what the transformer gives at each position of a silent agent, [positions, dim]."""
    model, outputs = load(converted, context=window, num_layers=1), []
    model.transformer.register_forward_hook(lambda *args: outputs.append(args[-1][0, -1].clone()))
    lm = LanguageModel(model)
    silent = [CONFIG.control_ids.pad, *CONFIG.prompt.silence_codes]
    for frame in heard.T:
        lm.step(frame[None, :, None], silent)
    return torch.stack(outputs)
