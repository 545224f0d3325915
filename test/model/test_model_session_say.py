# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Speech on request in a session: the model's own text stream says it, and stops when told."""

import numpy as np
import pytest

from personaplex_ros.model.hold import HoldSettings
from personaplex_ros.model.prompt import Prompt
from personaplex_ros.model.sampling import Sampling
from personaplex_ros.model.say import SayError
from personaplex_ros.model.say_events import SayEnded
from personaplex_ros.model.say_events import TextFreed
from personaplex_ros.model.say_events import WordBegun
from personaplex_ros.model.session import SessionSettings
from personaplex_ros.model.session_events import Released

ADA = Prompt('You are a friendly robot and your name is Ada.', 'NATF0')
OTTO = Prompt('You are a helpful guide in the museum and your name is Otto.', 'NATM0')
QUIET = np.zeros(1920, dtype=np.int16)
LOUD = (8_000 * np.sin(np.arange(1920) * 0.1)).astype(np.int16)
TEXT = 'You are a friendly robot'
CONTROL = {0, 3}
LONGEST = 300
"""Frames in which every text of these tests is over."""


@pytest.fixture
def session(open_session):
    session = open_session(Sampling(seed=11))
    session.prompt(ADA)
    run(session, 5)
    session.events  # noqa: B018
    return session


def run(session, frames, pcm=QUIET):
    """Step; return outputs and events, both by the frame that brought them."""
    outputs, events = [], []
    for _ in range(frames):
        outputs.append(session.step(pcm))
        events += session.events
    return outputs, events


def until(session, kind, pcm=QUIET):
    """Step until an event of this kind; return outputs and all events."""
    outputs, events = [], []
    while not any(isinstance(one, kind) for one in events):
        more = run(session, 1, pcm)
        outputs += more[0]
        events += more[1]
        assert len(outputs) < LONGEST
    return outputs, events


def spoken_text(outputs):
    return ''.join(one.piece for one in outputs).strip()


def test_the_text_and_nothing_else_is_said_from_the_frame_after_the_next(session):
    session.say(7, TEXT)
    outputs, events = until(session, SayEnded)
    own, given = outputs[:1], outputs[1:]
    assert spoken_text(given) == TEXT
    words = [one for one in events if isinstance(one, WordBegun)]
    assert [one.word for one in words] == TEXT.split()
    first = session.frame - len(outputs)
    for word in words:
        assert outputs[word.frame - first].piece.strip(), 'a word begins with a piece'
    assert isinstance(events[-1], SayEnded)
    assert (events[-1].spoken, events[-1].reason) == (TEXT, 'finished')
    assert len(own) == 1


def test_the_model_remembers_that_it_said_it(session):
    """What is forced is in the history that the temporal transformer reads."""
    heard = []
    hook = session._lm._lm.text_emb.register_forward_pre_hook(
        lambda _, tokens: heard.append(int(tokens[0]))
    )
    session.say(7, TEXT)
    outputs, _ = until(session, SayEnded)
    hook.remove()
    assert heard == [one.text_id for one in outputs]


def test_its_sound_follows_the_text(open_session):
    """The same state and seed with another text say something else."""
    sounds = []
    for text in (TEXT, 'A helpful guide in the museum'):
        session = open_session(Sampling(seed=11))
        session.prompt(ADA)
        session.say(1, text)
        sounds.append(np.concatenate([one.pcm for one in run(session, 40)[0]]))
        session.close()
    assert not np.array_equal(*sounds)


def test_numbers_are_spoken_as_words(session):
    session.say(1, 'Platform 9')
    outputs, events = until(session, SayEnded)
    assert spoken_text(outputs[1:]).split()[-1] == 'nine'
    assert events[-1].spoken == 'Platform 9'


def test_an_interrupt_ends_it_with_what_was_said(session):
    session.say(1, TEXT)
    outputs, events = until(session, WordBegun)
    session.interrupt()
    outputs, events = run(session, 3)
    ended = next(one for one in events if isinstance(one, SayEnded))
    assert ended.reason == 'interrupt' and TEXT.startswith(ended.spoken)
    assert ended.frame == session.frame - 3
    assert all(one.text_id == 3 for one in outputs)


def test_a_user_who_takes_the_floor_ends_it_but_a_knock_does_not(session):
    session.say(1, TEXT)
    until(session, WordBegun)
    _, events = run(session, 2, LOUD)
    assert not any(isinstance(one, SayEnded) for one in events)
    run(session, 4)
    _, events = run(session, 3, LOUD)
    ended = [one for one in events if isinstance(one, SayEnded)]
    assert [one.reason for one in ended] in (['user_speech'], ['finished'])


def test_a_persona_ends_it(session):
    session.say(1, TEXT)
    until(session, WordBegun)
    session.prompt(OTTO)
    ended = [one for one in session.events if isinstance(one, SayEnded)]
    assert [one.reason for one in ended] == ['persona']


def test_saying_something_ends_an_interrupts_silence(open_session):
    settings = SessionSettings(hold=HoldSettings(hold_ms=8_000.0))
    session = open_session(Sampling(seed=11), settings)
    session.prompt(ADA)
    session.interrupt()
    run(session, 2)
    session.say(1, TEXT)
    outputs, events = until(session, SayEnded)
    assert [one.reason for one in events if isinstance(one, Released)] == ['say']
    assert spoken_text(outputs) == TEXT


def test_interrupt_first_silences_the_agent_and_drops_what_it_was_told_before(session):
    session.say(1, TEXT)
    until(session, WordBegun)
    session.say(2, 'guide in the museum', interrupt_first=True)
    outputs, events = until(session, SayEnded)
    assert [(one.id, one.reason) for one in events if isinstance(one, SayEnded)] == [
        (1, 'interrupt')
    ]
    assert outputs[0].held
    outputs, events = until(session, SayEnded)
    assert spoken_text(outputs) == 'guide in the museum'
    assert (events[-1].id, events[-1].reason) == (2, 'finished')


def test_a_text_that_is_refused_interrupts_nothing(session):
    with pytest.raises(SayError):
        session.say(2, ' \n', interrupt_first=True)
    assert not session.held


def test_a_cancelled_text_begins_no_other_word_and_the_agent_is_free(session):
    session.say(1, TEXT)
    until(session, WordBegun)
    session.cancel_say(1)
    outputs, events = until(session, SayEnded)
    assert (events[-1].reason, events[-1].spoken) == ('cancelled', 'You')
    assert not any(one.held for one in outputs)


def test_held_text_lets_no_word_begin_until_the_time_is_up(session):
    session.hold_text(4, 30)
    before = session.frame
    outputs, events = run(session, 31)
    assert [one.text_id for one in outputs[1:]] == [3] * 30
    assert events == [TextFreed(4, before + 31, 'timeout')]


def test_held_text_goes_over_into_what_is_to_be_said(session):
    session.hold_text(4, 100)
    run(session, 10)
    session.say(5, TEXT)
    outputs, events = until(session, SayEnded)
    assert [one.reason for one in events if isinstance(one, TextFreed)] == ['say']
    assert spoken_text(outputs) == TEXT


def test_a_rebuild_in_the_middle_of_a_text_loses_no_word(session):
    session.say(1, TEXT)
    first, _ = until(session, WordBegun)
    continuity = session._continuity
    continuity._remember(continuity._prepared, session._rebuilt)
    continuity.finish()
    rest, events = until(session, SayEnded)
    assert spoken_text(first[1:] + rest) == TEXT
    assert events[-1].reason == 'finished'
