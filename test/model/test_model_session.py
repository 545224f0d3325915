# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A session: prompts, frames, interrupts, seeds."""

import contextlib
import shutil

from moshi.utils import compile as moshi_compile
import numpy as np
import pytest

from personaplex_ros.audio.format import AudioFormatError
from personaplex_ros.model.hold import HoldSettings
from personaplex_ros.model.lm import LanguageModel
from personaplex_ros.model.personaplex import PersonaPlex
from personaplex_ros.model.personaplex import SessionsBusy
from personaplex_ros.model.personaplex import WARM_UP_FRAMES
from personaplex_ros.model.prompt import Prompt
from personaplex_ros.model.prompt import PromptTooLong
from personaplex_ros.model.prompt import UnknownVoice
from personaplex_ros.model.sampling import Sampling
from personaplex_ros.model.session import SessionSettings
from personaplex_ros.model.session_events import Released

ADA = Prompt('You are a friendly robot and your name is Ada.', 'NATF0')
OTTO = Prompt('You are a helpful guide in the museum and your name is Otto.', 'NATF0')
QUIET = np.zeros(1920, dtype=np.int16)
LOUD = (8_000 * np.sin(np.arange(1920) * 0.1)).astype(np.int16)
SEEDED = Sampling(seed=11)
HOLD = SessionSettings(hold=HoldSettings(hold_ms=800.0))


def talk(session, frames, pcm=QUIET):
    return [session.step(pcm) for _ in range(frames)]


def sound(outputs):
    return np.concatenate([one.pcm for one in outputs])


def releases(session):
    return [one.reason for one in session.events if isinstance(one, Released)]


def words(outputs):
    return [one.text_id for one in outputs]


def test_every_frame_from_the_first_on_has_an_output(open_session, tiny_model):
    session = open_session(SEEDED)
    report = session.prompt(ADA)
    assert report.positions == 5 + 2 + 2 + len_of_text(tiny_model, ADA)
    for output in talk(session, 20):
        assert output.pcm.shape == (1920,) and output.pcm.dtype == np.int16
        assert min(output.encode_ms, output.step_ms, output.decode_ms) > 0


def len_of_text(model, prompt):
    return model._preparer.prepare(prompt).positions - 9


def test_the_language_model_also_runs_in_bfloat16(tiny_directory):
    model = PersonaPlex.load(tiny_directory, device='cpu', dtype='bfloat16')
    assert model.dtype == 'bfloat16'
    session = model.open_session(SEEDED)
    session.prompt(ADA)
    assert any(one.pcm.any() for one in talk(session, 5))


def test_the_same_seed_says_the_same(open_session):
    session = open_session(SEEDED)
    runs = []
    for _ in range(2):
        session.prompt(ADA)
        runs.append(talk(session, 25))
    assert words(runs[0]) == words(runs[1])
    assert np.array_equal(sound(runs[0]), sound(runs[1]))


def test_without_a_seed_no_two_conversations_are_alike(open_session):
    session = open_session(Sampling())
    session.prompt(ADA)
    first = talk(session, 25)
    session.prompt(ADA)
    assert not np.array_equal(sound(first), sound(talk(session, 25)))


@pytest.mark.parametrize('other', [OTTO, Prompt(ADA.text, 'NATM0'), Prompt('', 'NATF0')])
def test_text_and_voice_each_change_what_is_said(open_session, other):
    session = open_session(SEEDED)
    session.prompt(ADA)
    first = talk(session, 25)
    session.prompt(other)
    assert not np.array_equal(sound(first), sound(talk(session, 25)))


def test_a_persona_can_change_in_the_middle_and_leaves_no_trace(open_session):
    session = open_session(SEEDED)
    session.prompt(OTTO)
    fresh = talk(session, 15)
    session.prompt(ADA)
    talk(session, 33, LOUD)
    session.prompt(OTTO)
    assert np.array_equal(sound(fresh), sound(talk(session, 15)))


@pytest.mark.parametrize(
    ('bad', 'reason'),
    [(Prompt('hi', 'NATF9'), UnknownVoice), (Prompt('word ' * 200, 'NATF0'), PromptTooLong)],
)
def test_a_refused_prompt_leaves_the_old_persona_talking(open_session, bad, reason):
    session = open_session(SEEDED)
    session.prompt(ADA)
    whole = talk(session, 20)
    session.prompt(ADA)
    first = talk(session, 10)
    with pytest.raises(reason):
        session.prompt(bad)
    assert words(first + talk(session, 10)) == words(whole)


def test_an_interrupt_silences_the_very_next_frame(open_session):
    session = open_session(SEEDED, HOLD)
    session.prompt(ADA)
    assert any(one.pcm.any() for one in talk(session, 10))
    session.interrupt()
    held = talk(session, HOLD.hold.hold_frames)
    assert all(one.held and one.text_id == 3 and one.piece == '' for one in held)
    assert not held[0].pcm[120:].any()  # 5 ms fade
    assert not sound(held[1:]).any()


def test_the_models_own_history_agrees_that_it_stopped(open_session, tiny_model):
    session = open_session(SEEDED, HOLD)
    config, lm = tiny_model._config, session._lm._lm
    session.prompt(ADA)
    talk(session, 10)
    session.interrupt()
    heard = {stream: [] for stream in range(5)}
    modules = [lm.text_emb, *lm.emb[:4]]
    hooks = [
        module.register_forward_pre_hook(lambda _, args, row=row: row.append(int(args[0])))
        for module, row in zip(modules, heard.values(), strict=True)
    ]
    talk(session, 12)
    for hook in hooks:
        hook.remove()
    silent = [3, *config.prompt.silence_codes]
    for stream, delay in enumerate(config.lm['delays'][:5]):
        frames = heard[stream][delay : delay + HOLD.hold.hold_frames]
        assert frames == [silent[stream]] * HOLD.hold.hold_frames
    assert heard[2][0] != silent[2]  # the frame before was heard and stays as it was said


def test_a_hold_ends_by_itself_and_says_so_with_the_first_free_frame(open_session):
    session = open_session(SEEDED, HOLD)
    session.prompt(ADA)
    talk(session, 5)
    session.interrupt()
    talk(session, HOLD.hold.hold_frames)
    assert session.events == [] and not session.held
    free = talk(session, 1)[0]
    assert releases(session) == ['timeout']
    assert not free.held and free.pcm.any()
    assert session.events == []


def test_new_user_speech_releases_at_once(open_session):
    session = open_session(SEEDED, HOLD)
    session.prompt(ADA)
    talk(session, 5)
    session.interrupt()
    outputs = [*talk(session, 3), *talk(session, 1, LOUD), *talk(session, 1)]
    assert [one.held for one in outputs] == [True, True, True, True, False]
    assert releases(session) == ['user_speech']


def test_speech_that_was_there_before_does_not_release(open_session):
    session = open_session(SEEDED, HOLD)
    session.prompt(ADA)
    talk(session, 5, LOUD)
    session.interrupt()
    assert all(one.held for one in talk(session, HOLD.hold.hold_frames, LOUD))


def test_a_second_interrupt_prolongs_the_first(open_session):
    session = open_session(SEEDED, HOLD)
    session.prompt(ADA)
    session.interrupt()
    talk(session, 6)
    session.interrupt()
    assert all(one.held for one in talk(session, HOLD.hold.hold_frames))
    assert not talk(session, 1)[0].held


def test_release_lets_the_frame_after_the_next_speak(open_session):
    session = open_session(SEEDED, HOLD)
    session.prompt(ADA)
    session.interrupt()
    talk(session, 2)
    session.release('say')
    assert [one.held for one in talk(session, 2)] == [True, False]
    assert releases(session) == ['say']


def test_a_new_persona_ends_a_hold(open_session):
    session = open_session(SEEDED, HOLD)
    session.prompt(ADA)
    session.interrupt()
    talk(session, 2)
    session.prompt(OTTO)
    assert releases(session) == ['persona']
    assert not talk(session, 1)[0].held


def test_only_one_session_at_a_time_until_it_is_closed(tiny_model, open_session):
    session = open_session()
    with pytest.raises(SessionsBusy):
        tiny_model.open_session()
    session.close()
    session.close()
    open_session().prompt(ADA)
    with pytest.raises(RuntimeError, match='closed'):
        session.step(QUIET)


def test_a_session_without_a_persona_says_what_to_do(open_session):
    with pytest.raises(RuntimeError, match=r'call prompt\(\)'):
        open_session().step(QUIET)


@pytest.mark.parametrize('bad', [np.zeros(960, np.int16), np.zeros(1920, np.float32)])
def test_a_frame_of_another_kind_is_refused(open_session, bad):
    session = open_session()
    session.prompt(ADA)
    with pytest.raises(AudioFormatError, match='int16'):
        session.step(bad)


@pytest.mark.parametrize(
    ('field', 'value'),
    [
        ('audio_temperature', -0.1),
        ('text_temperature', 3.5),
        ('text_temperature', float('nan')),
        ('audio_top_k', -1),
        ('text_top_k', 2.5),
        ('seed', -1),
        ('seed', True),
    ],
)
def test_sampling_out_of_range_names_the_field(open_session, field, value):
    with pytest.raises(ValueError, match=field):
        open_session(Sampling(**{field: value}))


@pytest.fixture
def captures(monkeypatch):
    """Let CUDA graphs be captured that run nothing; returns the list of those that were."""
    captured = []

    class Graph:
        def __init__(self) -> None:
            captured.append(self)

        def replay(self) -> None:
            pass

    monkeypatch.setattr(moshi_compile.cuda, 'CUDAGraph', Graph)
    monkeypatch.setattr(moshi_compile.cuda, 'graph', lambda graph: contextlib.nullcontext())
    return captured


def test_another_temperature_is_captured_in_the_prompt_and_in_no_frame(tiny_directory, captures):
    model = PersonaPlex.load(tiny_directory, device='cpu')
    session = model.open_session()
    graphed = session._lm._state.graphed_depth
    graphed.disable = False
    graphed.reset(warmup_steps=1)
    session.prompt(ADA)
    talk(session, 2)
    assert len(captures) == 1
    session.close()
    session = model.open_session(Sampling(audio_temperature=0.3))
    assert session._lm._state.graphed_depth is graphed
    session.prompt(ADA)
    assert len(captures) == 2
    talk(session, 3)
    assert len(captures) == 2
    session.close()


def test_a_depth_transformer_that_never_ran_runs_once_before_it_is_captured(tiny_directory):
    lm = PersonaPlex.load(tiny_directory, device='cpu')._prefiller._lm
    lm.set_sampling(Sampling(audio_temperature=0.3))
    assert lm._state.graphed_depth.warmup_steps == 1


def test_a_model_without_a_usable_voice_is_warmed_up_too(tiny_directory, tmp_path, monkeypatch):
    directory = shutil.copytree(tiny_directory, tmp_path / 'tiny')
    for voice in (directory / 'voices').iterdir():
        voice.write_bytes(b'damaged')
    stepped, step = [], LanguageModel.step

    def noted(self, *arguments):
        stepped.append(self)
        return step(self, *arguments)

    monkeypatch.setattr(LanguageModel, 'step', noted)
    model = PersonaPlex.load(directory, device='cpu', sessions=2)
    for seat in model._free:
        assert stepped.count(seat.lm) == 1 + WARM_UP_FRAMES
