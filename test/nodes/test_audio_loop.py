# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The whole way: a visitor's file, an engine, the loudspeaker's file, and what was heard when."""

from audio_rig import AudioRig
from diagnostic_msgs.msg import DiagnosticStatus
from graph import wait_until
import numpy as np
import pytest
from robot import Robot
from test_audio_node import OPEN

from fakes.engine import FakeEngine

pytestmark = pytest.mark.graph


class Loop:
    """A robot, and an audio node on the same topics."""

    def __init__(self, graph, engine: FakeEngine, **parameters) -> None:
        self.robot = Robot(graph, engine.url, **parameters).bring_up()
        self.audio = AudioRig(graph, device='file', **OPEN).bring_up()
        self.audio.cursors.wait(lambda c: True, 'sound at the loudspeaker')

    def latency(self, level: bytes, words: str = '') -> DiagnosticStatus:
        """Wait for the conversation's word on its latency."""
        name = f'{self.robot.namespace}/conversation: latency'

        def found():
            told = [s for a in self.robot.diagnostics for s in a.status if s.name == name]
            return [s for s in told[-1:] if s.level == level and words in s.message]

        return wait_until(found, f'{level} {words!r}')[0]


@pytest.fixture
def make_loop(graph, engine):
    """Give a maker of loops."""
    return lambda **parameters: Loop(graph, engine, **parameters)


def test_mouth_to_ear_and_its_parts_are_told_and_add_up(make_loop):
    loop = make_loop()
    metrics = loop.robot.metrics.wait(lambda m: m.mouth_to_ear_ms[3] > 0, 'mouth to ear')
    p50, p95, p99, largest = metrics.mouth_to_ear_ms
    assert 80 < p50 <= p95 <= p99 <= largest
    parts = (metrics.to_engine_ms, metrics.in_engine_ms, metrics.to_ear_ms)
    assert all(part[0] > 0 for part in parts)
    assert metrics.to_engine_ms[0] >= 80.0, 'the frame itself'
    loop.latency(DiagnosticStatus.OK, 'mouth to ear')


@pytest.mark.parametrize(
    ('limits', 'level'),
    [
        ({'latency_warn_ms': 1.0}, DiagnosticStatus.WARN),
        ({'latency_warn_ms': 1.0, 'latency_error_ms': 2.0}, DiagnosticStatus.ERROR),
    ],
)
def test_latency_beyond_its_limits_is_told(make_loop, limits, level):
    make_loop(**limits).latency(level, 'beyond')


def test_an_interrupted_transcript_holds_what_was_heard(make_loop, engine):
    engine.behaviour.pieces = {frame: f' w{frame}' for frame in range(1000)}
    loop = make_loop()
    heard = loop.robot.transcript.wait(lambda t: len(t.text.split()) > 8, 'some words')
    assert loop.robot.interrupt().success
    final = loop.robot.transcript.wait(lambda t: t.is_final and t.interrupted, 'the final text')
    longest = max(len(t.text.split()) for t in loop.robot.transcript if t.utterance == 1)
    said = len(final.text.split())
    assert final.utterance == heard.utterance
    assert said < longest, 'words that were still on their way to the loudspeaker'
    assert said >= longest - 4, 'no more than the ceiling held'


def test_without_a_player_an_interrupted_transcript_holds_what_was_said(robot, engine):
    engine.behaviour.pieces = {0: ' Hello', 1: ' you'}
    robot.hear_frames(2)
    robot.interrupt()
    final = robot.transcript.wait(lambda t: t.is_final, 'the final text')
    assert final.text == 'Hello you'


def test_an_interrupt_is_silence_at_the_loudspeaker(make_loop, engine):
    loop = make_loop()
    loop.robot.interrupt()
    epoch = loop.robot.spoken.last.epoch
    loop.audio.cursors.wait(lambda c: c.epoch >= epoch, 'the new epoch')

    def voided():
        # on a slow machine there are moments in which no sound waits: another one is as good
        before = len(loop.audio.metrics)
        loop.robot.interrupt()
        wait_until(lambda: len(loop.audio.metrics) > before, 'metrics')
        return [m for m in loop.audio.metrics if m.samples_voided > 0]

    metrics = wait_until(voided, 'voided sound', timeout_s=30.0)[0]
    assert metrics.samples_received == (
        metrics.samples_played
        + metrics.samples_dropped
        + metrics.samples_voided
        + metrics.samples_waiting
    )
    assert np.isfinite(metrics.drift_ppm)
