# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A sound file plays into audio/in as a microphone would: in time, whole, once."""

import time

from graph import LATCHED
from graph import wait_until
import numpy as np
import pytest
from rclpy.parameter import Parameter
import soundfile

from personaplex_ros.audio.sound_file import SoundFileError
from personaplex_ros.msg import AudioChunk
from personaplex_ros.msg import ConversationState
from personaplex_ros.nodes.wav_source import WavSource

pytestmark = pytest.mark.graph


def noise(count: int, channels: int = 1) -> np.ndarray:
    """Return int16 [count, channels]."""
    return np.random.default_rng(3).integers(-20_000, 20_000, (count, channels), np.int16)


@pytest.fixture
def play(graph, tmp_path):
    """Give a maker of sources in the test's namespace; what they publish is collected."""

    def make(samples: np.ndarray, rate_hz: int, **parameters) -> WavSource:
        path = tmp_path / 'sound.wav'
        soundfile.write(path, samples, rate_hz, subtype='PCM_16')
        values = {'path': str(path), 'tail_s': 0.0, 'wait_for_live': False, **parameters}
        return graph.add(
            WavSource(
                namespace=graph.namespace,
                context=graph.context,
                parameter_overrides=[Parameter(key, value=v) for key, v in values.items()],
            )
        )

    make.heard = graph.listen(AudioChunk, f'{graph.namespace}/audio/in')
    return make


def received(heard) -> np.ndarray:
    """Return all samples that came, int16 [n]."""
    return np.concatenate([np.array(chunk.samples, np.int16) for chunk in heard])


def nanoseconds(stamp) -> int:
    """Return a stamp as one number."""
    return stamp.sec * 1_000_000_000 + stamp.nanosec


@pytest.mark.parametrize(
    ('rate_hz', 'channels', 'count'),
    [(16_000, 1, 3_200), (44_100, 2, 10_001), (48_000, 1, 9_599), (11_025, 1, 1), (8_000, 2, 161)],
)
def test_every_sample_comes_once_then_silence_fills_the_last_chunk(play, rate_hz, channels, count):
    samples = noise(count, channels)
    play(samples, rate_hz)
    chunk = rate_hz // 50
    chunks = -(-count // chunk)
    play.heard.wait(lambda c: c.seq == chunks - 1, 'the last chunk')
    assert [c.seq for c in play.heard] == list(range(len(play.heard)))
    assert {(c.sample_rate, c.channels, len(c.samples)) for c in play.heard} == {
        (rate_hz, channels, chunk * channels)
    }
    got = received(play.heard).reshape(-1, channels)
    np.testing.assert_array_equal(got[:count], samples)
    assert not got[count:].any()


@pytest.mark.parametrize(('count', 'tail_s'), [(3200, 0.0), (3200, 0.1), (3000, 0.1), (1, 0.05)])
def test_file_and_tail_are_played_and_no_chunk_more(play, count, tail_s):
    source = play(noise(count), 16_000, tail_s=tail_s)
    wait_until(lambda: source.done, 'the end')
    chunks = -(-(count + round(tail_s * 16_000)) // 320)
    play.heard.wait(lambda c: c.seq == chunks - 1, 'the last chunk')
    assert len(play.heard) == chunks
    assert source.played_s == pytest.approx(chunks * 0.02)


def test_it_plays_in_real_time_and_never_ahead_of_it(play, graph):
    arrivals = []
    graph.node.create_subscription(
        AudioChunk,
        f'{graph.namespace}/audio/in',
        lambda chunk: arrivals.append((time.monotonic(), chunk.seq)),
        100,
    )
    before_s = time.monotonic()
    play(noise(16_000), 16_000)
    play.heard.wait(lambda c: c.seq == 49, 'the last chunk')
    for at_s, seq in arrivals:
        assert at_s - before_s >= (seq + 1) * 0.02, 'a chunk that lies in the future'


def test_chunks_are_stamped_with_the_time_of_their_first_sample(play):
    play(noise(4_000), 16_000, chunk_ms=10)
    play.heard.wait(lambda c: c.seq == 24, 'the last chunk')
    stamps = [nanoseconds(c.header.stamp) for c in play.heard]
    assert set(np.diff(stamps)) == {10_000_000}


def test_it_waits_until_the_conversation_is_live(play, graph):
    publisher = graph.node.create_publisher(ConversationState, f'{graph.namespace}/state', LATCHED)
    publisher.publish(ConversationState(state=ConversationState.CONNECTING))
    source = play(noise(640), 16_000, wait_for_live=True)
    wait_until(lambda: publisher.get_subscription_count() == 1, 'its subscription')
    assert source.played_s == 0
    publisher.publish(ConversationState(state=ConversationState.LIVE))
    play.heard.wait(lambda c: c.seq == 1, 'the last chunk')
    np.testing.assert_array_equal(received(play.heard)[:640], noise(640)[:, 0])


def test_it_does_not_stop_when_the_conversation_is_not_live_any_more(play, graph):
    publisher = graph.node.create_publisher(ConversationState, f'{graph.namespace}/state', LATCHED)
    publisher.publish(ConversationState(state=ConversationState.LIVE))
    play(noise(3_200), 16_000, wait_for_live=True)
    play.heard.wait(lambda c: c.seq == 1, 'its begin')
    publisher.publish(ConversationState(state=ConversationState.DEGRADED))
    publisher.publish(ConversationState(state=ConversationState.LIVE))
    play.heard.wait(lambda c: c.seq == 9, 'the last chunk')
    assert received(play.heard)[:3200].tolist() == noise(3_200)[:, 0].tolist()


def test_a_file_that_is_not_there_is_told_by_name(graph, tmp_path):
    with pytest.raises(SoundFileError, match='no such file'):
        WavSource(
            context=graph.context,
            parameter_overrides=[Parameter('path', value=str(tmp_path / 'none.wav'))],
        )


def test_a_file_that_is_damaged_half_way_is_told_and_the_source_is_done(graph, tmp_path):
    path = tmp_path / 'sound.flac'
    soundfile.write(path, noise(8_000), 8_000)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    log = graph.log()
    values = {'path': str(path), 'wait_for_live': False}
    source = graph.add(
        WavSource(
            namespace=graph.namespace,
            context=graph.context,
            parameter_overrides=[Parameter(key, value=v) for key, v in values.items()],
        )
    )
    wait_until(lambda: source.done, 'the end')
    assert log.wait(lambda m: 'the file is damaged' in m.msg, 'the line').msg.startswith(str(path))
