# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The path between a device and the topics: rates, stamps, echo in its place, dead microphones."""

import numpy as np
import pytest

from personaplex_ros.audio.devices.base import BLOCK_MS
from personaplex_ros.audio.duplex import DuplexPath
from personaplex_ros.audio.echo.path import EchoPath
from personaplex_ros.audio.echo.settings import EchoMode
from personaplex_ros.audio.echo.settings import EchoSettings
from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.microphone_health import MicrophoneHealth
from personaplex_ros.audio.playout.pieces import Origin
from personaplex_ros.audio.playout.player import Chunk
from personaplex_ros.audio.playout.player import Player
from personaplex_ros.audio.playout.settings import PlayoutSettings

RATES = [16_000, 24_000, 44_100, 48_000]


class Notes:
    """A listener."""

    def __init__(self) -> None:
        self.clean: list[tuple[np.ndarray, int]] = []
        self.starts: list[tuple[Origin, int, int]] = []

    def on_clean(self, samples, captured_ns):
        self.clean.append((samples, captured_ns))

    def on_due(self) -> None:
        pass

    def on_played(self, origin, offset, audible_ns):
        self.starts.append((origin, offset, audible_ns))


class Open(EchoPath):
    """Takes no echo out; notes the reference, and ducks where it is told to."""

    def __init__(self) -> None:
        super().__init__(EchoSettings(EchoMode.OFF, True), SAMPLE_RATE_HZ)
        self.reference: list[tuple[np.ndarray, float]] = []
        self.gain = 1.0

    @property
    def loudspeaker_gain(self) -> float:
        return self.gain

    def played(self, samples, stamp_s):
        self.reference.append((samples, stamp_s))
        super().played(samples, stamp_s)


class Wire:
    """A path at some rate whose loudspeaker is wired into its microphone."""

    def __init__(self, rate_hz: int, latency_ms: float = 30.0) -> None:
        self.notes = Notes()
        self.player = Player(PlayoutSettings())
        self.health = MicrophoneHealth()
        self.echo = Open()
        self.path = DuplexPath(rate_hz, self.player, self.echo, self.notes, self.health)
        self.size = rate_hz // 50
        self.latency_ns = round(latency_ms * 1e6)
        self.captured = np.zeros(self.size, np.int16)
        self.block = 0
        self.played: list[np.ndarray] = []

    def run(self, blocks: int, microphone=None) -> None:
        for _ in range(blocks):
            at_ns = self.block * BLOCK_MS * 1_000_000
            heard = self.captured if microphone is None else microphone(self.block, self.size)
            out = self.path(heard, at_ns, at_ns + self.latency_ns)
            assert out.dtype == np.int16 and len(out) == self.size
            self.played.append(out)
            self.block += 1


@pytest.mark.parametrize('rate_hz', RATES)
def test_a_click_is_stamped_with_when_it_was_in_the_air(rate_hz):
    wire = Wire(rate_hz)
    begins = round(0.5 * rate_hz)

    def microphone(block, size):
        at = block * size + np.arange(size)
        return np.where((at >= begins) & (at < begins + rate_hz // 100), 8000, 0).astype(np.int16)

    wire.run(100, microphone)
    sound = np.concatenate([samples for samples, _ in wire.notes.clean])
    first_ns = wire.notes.clean[0][1]
    onset_ns = first_ns + int(np.argmax(sound > 4000)) * 1e9 / 24_000
    assert onset_ns == pytest.approx(0.5e9, abs=0.2e6)
    stamps = [stamp for _, stamp in wire.notes.clean]
    assert np.abs(np.diff(stamps) - 20_000_000).max() < 100_000


@pytest.mark.parametrize('rate_hz', RATES)
def test_cursor_and_reference_say_when_a_sample_is_really_heard(rate_hz):
    wire = Wire(rate_hz)
    wire.player.push(Chunk(np.full(1920, 8000, np.int16), Origin(0, 5)))
    wire.run(20)
    sound = np.concatenate(wire.played)
    heard_ns = wire.latency_ns + int(np.argmax(sound > 4000)) * 1e9 / rate_hz
    origin, offset, told_ns = wire.notes.starts[0]
    assert (origin, offset) == (Origin(0, 5), 0)
    # the first 5 ms fade in, so half the level comes 2.5 ms after the first sample
    assert told_ns + 2.5e6 == pytest.approx(heard_ns, abs=0.3e6)
    reference_s = next(
        stamp_s for samples, stamp_s in wire.echo.reference if np.abs(samples).max() > 1
    )
    assert reference_s == pytest.approx(told_ns * 1e-9, abs=10e-3)


def test_ducking_is_heard_without_a_click_and_is_in_the_reference():
    wire = Wire(24_000)
    wire.player.push(Chunk(np.full(2400, 8000, np.int16), Origin(0, 0)))
    wire.run(4)
    wire.echo.gain = 0.5
    wire.run(2)
    sound = np.concatenate(wire.played)
    assert sound[8 * 240 - 1] == 8000 and sound[9 * 240] == 4000
    assert np.abs(np.diff(sound[7 * 240 : 10 * 240].astype(int))).max() < 30
    reference = np.concatenate([samples for samples, _ in wire.echo.reference])
    assert np.abs(sound.astype(int) - reference).max() <= 1


@pytest.mark.parametrize('rate_hz', RATES)
def test_nothing_is_lost_between_device_and_topic(rate_hz):
    wire = Wire(rate_hz)
    wire.run(1000)
    assert len(wire.notes.clean) == pytest.approx(1000, abs=1)
    assert {len(samples) for samples, _ in wire.notes.clean} == {480}


def test_a_dead_microphone_and_a_clipping_one_are_noticed():
    health = MicrophoneHealth()
    rng = np.random.default_rng(1)
    for _ in range(100):
        health.note(rng.integers(-3, 4, 240, np.int16))
    assert health.dead_s == 0.0
    for _ in range(300):
        health.note(np.full(240, 117, np.int16))
    assert health.dead_s == pytest.approx(3.0)
    for _ in range(100):
        health.note(np.tile(np.array([32767, -32768, 0, 0], np.int16), 60))
    assert health.dead_s == 0.0
    assert 0.2 < health.clipped_share <= 0.5
    health.note(np.empty(0, np.int16))
