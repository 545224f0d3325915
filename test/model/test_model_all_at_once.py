# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Silence, speech on request and rebuilds at the same time, and sessions of different tastes.

A rebuild that forgets nothing must not be heard, whatever else happens around it.
"""

from random import Random

import numpy as np
import pytest

from personaplex_ros.model.hold import HoldSettings
from personaplex_ros.model.persona_cache import MEBIBYTE
from personaplex_ros.model.persona_cache import PersonaCache
from personaplex_ros.model.persona_disk import PersonaDisk
from personaplex_ros.model.personaplex import PersonaPlex
from personaplex_ros.model.prompt import Prompt
from personaplex_ros.model.sampling import Sampling
from personaplex_ros.model.say import SayError
from personaplex_ros.model.session import SessionSettings
from personaplex_ros.model.session_events import PersonaTaken
from personaplex_ros.model.session_events import Rebuilt

ADA = Prompt('You are a friendly robot and your name is Ada.', 'NATF0')
FRAMES = 76
"""As many as the tiny window leaves to memory, so that nothing is forgotten."""

LOUD = np.random.default_rng(8).integers(-9_000, 9_000, (FRAMES, 1920)).astype(np.int16)
REBUILT = (Rebuilt, PersonaTaken)


@pytest.fixture(scope='module')
def model(tiny_directory):
    """Two seats; an interrupt lasts eight frames."""
    settings = SessionSettings(hold=HoldSettings(hold_ms=640.0))
    return PersonaPlex.load(tiny_directory, device='cpu', sessions=2, settings=settings)


def ask(session, random, frame):
    """Ask for something or nothing."""
    dice = random.random()
    if dice < 0.05:
        session.interrupt()
    elif dice < 0.10:
        try:
            session.say(frame, 'You are a friendly robot', random.random() < 0.4)
        except SayError:
            pass  # enough wait already
    elif dice < 0.13:
        session.hold_text(frame, random.randrange(1, 12))
    elif dice < 0.15:
        session.release('user_speech')
    elif dice < 0.17:
        session.cancel_say(random.randrange(frame + 1))


def rebuild(model, session, random):
    """Begin a rebuild now and then, as the end of the window or as the same persona anew."""
    if not session.pending and random.random() < 0.1:
        if random.random() < 0.5:
            session._continuity._remember(session._continuity._prepared, session._rebuilt)
        else:
            session.change_persona(ADA, keep_memory=True)
    if session.pending:
        model.advance(random.choice((1, 3, 9, 40)))


def conversation(model, seed, rebuilding):
    """Return what is heard and told, frame by frame, and how often the state was made anew."""
    asking, rebuilds, session = Random(seed), Random(~seed), model.open_session(Sampling(seed=3))
    session.prompt(ADA)
    heard, rebuilt = [], 0
    for frame in range(FRAMES):
        ask(session, asking, frame)
        if rebuilding:
            rebuild(model, session, rebuilds)
        loud = frame % 20 > 8 and asking.random() < 0.5
        output = session.step(LOUD[frame] if loud else np.zeros(1920, np.int16))
        events = session.events
        rebuilt += sum(isinstance(one, REBUILT) for one in events)
        told = [one for one in events if not isinstance(one, REBUILT)]
        heard.append((output.text_id, output.held, output.pcm.tobytes(), told))
    session.close()
    return heard, rebuilt


@pytest.mark.parametrize('seed', range(8))
def test_rebuilds_are_not_heard_whatever_else_is_asked_for(model, seed):
    expected, never = conversation(model, seed, rebuilding=False)
    heard, rebuilt = conversation(model, seed, rebuilding=True)
    assert never == 0 < rebuilt
    assert heard == expected


def test_a_persona_that_came_from_a_disk_can_be_rebuilt(model, tiny_directory, tmp_path):
    expected, _ = conversation(model, 1, rebuilding=True)
    for directory in (tmp_path, tmp_path):  # written, then read
        fresh = PersonaPlex.load(
            tiny_directory,
            device='cpu',
            settings=SessionSettings(hold=HoldSettings(hold_ms=640.0)),
        )
        fresh.persona_cache = PersonaCache(0)
        disk = PersonaDisk(directory, MEBIBYTE, fresh._config)
        fresh.persona_cache.use_disk(disk)
        assert conversation(fresh, 1, rebuilding=True)[0] == expected
        disk.close()
    assert fresh.persona_cache.report()['hits'] == 1


def test_sessions_that_draw_differently_do_not_change_each_other(model):
    tastes = (
        Sampling(audio_temperature=0.0, text_temperature=0.0),
        Sampling(audio_temperature=1.5, text_temperature=1.2, audio_top_k=0, text_top_k=3, seed=4),
    )

    def said(*sessions):
        for session in sessions:
            session.prompt(ADA)
        frames = [[one.step(pcm).pcm.tobytes() for one in sessions] for pcm in LOUD[:30]]
        return [list(frames_of_one) for frames_of_one in zip(*frames, strict=True)]

    alone = []
    for taste in tastes:
        session = model.open_session(taste)
        alone += said(session)
        session.close()
    both = [model.open_session(taste) for taste in tastes]
    assert said(*both) == alone
    assert alone[0] != alone[1]
    for session in both:
        session.close()
