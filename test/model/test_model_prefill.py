# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""One batched prefill is the published step-by-step protocol, token for token."""

from pathlib import Path

import pytest
from stepwise import StepwiseConversation
import torch

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
    lm.prefill(prepared.table, prepared.embeddings)
    lm.step(prepared.last_user_codes, prepared.last_forced)
    return torch.stack([lm.step(codes)[0, :, 0] for codes in frames])


def converse_stepwise(checkpoint, prompt, frames, greedy=True):
    layout = checkpoint.config.prompt
    talk = StepwiseConversation(
        checkpoint.load_lm(CPU, torch.float32),
        layout.silence_codes,
        layout.sine_codes,
        layout.silence_frames,
        greedy,
    )
    voice = VoiceLibrary(checkpoint.voices_directory, checkpoint.config).load(prompt.voice)
    text = f'<system> {prompt.text} <system>' if prompt.text else ''
    talk.prompt(voice.codes, checkpoint.load_tokenizer().encode(text))
    return torch.stack([talk.step(codes)[0, :, 0] for codes in frames])


@pytest.mark.parametrize('text', ['You are a friendly robot and your name is Ada.', ''])
@pytest.mark.parametrize('voice', ['NATF0', 'NATM0'])
def test_batched_prefill_equals_the_stepwise_protocol(tiny_checkpoint, text, voice):
    prompt, frames = Prompt(text, voice), user_codes(tiny_checkpoint)
    batched = converse(tiny_checkpoint, prompt, frames)
    assert torch.equal(batched, converse_stepwise(tiny_checkpoint, prompt, frames))
    assert len(batched.unique()) > 10  # a model that repeats itself would prove nothing


def test_equality_holds_past_the_end_of_the_attention_window(tiny_checkpoint):
    frames = user_codes(tiny_checkpoint, frames=tiny_checkpoint.config.lm['context'] + 30)
    prompt = Prompt('You are Ada.', 'NATF0')
    batched = converse(tiny_checkpoint, prompt, frames)
    assert torch.equal(batched, converse_stepwise(tiny_checkpoint, prompt, frames))


def test_a_published_voice_equals_the_codes_it_was_made_from(tiny_checkpoint, tmp_path):
    library = VoiceLibrary(tiny_checkpoint.voices_directory, tiny_checkpoint.config)
    published = publish(tiny_checkpoint, library.load('NATM0').codes)
    torch.save(published, tmp_path / 'NATM0.pt')
    prompt, frames = Prompt('You are Ada.', 'NATM0'), user_codes(tiny_checkpoint)
    from_pt = converse(tiny_checkpoint, prompt, frames, voices=tmp_path)
    assert torch.equal(from_pt, converse(tiny_checkpoint, prompt, frames))


def publish(checkpoint, codes):
    """Make what NVIDIA's loop saves after a voice: embeddings per forward, and its token ring."""
    config, lm = checkpoint.config, checkpoint.load_lm(CPU, torch.float32)
    count = codes.shape[1]
    ring = torch.full((1, config.lm['n_q'] + 1, 4), -2)
    embeddings = []
    for position in range(count + 1):
        for stream, delay in enumerate(config.lm['delays']):
            frame = position - delay
            if position <= delay:
                token = config.lm['text_card'] if stream == 0 else config.lm['card']
            elif frame >= count:
                continue
            elif stream == 0:
                token = 3
            elif stream <= config.agent_codebooks:
                token = int(codes[stream - 1, frame])
            else:
                token = config.prompt.sine_codes[stream - 1 - config.agent_codebooks]
            ring[0, stream, position % 4] = token
        if position < count - 1:
            column = ring[:, :, position % 4 : position % 4 + 1]
            total = lm.text_emb(column[:, 0])
            for stream, embedding in enumerate(lm.emb, start=1):
                total = total + embedding(column[:, stream])
            embeddings.append(total[None, 0].detach()[None])
    return {'embeddings': torch.cat(embeddings), 'cache': ring}


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
