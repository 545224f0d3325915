# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Microphone and loudspeaker on two nodes, in one simulated room: they meet by stamps."""

from array import array
from pathlib import Path
import random
import threading
import time

from audio_rig import AudioRig
from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticStatus
from graph import wait_until
from lifecycle_msgs.msg import Transition
import numpy as np
import pytest
import soundfile
from std_msgs.msg import Bool
from std_msgs.msg import Header

from fakes.portaudio import Card
from fakes.portaudio import FakePortAudio
from personaplex_ros.audio.devices import sound_card
from personaplex_ros.audio.simulation.network import Network
from personaplex_ros.audio.simulation.network import NetworkSettings
from personaplex_ros.msg import AudioChunk

pytestmark = pytest.mark.graph

SPEECH = Path(__file__).resolve().parents[2] / 'bench' / 'speech' / 'robot.flac'
ROOM_DELAY_MS = 200.0
"""Long enough for two processes on a machine that does other things too."""


def robot_speech(seconds: float) -> np.ndarray:
    samples, rate_hz = soundfile.read(SPEECH, dtype='int16', frames=round(seconds * 16_000))
    assert rate_hz == 16_000
    return samples


class Relay:
    """Carries audio/reference from one name to another, as a bad network does."""

    def __init__(self, graph, begin: str, end: str, network: NetworkSettings) -> None:
        self._network: Network[AudioChunk] = Network(network)
        self._publisher = graph.node.create_publisher(AudioChunk, end, 50)
        self._lock = threading.Lock()
        self.cut = False
        graph.node.create_subscription(AudioChunk, begin, self._on_chunk, 50)
        graph.node.create_timer(0.005, self._on_timer)

    def _on_chunk(self, chunk: AudioChunk) -> None:
        with self._lock:
            self._network.send(chunk, time.monotonic())

    def _on_timer(self) -> None:
        with self._lock:
            due = [chunk for _, chunk in self._network.arrived(time.monotonic())]
        for chunk in due:
            if not self.cut:
                self._publisher.publish(chunk)


class Split:
    """Two nodes, a room, and somebody who speaks."""

    def __init__(self, graph, tmp_path, network: NetworkSettings, **ear) -> None:
        room = {'device': 'loopback', 'room_air': str(tmp_path / 'air')}
        topic = f'{graph.namespace}/audio/reference'
        self.relay = Relay(graph, topic, topic + '_late', network)
        self.mouth = AudioRig(graph, 'mouth', part='loudspeaker', **room)
        self.ear = AudioRig(
            graph,
            'ear',
            (f'audio/reference:={topic}_late',),
            part='microphone',
            room_delay_ms=ROOM_DELAY_MS,
            **room,
            **ear,
        )
        self.speech = np.resize(robot_speech(8.0), 40 * 16_000)

    def bring_up(self) -> 'Split':
        self.mouth.bring_up()
        self.ear.bring_up()
        return self

    def talk(self, until) -> None:
        """Speak in real time until something is so."""
        begun_s, sent = time.monotonic(), 0

        def enough() -> bool:
            nonlocal sent
            due = round((time.monotonic() - begun_s + 0.04) * 16_000) // 320 * 320
            if due > sent:
                self.mouth.say(self.speech[sent:due], rate_hz=16_000)
                sent = due
            return until()

        wait_until(enough, 'it', timeout_s=35.0)

    def echo(self) -> DiagnosticStatus | None:
        """Return the latest of what the ear says about the echo."""
        name = f'{self.ear.namespace}/ear: echo'
        told = [s for array in self.ear.diagnostics for s in array.status if s.name == name]
        return told[-1] if told else None

    def says(self, words: str):
        return lambda: (status := self.echo()) is not None and words in status.message


@pytest.fixture
def make_split(graph, tmp_path):
    return lambda network, **ear: Split(graph, tmp_path, network, **ear).bring_up()


def values(status: DiagnosticStatus) -> dict[str, str]:
    return {pair.key: pair.value for pair in status.values}


def test_two_nodes_cancel_the_echo_of_one_room_through_a_bad_network(make_split):
    split = make_split(NetworkSettings(jitter_ms=40.0, lost_share=0.02))
    split.talk(lambda: (s := split.echo()) is not None and values(s)['state'] == 'converged')
    told = values(split.echo())
    assert int(told['reference_received']) > 50
    assert float(told['erle_db']) > 10.0
    split.talk(lambda: int(values(split.echo())['reference_lost']) > 0)
    rate = {(c.sample_rate, c.channels, len(c.samples)) for c in split.ear.heard}
    assert rate == {(24_000, 1, 480)}
    assert [c.seq for c in split.ear.heard] == list(range(len(split.ear.heard)))


def test_a_reference_that_stops_is_told_and_so_is_one_that_comes_back(make_split):
    split = make_split(NetworkSettings())
    split.talk(lambda: split.echo() is not None and len(split.ear.heard) > 50)
    split.relay.cut = True
    split.talk(split.says('no reference comes'))
    split.relay.cut = False
    wait_until(lambda: not split.says('no reference comes')(), 'the reference')


def test_a_clock_that_is_off_is_told(make_split):
    split = make_split(NetworkSettings(), reference_offset_ms=5000.0)
    split.talk(split.says('clocks of the two machines differ'))
    assert 'moved' in split.echo().message
    assert abs(float(values(split.echo())['reference_clock_offset_ms'])) < 250.0


def test_without_the_other_node_that_is_told_and_the_microphone_is_open(graph, tmp_path):
    sound = np.random.default_rng(1).integers(-3000, 3000, 48_000, np.int16)
    soundfile.write(tmp_path / 'visitor.wav', sound, 24_000, subtype='PCM_16')
    ear = AudioRig(
        graph,
        'ear',
        part='microphone',
        device='loopback',
        room_air=str(tmp_path / 'air'),
        visitor=str(tmp_path / 'visitor.wav'),
    ).bring_up()
    ear.heard.wait(lambda c: np.abs(c.samples).max() > 1000, 'the visitor')
    ear.until_health('echo', DiagnosticStatus.WARN, 'nobody publishes audio/reference')


def test_the_loudspeaker_ducks_when_the_other_node_hears_a_visitor(graph, tmp_path):
    mouth = AudioRig(graph, 'mouth', part='loudspeaker', device='file').bring_up()
    reference = graph.listen(AudioChunk, f'{graph.namespace}/audio/reference')
    tell = graph.node.create_publisher(Bool, f'{graph.namespace}/audio/double_talk', 10)
    wait_until(lambda: tell.get_subscription_count() > 0, 'its subscription')
    reference.wait(lambda c: len(c.samples) == 480, 'what it plays, silence too')
    sound = np.full(480, 8000, np.int16)

    def quieter() -> bool:
        tell.publish(Bool(data=True))
        if mouth.metrics.last is None or mouth.node.session.player.waiting_ms < 60:
            mouth.say(sound)
        return any(1500 < np.abs(c.samples).max() < 2600 for c in list(reference)[-5:])

    wait_until(quieter, 'ducking by 12 dB')


def test_each_half_opens_only_its_half_of_a_sound_card(graph, monkeypatch):
    microphone = Card('Mic', outputs=0, noise=50, speed=1.0)
    speaker = Card('Speaker', inputs=0, speed=1.0)
    portaudio = [FakePortAudio(microphone), FakePortAudio(speaker)]  # of two machines
    monkeypatch.setattr('personaplex_ros.nodes.audio_node.load_portaudio', lambda: None)
    monkeypatch.setattr(sound_card, 'load_portaudio', lambda: portaudio[0])
    ear = AudioRig(graph, 'ear', part='microphone', microphone='mic').bring_up()
    ear.heard.wait(lambda c: c.seq > 5, 'the microphone')
    ear.until_health('microphone', DiagnosticStatus.OK)
    monkeypatch.setattr(sound_card, 'load_portaudio', lambda: portaudio[1])
    mouth = AudioRig(graph, 'mouth', part='loudspeaker', loudspeaker='speak').bring_up()
    mouth.say(np.full(4800, 8000, np.int16))
    wait_until(lambda: any(np.abs(block).max() > 4000 for block in speaker.played), 'its sound')
    mouth.until_health('loudspeaker', DiagnosticStatus.OK)
    assert not microphone.played and [len(machine.streams) for machine in portaudio] == [1, 1]


def test_the_reference_goes_when_the_loudspeaker_is_deactivated_and_comes_back(graph):
    mouth = AudioRig(graph, 'mouth', part='loudspeaker', device='file')
    topic = f'{graph.namespace}/audio/reference'
    reference = graph.listen(AudioChunk, topic)
    for _ in range(2):
        mouth.bring_up()
        wait_until(lambda: graph.node.count_publishers(topic) == 1, 'the publisher')
        seen = len(reference)
        wait_until(lambda: len(reference) > seen, 'silence, which is told too')  # noqa: B023
        mouth.shut_down()
        wait_until(lambda: graph.node.count_publishers(topic) == 0, 'its end')
        assert mouth.change(Transition.TRANSITION_CLEANUP)


def test_no_class_of_bad_reference_ends_the_node_or_stays_in_its_way(graph, tmp_path):
    ear = AudioRig(
        graph, 'ear', part='microphone', device='loopback', room_air=str(tmp_path / 'air')
    ).bring_up()
    send = graph.node.create_publisher(AudioChunk, f'{graph.namespace}/audio/reference', 100)
    wait_until(lambda: send.get_subscription_count() > 0, 'its subscription')
    chance = random.Random(1)
    for rate_hz in (0, 1, 7_999, 11_025, 48_000, 2**32 - 1):
        for channels in (0, 1, 2, 255):
            for stamp in (Time(sec=-5), Time(), Time(sec=2**31 - 1, nanosec=2**32 - 1)):
                send.publish(
                    AudioChunk(
                        header=Header(stamp=stamp),
                        sample_rate=rate_hz,
                        channels=channels,
                        seq=chance.choice([0, 1, 7, 10**12, 2**64 - 1]),
                        samples=array('h', [32767] * chance.choice([0, 1, 480, 50_000])),
                    )
                )
    heard = len(ear.heard)
    ear.metrics.wait(lambda m: m.chunks_rejected > 10, 'the bad ones')
    wait_until(lambda: len(ear.heard) > heard + 10, 'the microphone')
    assert max(np.abs(np.array(chunk.samples, int)).max() for chunk in ear.heard) < 1000
