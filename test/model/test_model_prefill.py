# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What a prompted language model hears and draws; parity/ holds it to the published loop."""

from pathlib import Path

import torch
from whole_prompt import take_in

from personaplex_ros.model.lm import LanguageModel
from personaplex_ros.model.prompt import Prompt
from personaplex_ros.model.prompting import PromptPreparer
from personaplex_ros.model.sampling import Sampling
from personaplex_ros.model.voices import VoiceLibrary

FRAMES = 60
CPU = torch.device('cpu')


def user_codes(checkpoint, frames=FRAMES, seed=1):
    generator = torch.Generator().manual_seed(seed)
    shape = (frames, 1, checkpoint.config.user_codebooks, 1)
    return torch.randint(checkpoint.config.lm['card'], shape, generator=generator)


def preparer(checkpoint, voices: Path | None = None):
    library = VoiceLibrary(voices or checkpoint.voices_directory, checkpoint.config)
    return PromptPreparer(checkpoint.config, library, checkpoint.load_tokenizer().encode, CPU)


def converse(checkpoint, prompt, frames, voices=None, sampling=None):
    """Prompt in one pass; return the tokens of the conversation, [frames, 1 + codebooks]."""
    prepared = preparer(checkpoint, voices).prepare(prompt)
    lm = LanguageModel(checkpoint.load_lm(CPU, torch.float32))
    lm.set_sampling(sampling or Sampling(audio_temperature=0, text_temperature=0))
    torch.manual_seed(5)
    take_in(lm, prepared)
    lm.step(prepared.last_user_codes, prepared.last_forced)
    return torch.stack([lm.step(codes)[0, :, 0] for codes in frames])


def test_the_first_word_can_react_one_frame_after_it_was_heard(tiny_checkpoint):
    """160 ms: the frame itself, and the one in which the answer to it is heard."""
    prompt, changed = Prompt('You are Ada.', 'NATF0'), 20
    frames = user_codes(tiny_checkpoint)
    others = frames.clone()
    others[changed] = (others[changed] + 1) % tiny_checkpoint.config.lm['card']
    first = converse(tiny_checkpoint, prompt, frames)
    second = converse(tiny_checkpoint, prompt, others)
    assert torch.equal(first[:changed], second[:changed])
    assert torch.equal(first[changed, :2], second[changed, :2])  # text and semantic are drawn
    assert not torch.equal(first[changed + 1, :2], second[changed + 1, :2])


def test_the_same_seed_draws_the_same_conversation(tiny_checkpoint):
    prompt, frames = Prompt('You are Ada.', 'NATF0'), user_codes(tiny_checkpoint)
    one, two = (converse(tiny_checkpoint, prompt, frames, sampling=Sampling()) for _ in range(2))
    assert torch.equal(one, two)
