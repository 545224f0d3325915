# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A loudspeaker on another node: what the network loses, delays and misdates is survived, told."""

from echo_stage import NOW_S
from echo_stage import RATE_HZ
from echo_stage import silence
from echo_stage import speech
from echo_stage import STEP
import numpy as np
import pytest

from personaplex_ros.audio.echo.elsewhere import EchoElsewhere
from personaplex_ros.audio.echo.path import EchoPath
from personaplex_ros.audio.echo.remote_reference import RemoteReference
from personaplex_ros.audio.echo.settings import EchoMode
from personaplex_ros.audio.echo.settings import EchoSettings
from personaplex_ros.audio.simulation.network import Network
from personaplex_ros.audio.simulation.network import NetworkSettings
from personaplex_ros.audio.simulation.room import Room
from personaplex_ros.audio.simulation.room import RoomSettings

CHUNK = 2 * STEP


class Split:
    """A robot that speaks in a room, and a microphone that learns of it through a network."""

    def __init__(self, network: NetworkSettings, settings: EchoSettings | None = None) -> None:
        settings = settings or EchoSettings()
        self.path = EchoPath(settings, RATE_HZ, reference_is_remote=True)
        self.reference = RemoteReference(hold_back_s=settings.hold_back_ms / 1000)
        self.reference.is_expected = True
        self.cut = False
        """Nothing comes through any more."""
        self._ahead_s = network.clock_ahead_s
        self._network: Network = Network(network)
        self._room = Room(RATE_HZ, RoomSettings(visitor_db=-10.0))
        self._blocks = 0
        self._chunk: list[np.ndarray] = []
        self.faults: list[str] = []

    def run(self, robot: np.ndarray, visitor: np.ndarray | None = None) -> np.ndarray:
        """Go on; return what was heard, int16 [m], m about len(robot)."""
        visitor = np.zeros_like(robot) if visitor is None else visitor
        heard = []
        for begin in range(0, len(robot) - STEP + 1, STEP):
            played = robot[begin : begin + STEP]
            stamp_s = NOW_S + self._blocks * 0.01
            self._send(played, stamp_s + 0.01)
            for arrived_s, (seq, samples, at_s) in self._network.arrived(stamp_s + 0.01):
                if not self.cut:
                    self.reference.push(samples, seq, at_s + self._ahead_s, arrived_s)
            self.reference.feed(self.path)
            captured = self._room.process(played, visitor[begin : begin + STEP])
            heard += [block for block, _ in self.path.captured(captured, stamp_s)]
            self.faults.append(self.path.report.fault)
            self._blocks += 1
        return np.concatenate(heard) if heard else np.empty(0, np.int16)

    def _send(self, played: np.ndarray, now_s: float) -> None:
        self._chunk.append(played)
        if len(self._chunk) == 2:
            number = self._blocks // 2
            self._network.send((number, np.concatenate(self._chunk), now_s - 0.02), now_s)
            self._chunk.clear()


def level_db(samples: np.ndarray) -> float:
    return float(10 * np.log10(np.mean((samples / 32768.0) ** 2) + 1e-12))


ROBOT = speech('robot', 0.0, 6.0)


@pytest.mark.parametrize(
    'network',
    [
        NetworkSettings(jitter_ms=40.0),
        NetworkSettings(jitter_ms=40.0, lost_share=0.02),
        NetworkSettings(latency_ms=20.0, clock_ahead_s=0.2),
        NetworkSettings(clock_ahead_s=30.0),
        NetworkSettings(clock_ahead_s=-3600.0),
    ],
    ids=str,
)
def test_the_echo_is_cancelled_whatever_the_network_does(network):
    split = Split(network)
    split.run(np.concatenate((ROBOT, silence(1.0))))
    heard = split.run(ROBOT)
    assert split.path.report.converged
    assert level_db(heard) < -54.0, 'the noise is at -60, the echo at -30'


def test_the_visitor_is_heard_through_it():
    split = Split(NetworkSettings(jitter_ms=40.0, lost_share=0.01))
    split.run(np.concatenate((ROBOT, silence(1.0))))
    visitor = speech('visitor', 0.0, 2.0)
    heard = split.run(np.zeros_like(visitor), visitor)
    assert level_db(heard) == pytest.approx(level_db(visitor) - 10.0, abs=1.5)


def test_lost_chunks_and_late_ones_are_counted():
    reference = RemoteReference(hold_back_s=0.08)
    for seq in (0, 1, 4, 5, 5, 7):
        reference.push(np.zeros(CHUNK, np.int16), seq, NOW_S + 0.02 * seq, NOW_S + 0.02 * seq)
    assert vars(reference.counts) == {'received': 5, 'lost': 3, 'late': 0}
    reference.push(np.zeros(CHUNK, np.int16), 8, NOW_S + 0.16, NOW_S + 0.29)
    assert reference.counts.late == 1


def test_a_sender_that_began_anew_lost_nothing():
    reference = RemoteReference()
    for seq in (10**12, 0, 2**64 - 1, 3):
        reference.push(np.zeros(CHUNK, np.int16), seq, NOW_S, NOW_S)
    assert reference.counts.lost == 0


def test_a_clock_that_is_off_is_found_from_the_arrivals_and_jitter_is_not():
    reference = RemoteReference()
    random = np.random.default_rng(1)
    for seq in range(300):
        at_s = NOW_S + 0.02 * seq
        reference.push(np.zeros(CHUNK, np.int16), seq, at_s, at_s + random.uniform(0.02, 0.2))
    assert (reference.realigned, reference.clock_offset_s) == (0, 0.0)
    for seq in range(300, 600):
        at_s = NOW_S + 0.02 * seq
        reference.push(
            np.zeros(CHUNK, np.int16), seq, at_s - 7.0, at_s + random.uniform(0.02, 0.2)
        )
    assert reference.realigned == 1
    assert reference.clock_offset_s == pytest.approx(7.02, abs=0.02)


def test_a_reference_later_than_the_hold_back_is_told_and_the_robot_still_not_heard():
    split = Split(NetworkSettings(latency_ms=150.0))
    heard = split.run(ROBOT)
    told = next(i for i, fault in enumerate(split.faults) if 'later than hold_back_ms' in fault)
    assert told < 500, 'within 5 s'
    assert level_db(heard) < -54.0
    visitor = speech('visitor', 0.0, 2.0)
    heard = split.run(np.zeros_like(visitor), visitor)
    assert level_db(heard) > level_db(visitor) - 13.0, 'late, but heard'


@pytest.mark.parametrize('mode', [EchoMode.WEBRTC, EchoMode.HALF_DUPLEX])
def test_while_no_reference_comes_nobody_is_heard_and_that_is_told(mode):
    split = Split(NetworkSettings(), EchoSettings(mode))
    split.run(np.concatenate((ROBOT, silence(1.0))))
    split.cut = True
    split.run(silence(0.5))
    heard = split.run(ROBOT)
    assert level_db(heard) < -54.0
    assert 'no reference' in split.faults[-1]
    split.cut = False
    split.run(silence(1.0))
    assert split.faults[-1] == '' or 'lost' in split.faults[-1]


def test_where_no_node_plays_the_microphone_stays_open():
    split = Split(NetworkSettings())
    split.reference.is_expected = False
    split.cut = True
    visitor = speech('visitor', 0.0, 2.0)
    heard = split.run(np.zeros_like(visitor), visitor)
    assert level_db(heard) == pytest.approx(level_db(visitor) - 10.0, abs=1.5)
    assert split.path.report.held_back_ms <= 10.0


def test_a_loudspeaker_ducks_while_it_is_told_to_and_comes_back_when_nobody_tells(monkeypatch):
    now_s = [100.0]
    monkeypatch.setattr('time.monotonic', lambda: now_s[0])
    told: list[float] = []
    echo = EchoElsewhere(12.0, lambda samples, stamp_s: told.append(stamp_s))
    echo.told(True)
    for _ in range(20):
        echo.played(np.zeros(STEP, np.int16), now_s[0])
        now_s[0] += 0.01
    assert echo.loudspeaker_gain == pytest.approx(10 ** (-12 / 20))
    for _ in range(200):
        echo.played(np.zeros(STEP, np.int16), now_s[0])
        now_s[0] += 0.01
    assert echo.loudspeaker_gain == 1.0
    assert len(told) == 220
