# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Personas that change beside the conversation, memory that stays, conversations without end."""

from dataclasses import replace

from moshi.models.lm import LMModel
import numpy as np
import pytest
from tiny_checkpoint import write_tiny

from personaplex_ros.model.checkpoint import Checkpoint
from personaplex_ros.model.lm import LanguageModel
from personaplex_ros.model.memory import MemorySettings
from personaplex_ros.model.memory import Window
from personaplex_ros.model.personaplex import PersonaPlex
from personaplex_ros.model.personaplex import SessionsBusy
from personaplex_ros.model.prompt import Prompt
from personaplex_ros.model.sampling import Sampling
from personaplex_ros.model.session import SessionSettings
from personaplex_ros.model.session_events import PersonaTaken
from personaplex_ros.model.session_events import Rebuilt
from personaplex_ros.model.session_events import Released

ADA = Prompt('You are a friendly robot and your name is Ada.', 'NATF0')
OTTO = Prompt('You are a helpful guide in the museum and your name is Otto.', 'NATM0')
SEEDED = Sampling(seed=11)
GREEDY = Sampling(audio_temperature=0, text_temperature=0)
NOISE = np.random.default_rng(8).integers(-9_000, 9_000, (600, 1920)).astype(np.int16)
ALL = 1 << 30


@pytest.fixture(scope='module')
def model(tmp_path_factory):
    """Two seats, no memory but for what a test asks of it."""
    return load(write_tiny(tmp_path_factory.mktemp('tiny')))


def load(directory, memory_s=60.0, sessions=2, **options):
    settings = SessionSettings(memory=MemorySettings(memory_s=memory_s))
    return PersonaPlex.load(
        directory, device='cpu', sessions=sessions, settings=settings, **options
    )


@pytest.fixture
def opened(model):
    """Open sessions that are closed at the end."""
    sessions = []

    def _open(sampling=SEEDED):
        sessions.append(model.open_session(sampling))
        return sessions[-1]

    yield _open
    for session in sessions:
        session.close()


def talk(session, first, count):
    """Step frames of NOISE; return what makes an answer, frame by frame."""
    outputs = [session.step(pcm) for pcm in NOISE[first : first + count]]
    return [(one.text_id, one.pcm.tobytes()) for one in outputs]


def the(kind, session):
    return [one for one in session.events if isinstance(one, kind)]


def rebuild(session):
    """Make the session do what the end of its window will make it do."""
    continuity = session._continuity
    continuity._remember(continuity._prepared, session._rebuilt)
    continuity.finish()


@pytest.mark.parametrize('sampling', [GREEDY, SEEDED], ids=['greedy', 'seeded'])
@pytest.mark.parametrize('said', [0, 1, 2, 40])
def test_a_rebuild_that_forgets_nothing_changes_nothing(opened, sampling, said):
    session = opened(sampling)
    session.prompt(ADA)
    expected = talk(session, 0, said + 60)
    session.prompt(ADA)
    assert talk(session, 0, said) == expected[:said]
    rebuild(session)
    assert the(Rebuilt, session)[0].memory_frames == said
    assert talk(session, said, 60) == expected[said:]


def test_a_rebuild_in_slices_with_frames_in_between_changes_nothing(model, opened):
    session = opened()
    session.prompt(ADA)
    expected = talk(session, 0, 100)
    session.prompt(ADA)
    said = talk(session, 0, 40)
    continuity = session._continuity
    continuity._remember(continuity._prepared, session._rebuilt)
    while session.pending:
        assert model.advance(7) <= 7
        said += talk(session, len(said), 1)
    assert the(Rebuilt, session) and len(said) > 45
    assert said + talk(session, len(said), 100 - len(said)) == expected


def test_memory_that_was_cut_is_what_a_fresh_model_would_have_after_prompt_and_memory(
    model, opened
):
    """The state holds the prompt and the last frames; what came before has no influence."""
    first, second = opened(), opened()
    for session in (first, second):
        session._continuity._window = Window(750, MemorySettings(memory_s=10 * 0.08))
    said = []
    for session, start in ((first, 0), (second, 200)):
        session.prompt(ADA)
        talk(session, start, 50)
        forced = session._hold.column  # both say the same from here on: silence
        session._hold.start(session.frame, 30)
        session._lm.rewrite(forced(session.frame))
        talk(session, 400, 14)
        rebuild(session)
        session._codec.reset()
        session._random.seed(5)
        session._hold.clear()
        said.append(talk(session, 420, 50))
    assert said[0] == said[1]


def test_the_old_persona_talks_on_until_the_new_one_is_ready(model, opened):
    session = opened()
    session.prompt(ADA)
    alone = talk(session, 0, 60)
    session.prompt(ADA)
    fresh = Prompt('You are somebody nobody has met before.', 'NATM0')
    session.change_persona(fresh)
    said = []
    while session.pending:
        model.advance(4)
        said += talk(session, len(said), 1) if session.pending else []
    assert said and said == alone[: len(said)]
    taken = the(PersonaTaken, session)
    assert [one.frame for one in taken] == [60 + len(said)]
    beside = talk(session, 100, 60)
    other = opened()
    other.prompt(fresh)
    assert talk(other, 100, 60) == beside


def test_a_kept_persona_is_there_with_the_next_frame(model, opened):
    session = opened()
    session.prompt(OTTO)
    otto = talk(session, 0, 20)
    session.prompt(ADA)
    talk(session, 0, 20)
    session.change_persona(OTTO)
    assert not session.pending and len(the(PersonaTaken, session)) == 1
    assert talk(session, 0, 20) == otto


def test_a_second_change_takes_the_place_of_the_first(model, opened):
    session = opened()
    session.prompt(ADA)
    session.change_persona(Prompt('One that will never be.', 'NATM0'))
    model.advance(5)
    wanted = Prompt('The one that is wanted in the end.', 'NATF0')
    session.change_persona(wanted)
    while session.pending:
        model.advance(5)
    assert len(the(PersonaTaken, session)) == 1
    other = opened()
    other.prompt(wanted)
    assert talk(session, 0, 30) == talk(other, 0, 30)


def test_a_session_that_closes_in_the_middle_of_a_prefill_leaves_the_way_free(model, opened):
    session, other = opened(), opened()
    other.change_persona(Prompt('Somebody who waits behind.', 'NATM0'))
    session.change_persona(Prompt('Somebody who leaves.', 'NATF0'))
    model.advance(3)
    other.close()
    session.prompt(ADA)
    assert not model.pending
    expected = talk(session, 0, 20)
    session.prompt(ADA)
    assert talk(session, 0, 20) == expected


def test_a_rebuild_that_must_be_finished_waits_for_no_prompt_of_another(
    model, opened, monkeypatch
):
    """That one begins anew behind it, and comes out as if it had never been disturbed."""
    session, other = opened(), opened()
    session.prompt(ADA)
    expected = talk(session, 0, 40)
    session.prompt(ADA)
    talk(session, 0, 20)
    wanted = Prompt('Somebody who waits and waits.', 'NATM0')
    other.change_persona(wanted)
    model.advance(6)
    taken_in, real = [], LanguageModel.take_in
    monkeypatch.setattr(
        LanguageModel, 'take_in', lambda lm, x: (taken_in.append(x.shape[1]), real(lm, x))
    )
    continuity = session._continuity
    continuity._remember(continuity._prepared, session._rebuilt)
    length = continuity._job.end
    continuity.finish()
    assert taken_in == [length], 'the frame waited for more than its own rebuild'
    assert talk(session, 20, 20) == expected[20:]
    assert other.pending and not other.ready
    while other.pending:
        model.advance(5)
    beside = talk(other, 100, 30)
    other.prompt(wanted)
    assert talk(other, 100, 30) == beside


def test_kept_memory_stays_behind_the_new_persona(model, opened):
    session = opened()
    session.prompt(ADA)
    talk(session, 0, 30)
    session.change_persona(OTTO, keep_memory=True)
    session._continuity.finish()
    assert len(the(PersonaTaken, session)) == 1
    prompt = model._preparer.prepare(OTTO)
    assert session._lm.position == prompt.positions + 30
    with_memory = talk(session, 30, 40)
    session.prompt(OTTO)
    assert talk(session, 30, 40) != with_memory


def test_sessions_do_not_hear_each_other(opened):
    alone = []
    for start, persona in ((0, ADA), (300, OTTO)):
        session = opened(replace(SEEDED, seed=start))
        session.prompt(persona)
        alone.append(talk(session, start, 40))
        session.close()
    first, second = opened(replace(SEEDED, seed=0)), opened(replace(SEEDED, seed=300))
    first.prompt(ADA)
    second.prompt(OTTO)
    together = [[], []]
    for frame in range(40):
        together[0] += talk(first, frame, 1)
        together[1] += talk(second, 300 + frame, 1)
    assert together == alone


def test_there_are_as_many_sessions_as_were_asked_for(model, opened):
    opened()
    second = opened()
    with pytest.raises(SessionsBusy, match='2 of 2'):
        model.open_session()
    second.close()
    opened().prompt(ADA)


@pytest.mark.parametrize('sessions', [0, -1, 65])
def test_a_senseless_number_of_sessions_is_refused(tiny_directory, sessions):
    with pytest.raises(ValueError, match='expected 1 to 64'):
        PersonaPlex.load(tiny_directory, device='cpu', sessions=sessions)


def test_a_long_conversation_is_rebuilt_and_keeps_its_persona(tiny_directory):
    model = load(tiny_directory, memory_s=2.0, sessions=1)
    window = Checkpoint(tiny_directory).config.lm['context']
    session = model.open_session(SEEDED)
    report = session.prompt(ADA)
    rebuilds, highest = [], 0
    for frame in range(3 * window):
        session.step(NOISE[frame % len(NOISE)])
        while session.pending:
            model.advance(16)
        rebuilds += the(Rebuilt, session)
        highest = max(highest, session._lm.position)
    assert len(rebuilds) >= 2
    assert highest <= window, 'the prompt would have left attention'
    assert all(one.report.positions == report.positions for one in rebuilds)
    assert all(0 < one.memory_frames <= 25 + 5 for one in rebuilds)
    session.close()


def test_a_rebuild_that_nobody_finishes_is_finished_before_its_memory_is_gone(tiny_directory):
    model = load(tiny_directory, memory_s=1.0, sessions=1)
    session = model.open_session(SEEDED)
    session.prompt(ADA)
    talk(session, 0, 30)
    session._continuity._remember(session._continuity._prepared, session._rebuilt)
    talk(session, 30, 160)
    assert the(Rebuilt, session)
    session.close()


@pytest.fixture(scope='module')
def forgetful(tiny_directory):
    """One seat whose conversations remember a second."""
    return load(tiny_directory, memory_s=1.0, sessions=1)


def test_a_late_persona_is_prefilled_beside_the_conversation_too(forgetful):
    """The conversation is longer by then than what is kept of it for a rebuild."""
    session = forgetful.open_session(SEEDED)
    session.prompt(ADA)
    while session.frame < Window(200, MemorySettings(memory_s=1.0)).history_frames + 1:
        session.step(NOISE[session.frame])
        while session.pending:
            forgetful.advance(ALL)
    session.change_persona(Prompt('Somebody who comes late.', 'NATM0'))
    talk(session, 0, 3)
    assert session.pending, 'a frame had to wait for the whole prompt'
    session.close()


@pytest.mark.parametrize('keep_memory', [False, True])
def test_what_nobody_finishes_is_finished_before_the_window_ends(forgetful, keep_memory):
    """With a prompt that leaves little of the window, too: nothing outgrows it."""
    session = forgetful.open_session(SEEDED)
    long = Prompt('robot ' * 86, 'NATF0')
    assert session.prompt(long).positions > 90
    talk(session, 0, 40)
    wanted = Prompt('robot ' * 84, 'NATM0')
    session.change_persona(wanted, keep_memory)
    highest = 0
    while not the(PersonaTaken, session):
        session.step(NOISE[session.frame])
        highest = max(highest, session._lm.position)
        assert session.frame < 400
    assert highest <= session._lm.window
    session.close()


def test_a_silence_that_ends_with_another_persona_is_told_to_end(model, opened):
    """Its last frame is over, and the frame that would have told it never comes."""
    session = opened()
    session.prompt(ADA)
    session.interrupt()
    while session.held:
        talk(session, 0, 1)
    session.change_persona(OTTO)
    while session.pending:
        model.advance(ALL)
    assert [one.reason for one in the(Released, session)] == ['persona']
    talk(session, 0, 3)
    assert not the(Released, session)


def window(**changes):
    return Window(3000, MemorySettings(**changes))


def test_a_pause_is_taken_once_the_window_is_mostly_used():
    assert not window().rebuild_due(begun_at=92, position=2200, quiet_frames=100)
    assert not window().rebuild_due(begun_at=92, position=2300, quiet_frames=5)
    assert window().rebuild_due(begun_at=92, position=2300, quiet_frames=6)


def test_without_a_pause_the_reserve_is_the_limit():
    assert not window().rebuild_due(begun_at=92, position=2949, quiet_frames=0)
    assert window().rebuild_due(begun_at=92, position=2950, quiet_frames=0)


def test_a_conversation_begun_late_is_not_rebuilt_at_every_pause():
    assert not window().rebuild_due(begun_at=2400, position=2600, quiet_frames=99)
    assert window().rebuild_due(begun_at=2400, position=2700, quiet_frames=99)


@pytest.mark.parametrize(
    ('memory_s', 'prompt', 'frames'),
    [(60.0, 92, 750), (60.0, 2600, 175), (600.0, 92, 1429), (0.0, 92, 0), (60.0, 2999, 0)],
)
def test_memory_leaves_room_for_the_conversation(memory_s, prompt, frames):
    assert window(memory_s=memory_s).memory_frames(prompt) == frames


def test_a_prompt_that_nobody_talks_beside_is_one_pass_without_the_depth_transformer(
    model, opened, monkeypatch
):
    """This is why a prompt of 92 frames costs a few per cent of stepping through it."""
    passes, depth_steps = [], []
    take_in, depth = LanguageModel.take_in, LMModel.forward_depformer

    def counted_pass(lm, inputs):
        passes.append(inputs.shape[1])
        take_in(lm, inputs)

    def counted_depth(lm, *arguments):
        depth_steps.append(1)
        return depth(lm, *arguments)

    monkeypatch.setattr(LanguageModel, 'take_in', counted_pass)
    monkeypatch.setattr(LMModel, 'forward_depformer', counted_depth)
    session = opened()
    report = session.prompt(Prompt('Nobody was prompted with this text before.', 'NATF0'))
    assert passes == [report.positions - 1]
    assert len(depth_steps) == model._config.agent_codebooks, 'the first step of the talk alone'
