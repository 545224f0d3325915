# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""No class of bad audio ends a node, stays in its way, or lets a click out.

What a file or another package's message can hold besides: test/audio/test_bad_files.py,
test_interop_sound.py.
"""

from itertools import count

from audio_rig import AudioRig
from bad_audio import Bad
from bad_audio import good
from bad_audio import good_seq
from bad_audio import LOUD
from bad_audio import SOUND
from bad_audio import STEPS
from diagnostic_msgs.msg import DiagnosticStatus
from graph import wait_until
from lifecycle_msgs.msg import Transition
import numpy as np
import pytest
from robot import sums_up
import soundfile

from personaplex_ros.msg import AudioChunk

pytestmark = [pytest.mark.graph, pytest.mark.fault]

LARGEST_STEP = 1_500
"""Two joints from full scale to full scale within 5 ms each, one over the other."""


class Loudspeaker:
    """An audio node that writes what it plays into a file."""

    def __init__(self, graph, path) -> None:
        self._path = path
        self.rig = AudioRig(
            graph, device='file', record=str(path), echo='off', allow_open_loudspeaker=True
        ).bring_up()
        self.rig.heard.wait(lambda chunk: chunk.seq > 5, 'the device')
        topic = f'{self.rig.namespace}/audio/out'
        self._speech = graph.node.create_publisher(AudioChunk, topic, 100)
        wait_until(lambda: self._speech.get_subscription_count() > 0, 'its subscription')
        self._goods = 0

    def suffer(self, bad: Bad) -> None:
        """Send a class of bad audio, then good audio until that is played."""
        for message in bad.messages():
            self._speech.publish(message)
        counts = self.rig.node.session.player.counts

        wait_until(lambda: counts.waiting == 0, 'the end of what waits')
        self._speech.publish(good(self._goods, np.full(1_920, -LOUD)))
        self._goods += 1
        wait_until(self._is_good_played, f'good audio after {bad.name}')

    def _is_good_played(self) -> bool:
        last = self.rig.cursors.last
        return last is not None and last.seq == good_seq(self._goods - 1)

    def played(self) -> np.ndarray:
        """Close the device and return all that it played."""
        self.rig.shut_down()
        return soundfile.read(self._path, dtype='int16')[0]


@pytest.fixture
def loudspeaker(graph, tmp_path):
    """Give an audio node that is active."""
    return Loudspeaker(graph, tmp_path / 'out.wav')


def test_there_are_forty_classes_and_each_has_a_name():
    assert len({bad.name for bad in (*SOUND, *STEPS)}) == len((*SOUND, *STEPS)) >= 40


def test_after_every_class_of_bad_audio_good_audio_is_played_and_no_click_was_made(loudspeaker):
    rejected = 0
    for bad in SOUND:
        loudspeaker.suffer(bad)
        rejected += bad.refused * bad.chunks
    metrics = loudspeaker.rig.metrics.wait(lambda m: m.chunks_rejected == rejected, 'the count')
    assert metrics.devices_opened == 1
    steps = np.abs(np.diff(loudspeaker.played().astype(int)))
    assert steps.max() <= LARGEST_STEP


def test_after_sound_that_is_full_of_steps_good_audio_is_played(loudspeaker):
    for bad in STEPS:
        loudspeaker.suffer(bad)
    assert np.abs(loudspeaker.played().astype(int)).max() <= 32_768


def test_after_every_class_of_bad_audio_the_robot_hears_good_audio(robot, engine, graph):
    topic = f'{graph.namespace}/audio/in'
    microphone = graph.node.create_publisher(AudioChunk, topic, 100)
    wait_until(lambda: microphone.get_subscription_count() > 0, 'its subscription')
    engine.behaviour.echo = True
    rejected, goods = 0, count()
    for number, bad in enumerate((*SOUND, *STEPS)):
        for message in bad.messages():
            microphone.publish(message)
        value = -1_000 - number
        for _ in range(8):
            microphone.publish(good(next(goods), np.full(480, value)))
        robot.spoken.wait(
            lambda chunk, value=value: np.median(chunk.samples) == value,
            f'good audio after {bad.name}',
        )
        rejected += bad.refused * bad.chunks
    robot.deactivate()
    metrics = robot.metrics.wait(lambda m: m.chunks_rejected == rejected, 'the count')
    assert sums_up(metrics)


def test_a_file_that_is_no_sound_is_told_and_heard_once_it_is_one(graph, tmp_path):
    path = tmp_path / 'visitor.wav'
    path.write_bytes(b'RIFF')
    rig = AudioRig(
        graph, device='file', visitor=str(path), echo='off', allow_open_loudspeaker=True
    )
    assert not rig.configure()
    soundfile.write(path, np.full(24_000, 0.25), 24_000, subtype='FLOAT')
    assert rig.configure()
    path.write_bytes(b'RIFF')
    assert rig.change(Transition.TRANSITION_ACTIVATE)
    rig.until_health('microphone', DiagnosticStatus.ERROR, 'no sound file that can be read')
    soundfile.write(path, np.full(24_000, 0.25), 24_000, subtype='FLOAT')
    rig.heard.wait(lambda chunk: np.median(chunk.samples) == 8_192, 'the visitor')
