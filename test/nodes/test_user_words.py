# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Spoken commands on audio/in become words on user_words, and words become actions."""

from array import array
from collections.abc import Iterable
from pathlib import Path
import sys

from bad_audio import SOUND
from bad_audio import STEPS
from diagnostic_msgs.msg import DiagnosticArray
from graph import wait_until
import numpy as np
import pytest
from rclpy.parameter import Parameter
import soundfile
from std_msgs.msg import ColorRGBA
from std_msgs.msg import String
from tool_rig import ToolRig

from personaplex_ros.audio.resample import Resampler
from personaplex_ros.msg import AudioChunk
from personaplex_ros.nodes.user_words import UserWordsNode
from personaplex_ros.tools.steps import Stage

pytestmark = pytest.mark.graph

SPEECH = Path(__file__).parents[1] / 'tools' / 'speech'
RATE_HZ = 24_000
CHUNK = RATE_HZ // 50


class Talker:
    """A node with an ear, and a visitor who talks to it as fast as it listens."""

    def __init__(self, graph, **parameters) -> None:
        self.graph = graph
        self.log = graph.log()
        self.node = graph.add(
            UserWordsNode(
                namespace=graph.namespace,
                context=graph.context,
                parameter_overrides=[Parameter(key, value=v) for key, v in parameters.items()],
            )
        )
        self.words = graph.listen(String, f'{graph.namespace}/user_words')
        self._microphone = graph.node.create_publisher(
            AudioChunk, f'{graph.namespace}/audio/in', 100
        )
        self._seq = 0

    def bring_up(self) -> 'Talker':
        """Configure and activate."""
        self.node.trigger_configure()
        self.node.trigger_activate()
        wait_until(lambda: self._microphone.get_subscription_count() == 1, 'its ear')
        return self

    def say(self, name: str, hole_at_s: float = 0.0) -> None:
        """Say a clip between silences; hole_at_s: a chunk is lost there."""
        clip, rate_hz = soundfile.read(SPEECH / f'{name}.flac', dtype='float32')
        sound = Resampler(rate_hz, RATE_HZ).process(clip) * 32_000
        silence = np.zeros(RATE_HZ, np.float32)
        stream = np.concatenate((silence, sound, silence)).astype(np.int16)
        for number, at in enumerate(range(0, len(stream) - CHUNK, CHUNK)):
            self._seq += 2 if hole_at_s and number == round(hole_at_s * 50) else 1
            samples = array('h', stream[at : at + CHUNK].tobytes())
            self._publish(AudioChunk(sample_rate=RATE_HZ, channels=1, samples=samples))

    def send(self, chunks: Iterable[AudioChunk]) -> None:
        """Send chunks as they are, whether it can hear them or not."""
        for chunk in chunks:
            self._microphone.publish(chunk)

    def _publish(self, chunk: AudioChunk) -> None:
        chunk.seq = self._seq
        heard_s = self.node._ear.heard_s if self.node._ear is not None else 0.0
        self._microphone.publish(chunk)
        if self.node._ear is not None:
            wait_until(lambda: self.node._ear.heard_s > heard_s, 'the ear')


@pytest.fixture
def talker(graph):
    """Give a talker whose words are heard."""
    pytest.importorskip('pocketsphinx')
    return Talker(graph).bring_up()


def test_a_spoken_command_becomes_an_action(talker, graph, tmp_path):
    lights = graph.listen(ColorRGBA, f'{graph.namespace}/lights/command')
    rig = ToolRig(graph, tmp_path).bring_up()
    wait_until(lambda: len(rig.node._user.topics) == 1, 'its ears')
    talker.say('robot_turn_on_the_light')
    talker.words.wait(lambda m: m.data == 'robot turn on the light', 'the words')
    assert rig.until('set_light', Stage.SUCCEEDED).source == 'user'
    wait_until(lambda: len(lights) == 1, 'the light')


def test_talk_without_the_wake_word_is_not_heard(talker):
    talker.say('turn_off_the_porch_light')
    talker.say('robot_turn_on_the_light')
    talker.words.wait(lambda m: True, 'words')
    assert [m.data for m in talker.words] == ['robot turn on the light']


def test_a_sentence_with_a_lost_chunk_is_not_heard_and_the_loss_is_told(talker, graph):
    reports = graph.listen(DiagnosticArray, '/diagnostics')
    talker.say('robot_turn_on_the_light', hole_at_s=1.8)
    told = reports.wait(lambda m: m.status[0].message.startswith('losing sound'), 'the loss')
    assert ('chunks missed', '1') in [(v.key, v.value) for v in told.status[0].values]
    talker.say('robot_turn_on_the_light')
    talker.words.wait(lambda m: True, 'words')
    assert len(talker.words) == 1


class BrokenSpotter:
    """Raises where a spotter hears."""

    def feed(self, samples: np.ndarray) -> list[str]:
        raise LookupError('nobody foresaw this')

    def forget(self) -> None:
        """There is nothing to forget."""


@pytest.mark.fault
def test_a_mistake_in_hearing_is_told_and_the_next_command_is_heard(talker, graph):
    reports = graph.listen(DiagnosticArray, '/diagnostics')
    ear, spotter = talker.node._ear, talker.node._spotter
    ear.use(BrokenSpotter())
    talker.send([AudioChunk(sample_rate=RATE_HZ, channels=1, samples=array('h', [0] * CHUNK))])
    what = 'a mistake in this node: LookupError: nobody foresaw this'
    talker.log.wait(lambda m: what in m.msg, 'the line')
    reports.wait(lambda m: what in m.status[0].message, 'the report')
    ear.use(spotter)
    talker.say('robot_turn_on_the_light')
    talker.words.wait(lambda m: m.data == 'robot turn on the light', 'the words')
    reports.wait(lambda m: m.status[0].message == 'listens for commands', 'an end of the trouble')


@pytest.mark.fault
def test_no_class_of_bad_audio_is_a_command_or_keeps_it_from_hearing_one(talker):
    for bad in (*SOUND, *STEPS):
        talker.send(bad.messages())
    talker.say('robot_turn_on_the_light')
    talker.words.wait(lambda m: True, 'words')
    assert [m.data for m in talker.words] == ['robot turn on the light']


def test_without_pocketsphinx_it_says_so_in_one_line(graph, monkeypatch):
    monkeypatch.setitem(sys.modules, 'pocketsphinx', None)
    talker = Talker(graph)
    talker.node.trigger_configure()
    line = talker.log.wait(lambda m: 'pocketsphinx' in m.msg, 'the line').msg
    assert 'pip install pocketsphinx' in line and '\n' not in line


def test_a_wake_word_that_the_file_does_not_know_is_refused(graph):
    pytest.importorskip('pocketsphinx')
    talker = Talker(graph, wake_word='computer')
    talker.node.trigger_configure()
    talker.log.wait(lambda m: "wake_word is 'computer'; expected one of" in m.msg, 'the line')


def test_a_changed_file_changes_what_is_listened_for(graph, tmp_path):
    pytest.importorskip('pocketsphinx')
    file = tmp_path / 'tools.yaml'
    head = 'version: 1\naddress: [robot]\nestop: {phrases: [emergency stop]}\ntools:\n'
    tool = (
        '  - {name: a, description: A., source: user, phrases: {user: [PHRASE]},'
        ' call: {kind: topic, name: t, type: std_msgs/msg/Empty}}\n'
    )
    file.write_text(head + tool.replace('PHRASE', 'sing a song'))
    talker = Talker(graph, tools_file=str(file)).bring_up()
    before = talker.node._spotter
    file.write_text(head + tool.replace('PHRASE', 'turn on the light'))
    wait_until(lambda: talker.node._spotter is not before, 'the new grammar')
    talker.say('robot_turn_on_the_light')
    talker.words.wait(lambda m: m.data == 'robot turn on the light', 'the words')
