# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The engine says what NVIDIA's loop says on the published checkpoint, token for token."""

from dataclasses import replace

from moshi.models import lm
from moshi.utils import sampling
from moshi.utils.compile import no_compile
import numpy as np
from parity_checkpoint import ADA
from parity_checkpoint import BOOKS
from parity_checkpoint import CODED
from parity_checkpoint import RECORDED
from parity_checkpoint import recording
from parity_checkpoint import TEXT
from parity_checkpoint import voice_codes
from parity_checkpoint import whole
from published_loop import converse
from published_loop import ENCODE
from published_loop import Protocol
from published_loop import SILENCE
from published_loop import SINE
import pytest
from talk import FRAMES
from talk import FULL_SCALE
from talk import GREEDY
from talk import heard_codes
from talk import NOISE
from talk import SAMPLINGS
from talk import SEEDED
from talk import talk
import torch

from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.format import SAMPLES_PER_FRAME

VOICE = voice_codes(ADA.voice)
PROMPT = Protocol().frames(VOICE, TEXT, ENCODE)
"""Ada as the protocol lays her out."""

SHORT_VOICE = voice_codes(CODED.voice)
SHORT = Protocol().frames(SHORT_VOICE, TEXT, ENCODE)
"""The same with the voice of codes; what does not depend on the voice is tried on it."""


def tokens(*args) -> torch.Tensor:
    return torch.stack(list(converse(*args)))


@pytest.mark.parametrize('how', SAMPLINGS)
def test_a_prompt_in_one_pass_is_the_prompt_frame_by_frame(said, half_lm, heard, how):
    expected = tokens(half_lm, PROMPT, heard, SAMPLINGS[how])
    assert len(expected) == FRAMES
    assert torch.equal(said(how), expected)


def test_a_voice_of_codes_is_prompted_frame_by_frame_too(said, half_lm, heard):
    assert torch.equal(said('greedy', CODED), tokens(half_lm, SHORT, heard, GREEDY))


def test_a_recorded_voice_is_prompted_by_the_published_recipe(said, half_lm, mimi, heard):
    """Average of the channels, -24 LUFS, whole frames, Mimi from its beginning."""
    pyloudnorm = pytest.importorskip('pyloudnorm', reason='wav voices need pyloudnorm')
    mono = recording().mean(axis=1)
    loudness = pyloudnorm.Meter(SAMPLE_RATE_HZ).integrated_loudness(mono)
    voice = (mono * 10 ** ((-24 - loudness) / 20)).astype(np.float32)
    frames = np.pad(voice, (0, -len(voice) % SAMPLES_PER_FRAME)).reshape(-1, SAMPLES_PER_FRAME)
    prompt = Protocol().frames(heard_codes(mimi, frames), TEXT, ENCODE)
    assert torch.equal(said('seeded', RECORDED), tokens(half_lm, prompt, heard, SEEDED))


def test_a_persona_without_a_text_is_voice_and_silence(model, half_lm, heard):
    prompt = Protocol().frames(VOICE, '', ENCODE)
    assert prompt.shape[1] == VOICE.shape[1] + 12
    short = talk(model, replace(ADA, text=''), GREEDY, frames=60)
    assert torch.equal(short, tokens(half_lm, prompt, heard[:, :60], GREEDY))


def test_the_sound_is_what_mimi_makes_of_the_codes(model, said, mimi):
    session = model.open_session(GREEDY)
    session.prompt(ADA)
    sound = [session.step(pcm).pcm for pcm in NOISE[:30]]
    session.close()
    with torch.no_grad(), mimi.streaming(1):
        codes = said('greedy')[:30, None, 1:, None]
        expected = [mimi.decode(one)[0, 0].numpy() * FULL_SCALE for one in codes]
    for one, wanted in zip(sound, expected, strict=True):
        assert np.abs(one - wanted.clip(-FULL_SCALE, FULL_SCALE - 1)).max() <= 0.51


def test_eight_depth_steps_say_what_sixteen_say(said, whole_lm, heard):
    """The published file with all its steps, frame by frame, and the engine on the converted."""
    assert torch.equal(said('greedy'), tokens(whole_lm, PROMPT, heard, GREEDY))


def test_eight_depth_steps_draw_what_sixteen_draw_if_they_draw_as_often(
    model, said, whole_lm, heard, request
):
    """A depth step draws once per codebook, all from one generator.

    With eight draws less in a frame, the numbers of the next frame are others: the same
    distribution, not the same conversation for a seed. With those draws made and thrown away it
    is the same conversation.
    """
    expected = tokens(whole_lm, PROMPT, heard, SEEDED)
    assert not torch.equal(said('seeded'), expected)
    request.getfixturevalue('skipped_draws')
    assert torch.equal(talk(model, ADA, SEEDED), expected)


@pytest.fixture
def skipped_draws(monkeypatch):
    """Let eight depth steps leave the random numbers where sixteen would."""
    drawn = []

    def sample_token(logits, use_sampling, temp, top_k):
        token = sampling.sample_token(logits, use_sampling, temp, top_k)
        drawn.append(top_k)
        if len(drawn) % (1 + BOOKS) == 0:  # text, then the agent's codes
            for _ in range(BOOKS):
                torch.empty(1, top_k).exponential_(1)
        return token

    monkeypatch.setattr(lm, 'sample_token', sample_token)


@torch.no_grad()
def test_every_token_is_what_the_model_was_trained_to_say_there(said, whole_lm, heard):
    """Neither LMGen nor a state: one pass over the whole conversation as in training.

    Training reads frame f at position f + 1, a conversation at position f, whose frame 0 is
    never read; so frame 1 here is frame 0 there.
    """
    conversation = torch.cat([said('greedy').T, heard])
    codes = torch.cat([PROMPT, conversation], dim=1)[None, :, 1:]
    with no_compile():
        trained = whole_lm(codes)
    first = PROMPT.shape[1] - 1
    best = [one[0].argmax(dim=-1) for one in (trained.text_logits, trained.logits[:, :BOOKS])]
    # The last frame's delayed codes would be decided one position later.
    assert torch.equal(torch.cat(best)[:, first:-1], said('greedy').T[:, :-1])


def swapped_sides(frames: torch.Tensor) -> torch.Tensor:
    return torch.cat([frames[:1], frames[1 + BOOKS :], frames[1 : 1 + BOOKS]])


LATE = (*Protocol.delays[:2], *(2,) * (BOOKS - 1), *Protocol.delays[1 + BOOKS :])
UNDELAYED = (*(0,) * (1 + BOOKS), *Protocol.delays[1 + BOOKS :])

OTHER_ORDERS = {
    'text before voice': {'phases': ('text', 'silence', 'voice', 'silence')},
    'no silence after the voice': {'phases': ('voice', 'text', 'silence')},
    'no silence after the text': {'phases': ('voice', 'silence', 'text')},
    'a shorter silence': {'silence_frames': 5},
    'silence and sine exchanged': {'silence': SINE, 'sine': SILENCE},
    'a user who is silent': {'sine': SILENCE},
    'an agent who hums': {'silence': SINE},
    'other padding': {'pad': 0},
    'no tags': {'before': '', 'after': ''},
    'one tag': {'after': ''},
    'a closing tag': {'after': ' </system>'},
    'no delay': {'delays': UNDELAYED},
    'twice the delay': {'delays': LATE},
    'the last delayed codes left free': {'longer': (0, 0, *(-1,) * (BOOKS - 1))},
    'the last first code left free': {'longer': (0, -1, *(0,) * (BOOKS - 1))},
    'the last text left free': {'longer': (-1, *(0,) * BOOKS)},
    'a text too many': {'longer': (1, *(0,) * BOOKS)},
    'a frame of codes too many': {'longer': (0, *(1,) * BOOKS)},
}


@pytest.mark.parametrize('change', OTHER_ORDERS.values(), ids=OTHER_ORDERS)
def test_the_comparison_notices_another_order(said, half_lm, heard, change):
    protocol = replace(Protocol(), **change)
    prompt = protocol.frames(SHORT_VOICE, TEXT, ENCODE)
    assert differs(said('greedy', CODED), converse(half_lm, prompt, heard, GREEDY, protocol))


OTHER_FRAMES = {
    'agent and user exchanged': swapped_sides(SHORT),
    'codebooks in reverse': torch.cat([SHORT[:1], SHORT[1:].flip(0)]),
    'the voice backwards': Protocol().frames(SHORT_VOICE.flip(1), TEXT, ENCODE),
    'the first frame of the voice missing': SHORT[:, 1:],
    'the last frame of the prompt missing': SHORT[:, :-1],
    'the last frame twice': torch.cat([SHORT, SHORT[:, -1:]], dim=1),
}


@pytest.mark.parametrize('prompt', OTHER_FRAMES.values(), ids=OTHER_FRAMES)
def test_the_comparison_notices_other_frames(said, half_lm, heard, prompt):
    assert differs(said('greedy', CODED), converse(half_lm, prompt, heard, GREEDY))


@pytest.mark.parametrize('frames', [-1, 1])
def test_the_comparison_notices_a_user_who_is_heard_at_another_time(said, half_lm, heard, frames):
    assert differs(said('greedy', CODED), converse(half_lm, SHORT, heard.roll(frames, 1), GREEDY))


def test_the_comparison_notices_another_seed(said, half_lm, heard):
    other = replace(SEEDED, seed=SEEDED.seed + 1)
    assert differs(said('seeded'), converse(half_lm, PROMPT, heard, other))


def test_the_comparison_notices_depth_steps_in_another_order(said, source, heard):
    exchanged = whole(source)
    heads = exchanged.linears
    heads[1], heads[2] = heads[2], heads[1]
    assert differs(said('greedy'), converse(exchanged, PROMPT, heard, GREEDY))


def differs(said: torch.Tensor, other) -> bool:
    return any(not torch.equal(one, two) for one, two in zip(said, other, strict=True))
