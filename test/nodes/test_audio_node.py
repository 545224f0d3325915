# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The audio node: microphone to audio/in, audio/out to the loudspeaker, devices come and go."""

from types import SimpleNamespace

from audio_rig import AudioRig
from diagnostic_msgs.msg import DiagnosticStatus
from graph import LATCHED
from graph import wait_until
from lifecycle_msgs.msg import Transition
import numpy as np
import pytest
from rcl_interfaces.srv import SetParameters
from rclpy.parameter import Parameter
import soundfile

from fakes.portaudio import Card
from fakes.portaudio import FakePortAudio
from personaplex_ros.audio.devices import portaudio
from personaplex_ros.audio.devices import sound_card
from personaplex_ros.msg import ConversationState

pytestmark = pytest.mark.graph

OPEN = {'echo': 'off', 'allow_open_loudspeaker': True}


def nanoseconds(stamp) -> int:
    return stamp.sec * 1_000_000_000 + stamp.nanosec


def tone(seconds: float) -> np.ndarray:
    time_s = np.arange(round(seconds * 24_000)) / 24_000
    return (8000 * np.sin(2 * np.pi * 440 * time_s)).astype(np.int16)


@pytest.fixture
def file_rig(graph, tmp_path):
    """Give a maker of nodes whose microphone is a file and whose loudspeaker is another."""

    def make(samples: np.ndarray | None = None, **parameters) -> AudioRig:
        if samples is not None:
            soundfile.write(tmp_path / 'in.wav', samples, 24_000, subtype='PCM_16')
            parameters['visitor'] = str(tmp_path / 'in.wav')
        record = str(tmp_path / 'out.wav')
        return AudioRig(graph, **{'device': 'file', 'record': record, **OPEN, **parameters})

    make.played = lambda: soundfile.read(tmp_path / 'out.wav', dtype='int16')[0]
    return make


@pytest.fixture
def cards(monkeypatch):
    """Give a PortAudio with one USB card beside another one."""
    portaudio = FakePortAudio(Card('HDA'), Card('USB Audio', noise=50, speed=1.0))
    monkeypatch.setattr(sound_card, 'load_portaudio', lambda: portaudio)
    monkeypatch.setattr('personaplex_ros.nodes.audio_node.load_portaudio', lambda: portaudio)
    return portaudio


def test_what_the_microphone_hears_is_on_audio_in_stamped_by_its_clock(file_rig):
    sound = np.random.default_rng(1).integers(-9000, 9000, 24_000, np.int16)
    rig = file_rig(sound).bring_up()
    rig.heard.wait(lambda c: c.seq == 60, '61 chunks')
    chunks = list(rig.heard)[:60]
    assert {(c.sample_rate, c.channels, len(c.samples)) for c in chunks} == {(24_000, 1, 480)}
    assert [c.seq for c in chunks] == list(range(60))
    np.testing.assert_array_equal(np.concatenate([c.samples for c in chunks])[:24_000], sound)
    stamps = np.array([nanoseconds(c.header.stamp) for c in chunks])
    assert np.abs(np.diff(stamps) - 20_000_000).max() < 5_000_000


def test_what_is_said_is_played_once_and_the_cursor_tells_when(file_rig):
    rig = file_rig().bring_up()
    rig.heard.wait(lambda c: c.seq > 5, 'the device')
    before_ns = rig.graph.node.get_clock().now().nanoseconds
    rig.say(tone(0.08))
    first = rig.cursors.wait(lambda c: True, 'the cursor')
    assert (first.epoch, first.seq, first.offset) == (0, 0, 0)
    assert nanoseconds(first.header.stamp) > before_ns
    metrics = rig.metrics.wait(lambda m: m.samples_played == 1920, 'all of it played')
    assert metrics.samples_received == 1920
    assert metrics.samples_dropped == metrics.samples_voided == metrics.samples_waiting == 0
    rig.shut_down()
    played = file_rig.played()
    loud = np.flatnonzero(np.abs(played) > 400)
    assert 1700 < loud[-1] - loud[0] <= 1920 + 120, 'and 5 ms in which its end decays'


def test_a_newer_epoch_empties_the_loudspeaker(file_rig):
    rig = file_rig().bring_up()
    rig.heard.wait(lambda c: c.seq > 5, 'the device')
    rig.say(tone(0.1))
    rig.cursors.wait(lambda c: True, 'its begin')
    rig.say(np.zeros(480), epoch=1)
    rig.cursors.wait(lambda c: c.epoch == 1, 'the new epoch')
    metrics = rig.metrics.wait(lambda m: m.samples_received == 2880, 'the account')
    assert metrics.samples_voided > 480
    assert metrics.samples_received == (
        metrics.samples_played
        + metrics.samples_dropped
        + metrics.samples_voided
        + metrics.samples_waiting
    )


@pytest.mark.parametrize(('rate_hz', 'channels'), [(48_000, 1), (16_000, 2), (44_100, 2)])
def test_other_rates_and_stereo_are_played_too(file_rig, rate_hz, channels):
    rig = file_rig().bring_up()
    time_s = np.arange(rate_hz // 10) / rate_hz
    sound = np.repeat(8000 * np.sin(2 * np.pi * 440 * time_s), channels)
    rig.say(sound[: len(sound) // 480 * 480], rate_hz=rate_hz, channels=channels)
    metrics = rig.metrics.wait(lambda m: m.samples_played > 2000, 'the sound')
    assert metrics.samples_received == pytest.approx(2400, abs=250)


@pytest.mark.parametrize(
    ('rate_hz', 'channels', 'samples'), [(0, 1, 480), (24_000, 7, 480), (24_000, 1, 0)]
)
def test_bad_chunks_are_counted_and_the_next_good_one_is_played(
    file_rig, rate_hz, channels, samples
):
    rig = file_rig().bring_up()
    rig.say(np.zeros(max(1, samples)), rate_hz=rate_hz, channels=channels if samples else 2)
    rig.say(tone(0.02))
    metrics = rig.metrics.wait(lambda m: m.samples_played == 480, 'the good chunk')
    assert metrics.chunks_rejected == 1


def test_a_visitor_of_a_file_waits_until_the_conversation_is_live(file_rig, graph):
    state = graph.node.create_publisher(ConversationState, f'{graph.namespace}/state', LATCHED)
    state.publish(ConversationState(state=ConversationState.WARMING))
    rig = file_rig(tone(1.0), wait_for_live=True).bring_up()
    rig.heard.wait(lambda c: c.seq > 30, 'the device')
    assert not any(np.any(c.samples) for c in rig.heard)
    state.publish(ConversationState(state=ConversationState.LIVE))
    rig.heard.wait(lambda c: np.abs(c.samples).max() > 4000, 'the visitor')


def test_a_visitor_without_any_conversation_speaks_after_a_while_and_says_so(
    file_rig, graph, monkeypatch
):
    monkeypatch.setattr('personaplex_ros.nodes.visitor_cue.ALONE_S', 0.1)
    log = graph.log()
    rig = file_rig(tone(1.0), wait_for_live=True).bring_up()
    rig.heard.wait(lambda c: np.abs(c.samples).max() > 4000, 'the visitor')
    log.wait(lambda m: 'wait_for_live' in m.msg, 'the line')


def test_a_file_that_is_over_makes_the_node_done(file_rig):
    rig = file_rig(tone(0.2), tail_s=0.1).bring_up()
    wait_until(lambda: rig.node.done, 'the end')


def test_in_an_open_loopback_room_the_robot_hears_itself(graph):
    rig = AudioRig(graph, device='loopback', room_delay_ms=40.0, **OPEN).bring_up()
    rig.heard.wait(lambda c: c.seq > 5, 'the device')
    rig.say(tone(0.1))
    rig.heard.wait(lambda c: np.abs(c.samples).max() > 2000, 'its own voice')


@pytest.mark.parametrize('echo', ['webrtc', 'half_duplex'])
def test_with_its_echo_taken_care_of_the_robot_does_not_hear_itself(graph, echo):
    rig = AudioRig(graph, device='loopback', room_delay_ms=40.0, echo=echo).bring_up()
    rig.heard.wait(lambda c: c.seq > 5, 'the device')
    for _ in range(5):
        rig.say(tone(0.1))
        rig.heard.wait(lambda c, seq=rig.heard.last.seq: c.seq > seq + 5, 'the next 100 ms')
    assert max(np.abs(c.samples).max() for c in rig.heard) < 500
    rig.until_health('echo', DiagnosticStatus.OK)


def test_a_card_that_is_pulled_out_is_told_and_found_again(graph, cards):
    rig = AudioRig(graph, microphone='usb', loudspeaker='usb').bring_up()
    rig.until_health('microphone', DiagnosticStatus.OK)
    usb = cards.cards[1]
    cards.pull(usb)
    rig.until_health('microphone', DiagnosticStatus.ERROR, "no microphone 'usb'; have 0: HDA")
    rig.until_health('loudspeaker', DiagnosticStatus.ERROR)
    heard = len(rig.heard)
    cards.plug(usb)
    wait_until(lambda: len(rig.heard) > heard + 10, 'the microphone')
    metrics = rig.metrics.wait(lambda m: m.devices_opened == 2, 'the second opening')
    assert metrics.device == 'USB Audio, USB Audio'
    assert [c.seq for c in rig.heard] == list(range(len(rig.heard)))


def test_a_dead_microphone_is_an_error(graph, cards):
    rig = AudioRig(graph, dead_after_s=0.5).bring_up()
    rig.until_health('microphone', DiagnosticStatus.ERROR, 'is dead')


def test_without_portaudio_configure_fails_with_one_line(graph, monkeypatch):
    def fail(name):
        raise OSError('PortAudio library not found')

    # not importlib's own function: a real rclpy loads type support through it
    monkeypatch.setattr(portaudio, 'importlib', SimpleNamespace(import_module=fail))
    log = graph.log()
    rig = AudioRig(graph)
    assert not rig.configure()
    line = log.wait(lambda m: 'cannot configure' in m.msg, 'the line')
    assert 'libportaudio2' in line.msg and '\n' not in line.msg


@pytest.mark.parametrize(
    'parameters',
    [
        {'target_ms': 100.0, 'ceiling_ms': 120.0},
        {'echo': 'off'},
        {'backoff_min_s': 2.0, 'backoff_max_s': 1.0},
    ],
)
def test_settings_that_contradict_each_other_are_not_configured(graph, parameters):
    assert not AudioRig(graph, device='file', **parameters).configure()


@pytest.mark.parametrize(
    ('parameters', 'why'),
    [
        ({'visitor': '/nowhere/in.wav'}, '/nowhere/in.wav: no such file'),
        ({'visitor': __file__}, 'no sound file that can be read'),
        ({'record': '/nowhere/out.wav'}, '/nowhere/out.wav: there is no such folder'),
    ],
)
def test_files_that_no_search_would_mend_fail_configure_with_the_reason(graph, parameters, why):
    log = graph.log()
    assert not AudioRig(graph, device='loopback', **parameters).configure()
    assert why in log.wait(lambda m: 'cannot configure' in m.msg, 'the line').msg


def test_files_of_a_part_that_is_elsewhere_are_not_looked_at(graph):
    rig = AudioRig(graph, device='file', part='loudspeaker', visitor='/nowhere/in.wav')
    assert rig.configure()


@pytest.mark.parametrize(
    'parameters', [{'device': 'gramophone'}, {'chunk_ms': 15}, {'echo': 'none'}]
)
def test_settings_that_make_no_sense_are_refused(graph, parameters):
    rig = AudioRig(graph, device='file')
    ((name, value),) = parameters.items()
    message = Parameter(name, value=value).to_parameter_msg()
    service = f'{rig.namespace}/audio/set_parameters'
    (result,) = rig.graph.ask(SetParameters, service, parameters=[message]).results
    assert not result.successful and str(value) in result.reason


def test_it_can_be_deactivated_and_activated_again_and_again(file_rig):
    rig = file_rig()
    for _ in range(3):
        rig.bring_up()
        seen = len(rig.heard)
        wait_until(lambda: len(rig.heard) > seen + 3, 'chunks')  # noqa: B023
        rig.shut_down()
        assert rig.change(Transition.TRANSITION_CLEANUP)
    assert [c.seq for c in rig.heard] == list(range(len(rig.heard)))


RATES_HZ = (0, 1, 7_999, 8_000, 11_025, 22_050, 44_100, 96_000, 192_000, 192_001, 2**32 - 1)
CHANNELS = (0, 1, 2, 3, 255)
LENGTHS = (0, 1, 3, 480, 481, 100_000)
JUMPS = ((0, 2**64 - 1), (2**32 - 1, 7), (0, 0), (3, 10**12), (2**32 - 1, 2**64 - 1), (0, 1))


def test_no_class_of_bad_audio_ends_the_node_or_stays_in_its_way(file_rig):
    rig = file_rig().bring_up()
    rig.heard.wait(lambda c: True, 'the device')
    rng = np.random.default_rng(5)
    for rate_hz in RATES_HZ:
        rig.heard.wait(lambda c, seq=rig.heard.last.seq: c.seq > seq + 1, 'some time')
        for channels in CHANNELS:
            samples = rng.choice([-32768, 32767, 0], int(rng.choice(LENGTHS)))
            rig.publish(samples, rate_hz=rate_hz, channels=channels)
    for samples in LENGTHS:
        rig.publish(np.full(samples, 32767))
    for epoch, seq in JUMPS:
        rig.publish(np.zeros(480), epoch=epoch, seq=seq, stamp_s=int(rng.integers(0, 2**31)))
    rig.metrics.wait(lambda m: m.chunks_rejected > 20, 'the bad ones')
    before = rig.metrics.last.samples_played
    rig.say(tone(0.08))
    metrics = rig.metrics.wait(lambda m: m.samples_played >= before + 1900, 'the good one')
    assert metrics.samples_received == (
        metrics.samples_played
        + metrics.samples_dropped
        + metrics.samples_voided
        + metrics.samples_waiting
    )
