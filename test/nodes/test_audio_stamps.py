# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Stamps that are no times: before 1970, in the far future, of a clock that is not ours."""

from array import array

from builtin_interfaces.msg import Time
from graph import wait_until
import pytest
from std_msgs.msg import Header

from personaplex_ros.msg import AudioChunk
from personaplex_ros.msg import PlayoutCursor

pytestmark = [pytest.mark.graph, pytest.mark.fault]

STAMPS = [Time(sec=-1), Time(sec=-(2**31)), Time(), Time(sec=2**31 - 1, nanosec=2**32 - 1)]


@pytest.mark.parametrize('stamp', STAMPS, ids=str)
def test_audio_with_such_a_stamp_is_heard_as_if_it_had_none(robot, graph, stamp):
    topic = f'{graph.namespace}/audio/in'
    microphone = graph.node.create_publisher(AudioChunk, topic, 10)
    wait_until(lambda: microphone.get_subscription_count() > 0, 'its subscription')
    for seq in range(4):
        microphone.publish(
            AudioChunk(
                header=Header(stamp=stamp),
                sample_rate=24_000,
                channels=1,
                seq=seq,
                samples=array('h', [0] * 480),
            )
        )
    robot.spoken.wait(lambda chunk: chunk.seq == 3, 'the answer')


@pytest.mark.parametrize('stamp', STAMPS, ids=str)
def test_a_cursor_with_such_a_stamp_takes_nothing_from_the_transcript(robot, engine, graph, stamp):
    engine.behaviour.pieces = {0: ' Hello', 1: ' you'}
    topic = f'{graph.namespace}/playout_cursor'
    player = graph.node.create_publisher(PlayoutCursor, topic, 10)
    wait_until(lambda: player.get_subscription_count() > 0, 'its subscription')
    robot.hear_frames(2)
    player.publish(PlayoutCursor(header=Header(stamp=stamp), seq=0))
    robot.hear_frames(1)
    robot.interrupt()
    final = robot.transcript.wait(lambda t: t.is_final, 'the final text')
    assert final.text == 'Hello you'
