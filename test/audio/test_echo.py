# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The robot does not hear itself, and hears the visitor; `make bench-echo` has the full table."""

import sys

from echo_stage import BLOCK
from echo_stage import NOW_S
from echo_stage import RATE_HZ
from echo_stage import silence
from echo_stage import speech
from echo_stage import STEP
from echo_stage import visit
import numpy as np
import pytest

from bench.echo_scene import dense_script
from bench.echo_scene import play
from bench.echo_scene import Script
from bench.echo_wires import OneNode
from personaplex_ros.audio.echo import webrtc
from personaplex_ros.audio.echo.delay import EchoDelay
from personaplex_ros.audio.echo.guard import Guard
from personaplex_ros.audio.echo.make import make_canceller
from personaplex_ros.audio.echo.meters import ErleMeter
from personaplex_ros.audio.echo.path import EchoPath
from personaplex_ros.audio.echo.report import EchoState
from personaplex_ros.audio.echo.settings import EchoMode
from personaplex_ros.audio.echo.settings import EchoSettings
from personaplex_ros.audio.echo.settings import EchoSettingsError
from personaplex_ros.audio.simulation.room import RoomSettings

pywebrtc_audio = pytest.importorskip('pywebrtc_audio')

NOISE_DBFS = -60.0
ROOM = RoomSettings(echo_db=6.0, visitor_db=-10.0, noise_dbfs=NOISE_DBFS)


def opening(seconds: float) -> tuple[np.ndarray, np.ndarray]:
    """A second of silence, then the robot speaks and the visitor listens."""
    robot = np.concatenate((silence(1.0), speech('robot', 0.0, seconds)))
    return robot, np.zeros_like(robot)


@pytest.fixture(scope='module')
def conversation():
    """Robot alone until 9 s, both until 12 s, visitor alone from 13 s to 16 s."""
    robot = np.concatenate((silence(1.0), speech('robot', 0.0, 11.0), silence(4.0)))
    visitor = np.concatenate(
        (silence(9.0), speech('visitor', 0.0, 3.0), silence(1.0), speech('visitor', 3.0, 3.0))
    )
    return visit(EchoPath(EchoSettings(), RATE_HZ), robot, visitor, ROOM)


def test_the_robot_alone_leaves_nothing_but_the_noise_of_the_room(conversation):
    assert conversation.level_db('microphone', 3.0, 8.5) > -40
    assert conversation.level_db('clean', 1.0, 8.5) < NOISE_DBFS + 2


def test_a_visitor_alone_passes_unchanged(conversation):
    loss_db = conversation.level_db('near', 13.5, 16.0) - conversation.level_db(
        'clean', 13.5, 16.0
    )
    assert abs(loss_db) < 1.0


def test_a_visitor_gets_through_while_the_robot_speaks(conversation):
    loss_db = conversation.level_db('near', 9.5, 11.5) - conversation.level_db('clean', 9.5, 11.5)
    assert loss_db < 12.0


def test_both_speaking_is_noticed_and_the_robot_alone_is_not(conversation):
    both = [report.double_talk for report in conversation.reports]
    assert sum(both[950:1150]) > 100
    assert not any(both[:890])


def test_the_loudspeaker_is_ducked_under_a_visitor_and_comes_back(conversation):
    gains_db = [report.loudspeaker_gain_db for report in conversation.reports]
    assert min(gains_db[950:1200]) == -EchoSettings().duck_db
    assert gains_db[890] == 0.0
    assert gains_db[-1] == 0.0


def test_the_report_knows_delay_and_erle(conversation):
    report = conversation.reports[850]
    assert report.converged
    assert report.delay_ms == pytest.approx(ROOM.delay_ms, abs=1.0)
    assert report.erle_db > 20
    assert report.false_speech_share == 0.0
    assert report.clipping_share == 0.0
    assert report.fault == ''


def test_until_the_canceller_has_converged_the_microphone_is_shut_while_the_robot_speaks():
    robot, _ = opening(2.0)
    visitor = np.concatenate((silence(1.3), speech('visitor', 0.0, 1.7)))
    both = visit(EchoPath(EchoSettings(), RATE_HZ), robot, visitor, ROOM)
    assert both.reports[150].state is EchoState.WARMING
    assert both.level_db('clean', 1.3, 1.8) < NOISE_DBFS + 6


def test_a_visitor_who_starts_with_the_robot_is_let_in_while_the_canceller_warms_up():
    scene = dense_script(RATE_HZ)
    begin = slice(0, 3 * RATE_HZ)
    scene = Script(RATE_HZ, robot=scene.visitor[begin], visitor=scene.robot[begin])
    both = play(scene, ROOM, OneNode(EchoPath(EchoSettings(), RATE_HZ)))
    assert both.reports[-10].state is EchoState.WARMING
    assert any(report.double_talk for report in both.reports[:200])
    came, left = (np.mean(track[RATE_HZ:] ** 2.0) for track in (both.near, both.output))
    assert 10 * np.log10(came / left) < 12.0


def test_what_a_canceller_leaves_that_does_not_know_the_reverberation_yet_stays_outside():
    robot, visitor = opening(3.0)
    room = RoomSettings(visitor_db=-10.0, noise_dbfs=NOISE_DBFS, rt60_s=0.5)
    heard = visit(EchoPath(EchoSettings(), RATE_HZ), robot, visitor, room)
    loudest = max(heard.level_db('clean', at / 100, at / 100 + 0.05) for at in range(100, 395))
    assert loudest < NOISE_DBFS + 6


def test_a_reference_40_ms_late_is_noticed_within_5_s_and_made_up_for():
    robot, visitor = opening(9.0)
    room = RoomSettings(delay_ms=20.0, visitor_db=-10.0)
    late = visit(EchoPath(EchoSettings(), RATE_HZ), robot, visitor, room, stamps_late_ms=60.0)
    faults = [report.fault for report in late.reports]
    noticed = next(i for i, fault in enumerate(faults) if fault)
    assert noticed < 5 * 100
    assert faults[noticed].startswith('the reference arrives 40 ms after the echo')
    assert late.reports[-1].delay_ms == pytest.approx(-40.0, abs=1.0)
    assert late.reports[-1].converged
    assert late.level_db('clean', 7.0, 10.0) < NOISE_DBFS + 3


@pytest.mark.parametrize('late_ms', [150.0, 280.0, 450.0])
def test_a_robot_whose_first_stamps_are_wrong_stays_outside_all_the_same(late_ms):
    robot, visitor = opening(1.5)
    late = visit(EchoPath(EchoSettings(), RATE_HZ), robot, visitor, ROOM, stamps_late_ms=late_ms)
    assert late.level_db('microphone', 1.1, 2.4) > -40
    loudest = max(late.level_db('clean', at / 100, at / 100 + 0.05) for at in range(100, 240))
    assert loudest < NOISE_DBFS + 6


def test_a_reference_that_arrives_late_is_waited_for():
    robot, visitor = opening(5.0)
    path = EchoPath(EchoSettings(), RATE_HZ)
    waited = visit(path, robot, visitor, ROOM, arrives_late_ms=60.0)
    assert waited.reports[-1].held_back_ms >= 50
    assert waited.reports[-1].missing_reference_share < 0.01
    assert waited.level_db('clean', 3.0, 5.5) < NOISE_DBFS + 3


def test_a_reference_too_late_to_wait_for_shuts_the_microphone_and_says_so():
    robot, visitor = opening(4.0)
    path = EchoPath(EchoSettings(), RATE_HZ)
    missed = visit(path, robot, visitor, ROOM, arrives_late_ms=160.0)
    assert 'comes too late' in missed.reports[-1].fault
    assert missed.level_db('clean', 2.0, 4.5) < NOISE_DBFS + 3


class Failing:
    """AEC3 that gives up after a while and lets everything through."""

    def __init__(self, rate_hz: int, works_s: float) -> None:
        self._aec3 = pywebrtc_audio.AudioProcessor(sample_rate=rate_hz, echo_cancellation=True)
        self._left = round(works_s * 100)
        self.speech_probability = 0.0

    def process(self, microphone: np.ndarray, reference: np.ndarray) -> np.ndarray:
        self._left -= 1
        return self._aec3.process(microphone, reference) if self._left >= 0 else microphone


def test_a_canceller_that_never_converges_shuts_the_microphone_and_says_so(monkeypatch):
    monkeypatch.setattr(webrtc, '_aec3', lambda rate_hz: Failing(rate_hz, 0.0))
    robot, visitor = opening(6.0)
    heard = visit(EchoPath(EchoSettings(), RATE_HZ), robot, visitor, ROOM)
    assert heard.reports[-1].state is EchoState.NOT_CONVERGED
    assert 'has not converged' in heard.reports[-1].fault
    assert heard.level_db('clean', 1.2, 7.0) < NOISE_DBFS + 3


def test_a_canceller_that_fails_later_loses_the_open_microphone(monkeypatch):
    monkeypatch.setattr(webrtc, '_aec3', lambda rate_hz: Failing(rate_hz, 5.0))
    robot, visitor = opening(11.0)
    heard = visit(EchoPath(EchoSettings(), RATE_HZ), robot, visitor, ROOM)
    assert heard.reports[490].converged
    lost = next(i for i, r in enumerate(heard.reports) if r.state is EchoState.NOT_CONVERGED)
    assert 500 < lost < 500 + 100 * (EchoSettings().lost_s + 1.5)
    assert heard.level_db('clean', 9.0, 12.0) < NOISE_DBFS + 3


class Perfect:
    """A canceller that leaves the visitor alone, who is known beforehand."""

    def __init__(self, visitor: np.ndarray) -> None:
        self._steps = iter(visitor.reshape(-1, STEP))
        self.speech_probability = 0.0

    def process(self, microphone: np.ndarray, reference: np.ndarray) -> np.ndarray:
        visitor = next(self._steps)
        self.speech_probability = float(visitor.any())
        return visitor


def test_a_visitor_who_talks_on_over_a_quiet_robot_does_not_lose_the_microphone(monkeypatch):
    syllable = np.random.default_rng(0).integers(-9000, 9000, round(0.2 * RATE_HZ), np.int16)
    babble = np.tile(np.concatenate((syllable, silence(0.05))), 36)
    robot = np.concatenate((silence(1.0), speech('robot', 0.0, 13.0)))
    visitor = np.concatenate((silence(5.0), babble))
    monkeypatch.setattr(webrtc, '_aec3', lambda rate_hz: Perfect(visitor))
    quiet = RoomSettings(echo_db=-10.0, noise_dbfs=NOISE_DBFS)
    both = visit(EchoPath(EchoSettings(), RATE_HZ), robot, visitor, quiet)
    assert all(report.converged for report in both.reports[450:])


def test_a_loudspeaker_that_is_off_does_not_shut_the_microphone_for_good():
    robot, _ = opening(7.0)
    visitor = np.concatenate((silence(5.0), speech('visitor', 0.0, 3.0)))
    deaf = visit(
        EchoPath(EchoSettings(), RATE_HZ),
        robot,
        visitor,
        RoomSettings(echo_db=-80.0, visitor_db=-10.0),
    )
    assert deaf.reports[480].converged
    assert deaf.level_db('clean', 5.5, 7.5) > -50


def test_a_microphone_without_even_noise_hears_no_echo_that_is_left():
    robot, _ = opening(6.0)
    path, loudest = EchoPath(EchoSettings(), RATE_HZ), 0
    for begin in range(0, len(robot), BLOCK):
        path.played(robot[begin : begin + BLOCK], NOW_S + begin / RATE_HZ)
        for clean, _ in path.captured(np.zeros(BLOCK, np.int16), NOW_S + begin / RATE_HZ):
            loudest = max(loudest, int(np.abs(clean).max()))
    assert path.report.state is EchoState.CONVERGED
    assert loudest < 100, 'the noise that is put in place of a shut microphone'


@pytest.mark.parametrize(
    ('delay_ms', 'state'), [(None, EchoState.CONVERGED), (60.0, EchoState.WARMING)]
)
def test_an_echo_that_was_found_has_to_be_heard_being_cancelled(delay_ms, state):
    echo, leak = EchoDelay(), EchoDelay()
    echo.delay_ms = delay_ms
    guard = Guard(EchoSettings(warm_up_s=1.0))
    for _ in range(100):
        guard.update(True, ErleMeter(), echo, leak)
    assert guard.state is state


def test_who_talks_over_a_robot_with_headphones_is_not_taken_for_its_echo_for_good():
    robot, _ = opening(9.0)
    words = speech('visitor', 0.0, 2.5)
    visitor = np.concatenate((silence(1.5), words, silence(3.5), words))
    deaf = visit(
        EchoPath(EchoSettings(), RATE_HZ),
        robot,
        visitor,
        RoomSettings(echo_db=-80.0, visitor_db=-10.0),
    )
    assert deaf.reports[740].converged
    assert deaf.level_db('clean', 7.5, 10.0) > -50


def test_half_duplex_shuts_the_microphone_and_opens_it_afterwards():
    robot = np.concatenate((silence(1.0), speech('robot', 0.0, 2.0), silence(3.0)))
    visitor = np.concatenate((silence(4.0), speech('visitor', 0.0, 2.0)))
    heard = visit(EchoPath(EchoSettings(EchoMode.HALF_DUPLEX), RATE_HZ), robot, visitor, ROOM)
    assert heard.reports[-1].state is EchoState.HALF_DUPLEX
    assert heard.level_db('clean', 1.2, 3.0) < NOISE_DBFS + 3
    np.testing.assert_array_equal(heard.clean[4 * RATE_HZ :], heard.near[4 * RATE_HZ :])


@pytest.mark.parametrize('mode', [EchoMode.HARDWARE, EchoMode.SYSTEM])
def test_echo_that_others_should_have_cancelled_is_told(mode):
    robot, visitor = opening(4.0)
    open_ = visit(EchoPath(EchoSettings(mode), RATE_HZ), robot, visitor, ROOM)
    np.testing.assert_array_equal(open_.clean, open_.microphone)
    assert f'the robot hears itself in mode {mode.value}' in open_.reports[-1].fault


def test_off_with_an_open_loudspeaker_must_be_asked_for():
    with pytest.raises(EchoSettingsError, match='allow_open_loudspeaker'):
        EchoSettings(EchoMode.OFF)
    assert EchoSettings(EchoMode.OFF, allow_open_loudspeaker=True).mode is EchoMode.OFF


def test_a_mode_may_be_given_by_its_name():
    assert EchoSettings('hardware').mode is EchoMode.HARDWARE
    with pytest.raises(ValueError, match='speex'):
        EchoSettings('speex')


def test_without_the_library_the_microphone_is_shut_and_the_report_says_why(monkeypatch):
    monkeypatch.setitem(sys.modules, 'pywebrtc_audio', None)
    canceller = make_canceller(EchoSettings(), RATE_HZ)
    assert canceller.report.state is EchoState.HALF_DUPLEX
    assert 'pip install pywebrtc-audio' in canceller.report.fault
    assert '\n' not in canceller.report.fault


def test_a_rate_the_canceller_does_not_take_is_refused():
    with pytest.raises(EchoSettingsError, match='44100 Hz; expected one of'):
        make_canceller(EchoSettings(), 44_100)


def test_clipping_of_the_microphone_is_counted():
    path = EchoPath(EchoSettings(EchoMode.HARDWARE), RATE_HZ)
    loud = np.full(BLOCK, 32_767, np.int16)
    for block in range(100):
        list(path.captured(loud if block % 2 else loud // 2, NOW_S + block / 50))
    assert path.report.clipping_share == pytest.approx(0.5, abs=0.05)


def test_blocks_of_any_length_come_out_as_20_ms_with_the_stamps_of_their_samples():
    path = EchoPath(EchoSettings(EchoMode.HARDWARE), RATE_HZ)
    rising = np.arange(7 * 311, dtype=np.int16)
    out = [
        pair
        for piece in range(7)
        for pair in path.captured(
            rising[piece * 311 : (piece + 1) * 311], NOW_S + piece * 311 / RATE_HZ
        )
    ]
    assert len(out) == 7 * 311 // BLOCK
    for number, (block, stamp_s) in enumerate(out):
        np.testing.assert_array_equal(block, rising[number * BLOCK : (number + 1) * BLOCK])
        assert stamp_s == pytest.approx(NOW_S + number / 50, abs=1e-5)
