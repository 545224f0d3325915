# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A state prepared piece by piece beside a conversation is the one prompted frame by frame."""

from parity_checkpoint import ADA
from parity_checkpoint import BOOKS
from parity_checkpoint import OTTO
from parity_checkpoint import voice_codes
from published_loop import converse
from published_loop import ENCODE
from published_loop import Protocol
import pytest
from talk import decoded_codes
from talk import GREEDY
from talk import NOISE
import torch

from personaplex_ros.model.memory import MemorySettings
from personaplex_ros.model.personaplex import PersonaPlex
from personaplex_ros.model.prompt import Prompt
from personaplex_ros.model.session import Session
from personaplex_ros.model.session import SessionSettings
from personaplex_ros.model.session_events import PersonaTaken

PIECE = 7
"""Positions taken in between two frames: no divisor of any prompt here."""

BEFORE = 40
AFTER = 60
MEMORY_FRAMES = 25
REMEMBERING = SessionSettings(memory=MemorySettings(memory_s=2.0))


@pytest.fixture
def otto(model, said):
    """A session that has talked as Otto for BEFORE frames, and what it said."""
    said('greedy')  # before the one session is taken
    session = model.open_session(GREEDY, REMEMBERING)
    session.prompt(OTTO)
    yield session, hear(session, range(BEFORE))
    session.close()


def hear(session: Session, frames: range) -> torch.Tensor:
    """Return text and agent codes of these frames of NOISE, int64 [1 + BOOKS, n]."""
    with decoded_codes() as codes:
        text = [session.step(NOISE[frame]).text_id for frame in frames]
    return torch.cat([torch.tensor([text]), torch.stack(codes, dim=1)])


def change(model: PersonaPlex, session: Session, prompt: Prompt, **how) -> torch.Tensor:
    """Talk on until the session is somebody else; return what it said meanwhile."""
    session.change_persona(prompt, **how)
    said = [torch.zeros(1 + BOOKS, 0, dtype=torch.long)]
    while not any(isinstance(event, PersonaTaken) for event in session.events):
        said.append(hear(session, range(session.frame, session.frame + 1)))
        model.advance(PIECE)
    assert len(said) > 10, 'it was not done in pieces'
    return torch.cat(said, dim=1)


def test_a_persona_that_was_prefilled_in_pieces_says_what_it_says(model, otto, said):
    session, _ = otto
    change(model, session, ADA)
    again = hear(session, range(AFTER))
    assert torch.equal(again.T, said('greedy')[:AFTER])


def test_a_rebuilt_conversation_is_the_prompt_and_what_was_said_frame_by_frame(
    model, otto, half_lm, heard
):
    """Ada's prompt, then Otto's last frames as if she had said them, then she goes on.

    Text and first code of the frame in which she takes over were drawn before, so that nothing
    is heard of it; its other codes are hers.
    """
    session, before = otto
    meanwhile = change(model, session, ADA, keep_memory=True)
    taken = session.frame
    after = hear(session, range(taken, taken + AFTER))
    spoken = torch.cat([before, meanwhile, after], dim=1)
    memory = torch.cat([spoken, heard[:, : taken + AFTER]])[:, BEFORE - MEMORY_FRAMES : taken + 1]
    prompt = Protocol().frames(voice_codes(ADA.voice), ADA.text, ENCODE)
    script = torch.cat([prompt, memory], dim=1)
    its_own = Protocol(longer=(0, 0, *(-1,) * (BOOKS - 1)))
    rest = heard[:, taken + 1 : taken + AFTER]
    expected = torch.stack(list(converse(half_lm, script, rest, GREEDY, its_own)), dim=1)
    assert torch.equal(after[:, 1:], expected)
    frame_late = torch.cat([prompt, memory[:, 1:]], dim=1)
    other = torch.stack(list(converse(half_lm, frame_late, rest, GREEDY, its_own)), dim=1)
    assert not torch.equal(other, expected), 'the comparison does not notice a missing frame'
