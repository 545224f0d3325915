# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Ten minutes of drift and pulled plugs in a simulated clock: nothing grows, nothing gets late."""

from collections import deque
import gc
from pathlib import Path

import numpy as np
import pytest

from personaplex_ros.audio.devices.base import BLOCK_MS
from personaplex_ros.audio.duplex import DuplexPath
from personaplex_ros.audio.echo.path import EchoPath
from personaplex_ros.audio.echo.settings import EchoSettings
from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.intake import Reblocker
from personaplex_ros.audio.microphone_health import MicrophoneHealth
from personaplex_ros.audio.playout.pieces import Origin
from personaplex_ros.audio.playout.player import Chunk
from personaplex_ros.audio.playout.player import Player
from personaplex_ros.audio.playout.settings import PlayoutSettings

pytestmark = pytest.mark.soak

BLOCK_NS = BLOCK_MS * 1_000_000
BLOCKS = 30_000
MAX_GROWTH_BYTES = 4 << 20
PAGE_BYTES = 4096
DRIFT_PPM = 200.0


class Agent:
    """Answers every frame it hears after 20 to 50 ms, by a clock of its own that drifts."""

    def __init__(self, player: Player) -> None:
        self._player = player
        self._rng = np.random.default_rng(9)
        self._reblocker = Reblocker()
        self._answers: deque[tuple[float, np.ndarray]] = deque()
        self._speech = np.random.default_rng(10).normal(0, 2500, (100, 1920)).astype(np.int16)
        self._seq = 0
        self._frames = 0
        self.epoch = 0
        self.blocks_heard = 0

    def on_clean(self, samples: np.ndarray, captured_ns: int) -> None:
        self.blocks_heard += 1

    def on_due(self) -> None:
        pass

    def on_played(self, origin: Origin, offset: int, audible_ns: int) -> None:
        assert origin.epoch <= self.epoch

    def speak(self, now_s: float) -> None:
        """Send what is due: a frame every 80 ms of its own clock, a third of them quiet."""
        period_s = 0.08 * (1 - DRIFT_PPM * 1e-6)
        while self._frames * period_s <= now_s:
            frame = self._speech[self._frames % 100] * (self._frames % 60 < 40)
            due_s = self._frames * period_s + self._rng.uniform(0.02, 0.05)
            self._answers.append((due_s, frame))
            self._frames += 1
        while self._answers and self._answers[0][0] <= now_s:
            _, frame = self._answers.popleft()
            for begin in range(0, 1920, 480):
                self._player.push(Chunk(frame[begin : begin + 480], Origin(self.epoch, self._seq)))
                self._seq += 1


class Robot:
    """Player, echo and agent for the whole time; a path for each time it is plugged in."""

    def __init__(self) -> None:
        self.player = Player(PlayoutSettings())
        self.agent = Agent(self.player)
        self._noise = np.random.default_rng(7).integers(-30, 30, 960, np.int16)
        self._echo = EchoPath(EchoSettings(), SAMPLE_RATE_HZ)
        self.plug(48_000)

    def plug(self, rate_hz: int) -> None:
        """Open a device of this rate."""
        self._echo.reset()
        self._size = rate_hz // 50
        self._air = deque([np.zeros(self._size, np.int16)] * 3)
        self._path = DuplexPath(rate_hz, self.player, self._echo, self.agent, MicrophoneHealth())

    def block(self, now_ns: int) -> None:
        """Let the device exchange one block."""
        heard = self._air.popleft() // 2 + self._noise[: self._size]
        self._air.append(self._path(heard, now_ns - BLOCK_NS, now_ns + 2 * BLOCK_NS))


def resident_bytes() -> int:
    gc.collect()
    return int(Path('/proc/self/statm').read_text().split()[1]) * PAGE_BYTES


def test_ten_minutes_of_drift_and_pulled_plugs_leave_no_trace():
    rng = np.random.default_rng(8)
    robot = Robot()
    waiting: list[float] = []
    memory: list[int] = []
    unplugged = unplugs = 0
    for number in range(BLOCKS):
        robot.agent.speak(number * BLOCK_NS * 1e-9)
        if unplugged:
            unplugged -= 1
            if not unplugged:
                robot.plug(int(rng.choice([24_000, 48_000, 44_100])))
        elif rng.random() < 1 / 750:
            unplugged = int(rng.integers(10, 150))
            unplugs += 1
        else:
            robot.block(number * BLOCK_NS)
            waiting.append(robot.player.waiting_ms)
        if rng.random() < 1 / 1000:
            robot.agent.epoch += 1
        if number % (BLOCKS // 10) == 0:
            memory.append(resident_bytes())
    counts = robot.player.counts
    assert unplugs > 20
    assert max(waiting) <= 120.0
    assert np.mean(waiting[-3000:]) <= np.mean(waiting[3000:6000]) + 10.0
    assert counts.received == counts.played + counts.dropped + counts.voided + counts.waiting
    assert robot.agent.blocks_heard >= len(waiting) - 10 * unplugs
    assert memory[-1] - memory[2] < MAX_GROWTH_BYTES
