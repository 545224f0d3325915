# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""State, metrics and diagnostics tell how the conversation fares, to those who come late too."""

import itertools
import time
from types import SimpleNamespace

from diagnostic_msgs.msg import DiagnosticStatus
from graph import LATCHED
from graph import wait_until
import numpy as np
import pytest
from robot import Robot
from robot import sums_up

from fakes.engine import FakeEngine
from personaplex_ros.msg import ConversationState
from personaplex_ros.nodes import ears
from personaplex_ros.wire.events import Fault

pytestmark = pytest.mark.graph


def until_health(robot, level: bytes, words: str = '') -> DiagnosticStatus:
    """Wait for an entry in /diagnostics with this level and these words; return it."""

    def found():
        return [s for s in robot.health() if s.level == level and words in s.message][-1:]

    return wait_until(found, f'level {level} {words!r}; had {robot.health()[-1:]}')[0]


def test_a_late_joiner_receives_the_state(robot, graph):
    late = graph.listen(ConversationState, robot.path('state'), LATCHED)
    state = late.wait(lambda _: True, 'the latched state')
    assert state.state == ConversationState.LIVE
    assert state.persona == 'teacher'
    assert len(late) == 1


def test_every_state_on_the_way_is_published_once(robot):
    told = [(m.state, m.backend, m.model, m.persona, m.voice, m.detail) for m in robot.states]
    assert all(one != other for one, other in itertools.pairwise(told))
    assert robot.states[0].state == ConversationState.IDLE
    assert robot.states.last.state == ConversationState.LIVE


def test_metrics_add_up_and_tell_the_time_frames_took(robot):
    robot.hear_frames(10)
    metrics = robot.measured(frames_out=10)
    assert (metrics.frames_in, metrics.frames_dropped, metrics.frames_in_flight) == (10, 0, 0)
    assert (metrics.chunks_rejected, metrics.chunks_lost) == (0, 0)
    assert (metrics.engine_errors, metrics.reconnects) == (0, 0)
    assert list(metrics.model_ms) == [1.0, 1.0, 1.0]
    for spread in (metrics.overhead_ms, metrics.frame_interval_ms):
        p50, p99, largest = spread
        assert p50 <= p99 <= largest
    assert metrics.frame_interval_ms[0] > 0
    assert all(sums_up(m) for m in robot.metrics)


def test_metrics_count_skipped_frames_lost_chunks_and_interrupts(robot, engine):
    engine.behaviour.skip_inputs = {0, 1}
    robot.hear_frame()
    robot.hear_frame()
    robot.hear_frames(1)
    before = robot.spoken.last.epoch
    robot.hear(480, seq=100)
    robot.hear(480, seq=104)
    robot.interrupt()
    metrics = robot.measured(frames_in=3, frames_dropped=2, frames_out=1)
    metrics = robot.measured(epoch=before + 1)
    assert metrics.chunks_lost == 3 + 100 - 12


def test_a_sender_that_begins_anew_is_no_loss(robot):
    robot.hear_frames(2)
    for seq in range(4):
        robot.hear(480, seq=seq)
    wait_until(lambda: len(robot.spoken) == 12, 'the third frame')
    assert robot.measured(frames_out=3).chunks_lost == 0


def test_diagnostics_are_ok_while_live_with_the_facts(robot):
    status = until_health(robot, DiagnosticStatus.OK, 'live')
    values = {pair.key: pair.value for pair in status.values}
    assert values['state'] == 'LIVE'
    assert values['persona'] == 'teacher'
    assert values['model'] == 'fake'
    assert status.hardware_id == robot.states.last.backend


def test_diagnostics_warn_while_frames_are_dropped_and_recover(robot, engine):
    engine.behaviour.skip_inputs = {0}
    robot.hear_frame()
    robot.hear_frames(1)
    until_health(robot, DiagnosticStatus.WARN, 'dropping frames')
    until_health(robot, DiagnosticStatus.OK, 'live')


def test_diagnostics_warn_when_degraded_and_are_an_error_when_down(graph):
    with FakeEngine() as engine:
        robot = Robot(graph, engine.url, down_after_s=1.2).bring_up()
        until_health(robot, DiagnosticStatus.OK)
    robot.until_state(ConversationState.DEGRADED)
    until_health(robot, DiagnosticStatus.WARN, 'no engine at')
    robot.until_state(ConversationState.DOWN)
    status = until_health(robot, DiagnosticStatus.ERROR, 'personaplex-engine serve')
    assert {pair.key: pair.value for pair in status.values}['state'] == 'DOWN'


def test_a_busy_engine_is_named_in_the_state(make_robot, engine):
    engine.behaviour.refuse = Fault('busy', 'all 1 sessions are taken: try again later')
    robot = make_robot()
    robot.configure()
    robot.activate()
    robot.states.wait(lambda s: 'sessions are taken' in s.detail, 'the reason')
    engine.behaviour.refuse = None
    robot.live()
    assert robot.measured(epoch=robot.measured(frames_in=0).epoch).engine_errors == 0


def hearing_status(robot) -> DiagnosticStatus | None:
    """Return the latest entry in /diagnostics about audio/in."""
    name = f'{robot.namespace}/conversation: audio/in'
    told = [s for array in robot.diagnostics for s in array.status if s.name == name]
    return told[-1] if told else None


def until_hearing(robot, level: bytes, words: str) -> None:
    """Wait until the latest entry about audio/in has this level and these words."""

    def found():
        status = hearing_status(robot)
        return status is not None and status.level == level and words in status.message

    wait_until(found, lambda: f'{words!r}; was {hearing_status(robot)}')


def test_a_microphone_is_missed_until_it_comes_and_again_when_it_goes(make_robot):
    robot = make_robot(dead_after_s=1.0).bring_up()
    until_hearing(robot, DiagnosticStatus.ERROR, 'nothing comes on audio/in for ')
    assert f'ros2 topic info -v {robot.path("audio/in")}' in hearing_status(robot).message
    noise = np.random.default_rng(1).integers(-9, 10, 480)

    def not_missed():
        robot.hear(noise)  # faster or slower than a microphone: its rate may be complained of
        return 'nothing comes' not in hearing_status(robot).message

    wait_until(not_missed, 'a microphone')
    until_hearing(robot, DiagnosticStatus.ERROR, 'nothing comes on audio/in for ')


def test_what_is_no_sound_is_no_microphone(make_robot):
    robot = make_robot(dead_after_s=1.0).bring_up()

    def heard_nothing_usable():
        robot.hear(480, channels=7)
        return 'nothing comes on audio/in' in hearing_status(robot).message

    wait_until(lambda: hearing_status(robot), 'diagnostics')
    wait_until(heard_nothing_usable, 'the error')


def test_a_microphone_9_percent_slower_than_it_says_is_a_warning(make_robot, monkeypatch):
    """By a clock on which each look at it is 20 ms later, and 9 %."""
    robot = make_robot().bring_up()
    looks = itertools.count()
    begun_s = time.monotonic()
    clock = SimpleNamespace(monotonic=lambda: begun_s + next(looks) * 0.02 * 480 / 441)
    monkeypatch.setattr(ears, 'time', clock)
    noise = np.random.default_rng(1).integers(-90, 100, 480)
    words = 'say 24000 Hz, but as many samples come as with 22050 Hz'

    def warned():
        robot.hear(noise)
        time.sleep(0.002)
        status = hearing_status(robot)
        return status and status.level == DiagnosticStatus.WARN and words in status.message

    wait_until(warned, 'the warning', timeout_s=30.0)


def test_no_microphone_is_missed_while_the_node_is_not_active(make_robot):
    robot = make_robot(dead_after_s=1.0).bring_up()
    until_hearing(robot, DiagnosticStatus.ERROR, 'nothing comes on audio/in')
    assert robot.deactivate()
    until_hearing(robot, DiagnosticStatus.OK, 'not active')


@pytest.mark.parametrize(
    ('sound', 'words'), [(0, 'dead silent'), (9, 'but as many samples come as with')]
)
def test_a_dead_microphone_and_a_wrong_rate_on_audio_in_are_errors(make_robot, sound, words):
    robot = make_robot(dead_after_s=1.0).bring_up()
    name = f'{robot.namespace}/conversation: audio/in'

    def told():
        statuses = [s for array in robot.diagnostics for s in array.status if s.name == name]
        return [s for s in statuses if s.level == DiagnosticStatus.ERROR and words in s.message]

    def heard_enough():
        noise = np.random.default_rng(1).integers(-sound, sound + 1, 480)
        for _ in range(10):
            robot.hear(noise, rate_hz=8_000)  # 0.6 s of it: slower than any machine sends them
        return told()

    wait_until(heard_enough, words)
