# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The recorder writes both sides, the words and what happened, and bears anything."""

from array import array
import json
from pathlib import Path

from builtin_interfaces.msg import Time
from graph import LATCHED
from graph import wait_until
import numpy as np
import pytest
from rclpy.parameter import Parameter
import soundfile
from std_msgs.msg import Bool
from std_msgs.msg import Header

from personaplex_ros.msg import AudioChunk
from personaplex_ros.msg import ConversationState
from personaplex_ros.msg import SessionMetrics
from personaplex_ros.msg import TextToken
from personaplex_ros.msg import ToolEvent
from personaplex_ros.msg import Transcript
from personaplex_ros.nodes import recording_files
from personaplex_ros.nodes.recorder import Recorder

pytestmark = pytest.mark.graph


class Studio:
    """A recorder and the publishers of everything it listens to."""

    def __init__(self, graph, folder: Path) -> None:
        self.folder = folder
        self._graph = graph
        parameters = [Parameter('directory', value=str(folder))]
        self.recorder = graph.add(
            Recorder(
                namespace=graph.namespace, context=graph.context, parameter_overrides=parameters
            )
        )
        topics = {
            'audio/in': (AudioChunk, 100),
            'audio/out': (AudioChunk, 100),
            'transcript': (Transcript, 100),
            'text_tokens': (TextToken, 100),
            'state': (ConversationState, LATCHED),
            'is_speaking': (Bool, LATCHED),
            'metrics': (SessionMetrics, 100),
            'tool_events': (ToolEvent, 100),
        }
        self._publishers = {
            topic: graph.node.create_publisher(kind, f'{graph.namespace}/{topic}', qos)
            for topic, (kind, qos) in topics.items()
        }
        wait_until(
            lambda: all(p.get_subscription_count() == 1 for p in self._publishers.values()),
            'its subscriptions',
        )

    def publish(self, topic: str, message) -> None:
        """Publish one message."""
        self._publishers[topic].publish(message)

    def hear(self, samples: np.ndarray, rate_hz: int = 24_000, channels: int = 1) -> None:
        """Publish what the robot hears, and wait until it is on the tape."""
        before = self.tape_s
        self.publish(
            'audio/in',
            AudioChunk(sample_rate=rate_hz, channels=channels, samples=array('h', samples)),
        )
        wait_until(lambda: self.tape_s > before, 'the tape to move on')

    @property
    def tape_s(self) -> float:
        """How long the tape is."""
        return self.recorder._duet.now_s

    def events(self, kind: str = '') -> list[dict]:
        """Return what was written to events.jsonl so far."""
        return [
            event
            for event in lines(self.folder / 'events.jsonl')
            if not kind or event['event'] == kind
        ]

    def finish(self) -> np.ndarray:
        """Destroy the recorder; return the tape, int16 [n, 2]."""
        self._graph.remove(self.recorder)
        tape, rate_hz = soundfile.read(self.folder / 'conversation.wav', dtype='int16')
        assert rate_hz == 24_000
        return tape


def lines(path: Path) -> list[dict]:
    """Read a .jsonl file."""
    return [json.loads(line) for line in path.read_text(encoding='utf-8').splitlines()]


@pytest.fixture
def studio(graph, tmp_path) -> Studio:
    """Give a recorder that writes into a folder that is not there yet."""
    return Studio(graph, tmp_path / 'new' / 'folder')


def test_both_sides_are_on_one_tape(studio):
    studio.publish('audio/out', AudioChunk(sample_rate=24_000, samples=array('h', [7] * 480)))
    wait_until(lambda: len(studio.recorder._duet._ahead), 'the speech')
    for _ in range(5):
        studio.hear(np.full(480, 5, np.int16))
    tape = studio.finish()
    assert tape.shape == (2400, 2)
    assert (tape[:, 0] == 5).all()
    assert np.count_nonzero(tape[:, 1] == 7) == 480


def test_what_is_heard_in_stereo_and_at_another_rate_keeps_its_time(studio):
    for _ in range(10):
        studio.hear(np.full(2 * 320, 1000, np.int16), rate_hz=16_000, channels=2)
    tape = studio.finish()
    assert len(tape) == 4800
    assert np.abs(tape[500:, 0].astype(int) - 1000).max() <= 2


def test_finished_words_are_written_and_growing_ones_are_not(studio):
    studio.publish('transcript', Transcript(utterance=1, text='Gu'))
    said = Transcript(utterance=1, text='Gute Nacht, Zoë', is_final=True, interrupted=True)
    said.start.sec, said.end.sec = 10, 11
    studio.publish('transcript', said)
    path = studio.folder / 'transcript.jsonl'
    wait_until(lambda: lines(path), 'the words')
    studio.finish()
    (line,) = lines(path)
    assert line['text'] == 'Gute Nacht, Zoë'
    assert (line['speaker'], line['interrupted'], line['seconds']) == ('agent', True, 1.0)
    assert 'Zoë' in path.read_text(encoding='utf-8'), 'readable, not escaped'


def test_words_of_both_speakers_are_written_in_one_shape(studio):
    for speaker in (Transcript.AGENT, Transcript.USER):
        said = Transcript(speaker=speaker, utterance=7, text='Hello.', is_final=True)
        studio.publish('transcript', said)
    path = studio.folder / 'transcript.jsonl'
    wait_until(lambda: len(lines(path)) == 2, 'both')
    studio.finish()
    agent, user = lines(path)
    assert (agent.pop('speaker'), user.pop('speaker')) == ('agent', 'user')
    assert agent == user
    assert [e['event'] for e in studio.events() if e.get('text') == 'Hello.'] == ['said', 'heard']


def test_the_users_words_are_taken_from_transcript_alone(studio, graph):
    assert graph.node.count_subscribers(f'{graph.namespace}/transcript') == 1
    assert graph.node.count_subscribers(f'{graph.namespace}/user_words') == 0


def test_everything_that_happens_is_written_with_its_time(studio):
    studio.hear(np.zeros(2400, np.int16))
    studio.publish('state', ConversationState(state=ConversationState.LIVE, persona='guide'))
    studio.publish('is_speaking', Bool(data=True))
    studio.publish('text_tokens', TextToken(frame=3, id=42, piece=' hé'))
    studio.publish('audio/out', AudioChunk(sample_rate=24_000, epoch=1, samples=array('h', [1])))
    studio.publish('metrics', SessionMetrics(frames_in=5, frames_out=4, frames_in_flight=1))
    kinds = ('state', 'speaking', 'token', 'epoch', 'metrics')
    wait_until(lambda: all(studio.events(kind) for kind in kinds), 'all events')
    (state,), (token,) = studio.events('state'), studio.events('token')
    assert (state['state'], state['persona']) == ('LIVE', 'guide')
    assert (token['frame'], token['id'], token['piece']) == (3, 42, ' hé')
    assert studio.events('metrics')[0]['frames_in'] == 5
    assert studio.events('epoch')[0]['epoch'] == 1
    for event in studio.events():
        assert event['t_s'] == 0.1
        assert event['wall_s'] > 0


def test_a_recording_of_many_hours_goes_on_in_another_file(graph, tmp_path, monkeypatch):
    monkeypatch.setattr(recording_files, 'FRAMES_A_WAV', 1_000)
    studio = Studio(graph, tmp_path)
    for value in (1, 2, 3):
        studio.hear(np.full(720, value, np.int16))
    first = studio.finish()
    rest = [
        soundfile.read(studio.folder / f'conversation_{n}.wav', dtype='int16')[0] for n in (2, 3)
    ]
    assert [len(part) for part in (first, *rest)] == [1_000, 1_000, 160]
    heard = np.concatenate((first, *rest))[:, 0]
    assert np.array_equal(heard, np.repeat([1, 2, 3], 720))


def test_an_epoch_is_told_once_though_a_chunk_of_the_one_before_comes_late(studio):
    for epoch, seq in ((0, 5), (1, 7), (0, 6), (1, 8), (2, 9)):
        studio.publish(
            'audio/out',
            AudioChunk(sample_rate=24_000, epoch=epoch, seq=seq, samples=array('h', [1] * 480)),
        )
    wait_until(lambda: [event['epoch'] for event in studio.events('epoch')][-1:] == [2], 'epochs')
    assert [event['epoch'] for event in studio.events('epoch')] == [1, 2]


def test_it_tells_which_metrics_it_has_written_last(studio):
    metrics = SessionMetrics(frames_in=5, frames_out=5)
    metrics.header.stamp.sec, metrics.header.stamp.nanosec = 12, 34
    studio.publish('metrics', metrics)
    wait_until(lambda: studio.events('metrics'), 'the metrics')
    assert studio.recorder.metrics_ns == 12_000_000_034


@pytest.mark.fault
def test_chunks_that_are_no_audio_leave_the_tape_as_it_is(studio):
    for rate_hz, channels, count in [
        (0, 1, 10), (4_000_000_000, 1, 10), (24_000, 3, 9), (24_000, 0, 9), (24_000, 2, 9),
        (24_000, 1, 0), (16_000, 2, 0), (7_999, 1, 10),
    ]:  # fmt: skip
        studio.publish(
            'audio/in',
            AudioChunk(
                sample_rate=rate_hz, channels=channels, samples=array('h', np.ones(count, 'h'))
            ),
        )
    studio.publish('audio/out', AudioChunk(sample_rate=24_000))
    studio.hear(np.full(480, 5, np.int16))
    assert studio.tape_s == pytest.approx(0.02)
    assert (studio.finish()[:480, 0] == 5).all()


@pytest.mark.fault
def test_words_and_numbers_that_nobody_knows_are_written_as_they_came(studio):
    studio.publish('tool_events', ToolEvent(tool='dance', stage=250, arguments='{"half'))
    studio.publish('state', ConversationState(state=99))
    metrics = SessionMetrics()
    metrics.header.stamp.sec = -5
    studio.publish('metrics', metrics)
    wait_until(lambda: all(studio.events(kind) for kind in ('tool', 'state', 'metrics')))
    (tool,), (state,) = studio.events('tool'), studio.events('state')
    assert (tool['stage'], tool['arguments'], state['state']) == ('250', '{"half', '99')
    assert studio.recorder.metrics_ns == -5_000_000_000


@pytest.mark.fault
def test_half_a_character_is_written_replaced(studio):
    studio.publish('tool_events', ToolEvent(tool='say', arguments='{"text": "\\ud83d."}'))
    wait_until(lambda: studio.events('tool'), 'the event')
    assert studio.events('tool')[0]['arguments'] == {'text': '?.'}


@pytest.mark.fault
@pytest.mark.skipif(not Path('/dev/full').exists(), reason='needs a device that is always full')
@pytest.mark.parametrize('file', ['events.jsonl', 'transcript.jsonl'])
def test_a_full_disk_ends_the_recording_with_one_line_and_the_node_lives(graph, tmp_path, file):
    (tmp_path / file).symlink_to('/dev/full')
    log = graph.log()
    studio = Studio(graph, tmp_path)
    studio.hear(np.full(480, 5, np.int16))
    for _ in range(3):
        studio.publish('transcript', Transcript(text='Hello.', is_final=True))
    told = log.wait(lambda line: 'No space left' in line.msg, 'the line in the log')
    assert 'start the recorder anew' in told.msg
    studio.publish('metrics', SessionMetrics(header=Header(stamp=Time(sec=7))))
    wait_until(lambda: studio.recorder.metrics_ns == 7_000_000_000, 'the node to go on')
    assert len([line for line in log if 'recording' in line.msg]) == 1
    assert (studio.finish()[:, 0] == 5).all(), 'what was written until then is whole'


@pytest.mark.fault
def test_a_tape_that_cannot_be_written_ends_the_recording_and_not_the_node(
    studio, graph, monkeypatch
):
    for newer in ('SoundFileError', 'LibsndfileError', 'SoundFileRuntimeError'):
        # 0.10 of Ubuntu 22.04 has none of them
        monkeypatch.delattr(soundfile, newer, raising=False)
    log = graph.log()
    refuse_more_than(studio.recorder._files, samples=480)
    for _ in range(3):
        studio.hear(np.full(480, 5, np.int16))
    log.wait(lambda line: 'make room on the disk' in line.msg, 'the line in the log')
    assert len(studio.finish()) == 480


def refuse_more_than(files, samples: int) -> None:
    """Let the tape be full after so many samples, as libsndfile tells of a full disk."""
    wav = files._wav
    room = samples

    class FullTape:
        closed = property(lambda self: wav.closed)
        close = staticmethod(wav.close)

        def write(self, block: np.ndarray) -> None:
            nonlocal room
            room -= len(block)
            if room < 0:
                raise RuntimeError('System error.')
            wav.write(block)

    files._wav = FullTape()


def test_destroying_it_twice_is_harmless(studio, graph):
    studio.hear(np.zeros(480, np.int16))
    studio.finish()
    studio.recorder.destroy_node()
