# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Sound cards by name, at the rates they offer, pulled out and put back."""

from collections.abc import Callable
from collections.abc import Iterator
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest

from fakes.portaudio import Card
from fakes.portaudio import FakePortAudio
from personaplex_ros.audio.devices import portaudio
from personaplex_ros.audio.devices import sound_card
from personaplex_ros.audio.devices.base import DeviceError
from personaplex_ros.audio.devices.base import StreamInfo
from personaplex_ros.audio.devices.choice import find
from personaplex_ros.audio.devices.choice import first_rate
from personaplex_ros.audio.devices.keeper import DeviceKeeper
from personaplex_ros.audio.devices.keeper import KeeperSettings
from personaplex_ros.audio.devices.keeper import Presence
from personaplex_ros.audio.devices.settings import SoundCardSettings
from personaplex_ros.audio.devices.sound_card import SoundCard

PATIENCE_S = 10.0


def wait_until(condition: Callable[[], object], what: str) -> None:
    give_up_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < give_up_s, f'waited in vain for {what}'
        time.sleep(0.002)


class Blocks:
    """An exchange that notes what it got and answers with a count."""

    def __init__(self, info: StreamInfo) -> None:
        self.info = info
        self.captured: list[np.ndarray] = []
        self.times: list[tuple[int, int]] = []

    def __call__(self, captured: np.ndarray, captured_ns: int, audible_ns: int) -> np.ndarray:
        self.captured.append(captured.copy())
        self.times.append((captured_ns, audible_ns))
        return np.full(len(captured), len(self.times), np.int16)


@pytest.fixture
def quick_clock(monkeypatch):
    """Let the system's clock go as fast as the cards."""
    begun_ns = time.monotonic_ns()
    speed = Card('USB').speed
    clock = SimpleNamespace(
        monotonic_ns=lambda: begun_ns + round(speed * (time.monotonic_ns() - begun_ns))
    )
    monkeypatch.setattr(sound_card, 'time', clock)


@pytest.fixture
def opened():
    """Give a function that opens a card and returns its exchange."""
    devices = []

    def start(portaudio: FakePortAudio, **settings) -> Blocks:
        card = SoundCard(SoundCardSettings(**settings), portaudio)  # type: ignore[arg-type]
        devices.append(card)
        made: list[Blocks] = []
        card.open(lambda info: made.append(Blocks(info)) or made[0])
        made[0].device = card
        return made[0]

    yield start
    for device in devices:
        device.close()


NAMES = [('HDA Intel', 2, 2), ('USB Audio: Mic', 1, 0), ('usb audio', 1, 2), ('HDMI', 0, 8)]
LISTED = [
    {'index': i, 'name': name, 'max_input_channels': ins, 'max_output_channels': outs}
    for i, (name, ins, outs) in enumerate(NAMES)
]


@pytest.mark.parametrize(
    ('wanted', 'kind', 'index'),
    [
        ('', 'input', 0),
        ('USB AUDIO', 'input', 2),
        ('usb', 'input', 1),
        ('usb', 'output', 2),
        ('3', 'output', 3),
        ('hdmi', 'output', 3),
    ],
)
def test_a_device_is_found_by_name_part_of_it_or_index(wanted, kind, index):
    assert find(LISTED, wanted, kind, default=0)['index'] == index


@pytest.mark.parametrize(('wanted', 'kind'), [('hdmi', 'input'), ('9', 'output'), ('-1', 'input')])
def test_a_device_that_is_not_there_is_told_with_those_that_are(wanted, kind):
    with pytest.raises(DeviceError, match=r'have 0: HDA Intel, '):
        find(LISTED, wanted, kind, default=0)


def test_a_machine_without_a_microphone_is_told_so():
    with pytest.raises(DeviceError, match='no microphone at all; have none'):
        find([], '', 'input', default=-1)


def test_without_a_default_any_device_will_do():
    assert find(LISTED, '', 'output', default=-1)['index'] == 0


@pytest.mark.parametrize(
    ('own', 'asked', 'offered', 'rate'),
    [
        (44_100, 0, {44_100, 48_000}, 44_100),
        (44_100, 0, {48_000}, 48_000),
        (48_000, 16_000, {16_000, 48_000}, 16_000),
    ],
)
def test_a_rate_that_the_device_offers_is_taken(own, asked, offered, rate):
    assert first_rate(own, asked, lambda hz: '' if hz in offered else 'no') == rate


def test_no_common_rate_is_told_with_what_was_tried():
    with pytest.raises(DeviceError, match=r'no sample rate works \(8000 Hz: refused\)'):
        first_rate(48_000, 8_000, lambda hz: 'refused')


def test_blocks_of_20_ms_go_both_ways_on_every_channel(opened):
    card = Card('USB', inputs=4, microphone=100)
    blocks = opened(FakePortAudio(card), microphone='usb', microphone_channel=2)
    wait_until(lambda: len(blocks.times) > 20, 'blocks')
    assert blocks.info.rate_hz == 48_000
    assert {len(block) for block in blocks.captured} == {960}
    assert {int(block[0]) for block in blocks.captured} == {102}
    blocks.device.close()
    sound = card.sound()
    assert sound.shape[1] == 2
    np.testing.assert_array_equal(sound[::960, 0], np.arange(1, len(sound) // 960 + 1))
    np.testing.assert_array_equal(sound[:, 0], sound[:, 1])


def test_a_channel_that_the_microphone_does_not_have_is_refused(opened):
    with pytest.raises(DeviceError, match='has 1 channels; microphone_channel is 3'):
        opened(FakePortAudio(Card('USB')), microphone_channel=3)


@pytest.mark.parametrize('tells_time', [True, False])
def test_stamps_follow_the_devices_clock_not_the_arrival(opened, tells_time):
    card = Card('USB', tells_time=tells_time, speed=1.0)
    blocks = opened(FakePortAudio(card))
    wait_until(lambda: len(blocks.times) >= 30, 'blocks')
    captured, audible = np.array(blocks.times[:30]).T
    if tells_time:
        assert np.abs(np.diff(captured) - 20_000_000).max() < 1_000_000
        assert np.abs(audible - captured - 50_000_000).max() < 1_000
    else:
        assert (audible - captured).min() >= 50_000_000 + 20_000_000 - 1_000


def test_a_fault_in_the_sound_path_ends_the_stream_and_is_told():
    portaudio = FakePortAudio(Card('USB'))
    card = SoundCard(SoundCardSettings(), portaudio)  # type: ignore[arg-type]

    def broken(captured, captured_ns, audible_ns):
        raise RuntimeError('out of tune')

    card.open(lambda info: broken)
    wait_until(lambda: card.lost, 'the end')
    assert 'out of tune' in card.lost
    card.close()


@pytest.mark.parametrize(
    ('error', 'words'), [(ImportError('x'), 'pip install'), (OSError('x'), 'libportaudio2')]
)
def test_a_missing_portaudio_is_one_line_that_says_what_to_do(monkeypatch, error, words):
    def fail(name):
        raise error

    monkeypatch.setattr(portaudio.importlib, 'import_module', fail)
    with pytest.raises(DeviceError, match=words) as told:
        SoundCard(SoundCardSettings())
    assert 'device:=file' in str(told.value)


class Kept:
    """A keeper over a stand-in for PortAudio."""

    def __init__(self, portaudio: FakePortAudio) -> None:
        self.changes: list[tuple[Presence, str]] = []
        self.exchanges: list[Blocks] = []
        self.keeper = DeviceKeeper(
            lambda: SoundCard(SoundCardSettings(microphone='usb', loudspeaker='usb'), portaudio),
            self.exchange_for,
            lambda presence, why: self.changes.append((presence, why)),
            KeeperSettings(backoff_min_s=0.01, backoff_max_s=0.05),
        )
        self.keeper.start()

    def exchange_for(self, info: StreamInfo) -> Blocks:
        self.exchanges.append(Blocks(info))
        return self.exchanges[-1]

    @property
    def presence(self) -> Presence:
        return self.changes[-1][0]

    @property
    def waits_for_a_driver(self) -> list[str]:
        """What was told about a driver that hangs, once for every try."""
        return [why for _, why in self.changes if 'the node must be restarted' in why]

    def until(self, presence: Presence) -> None:
        wait_until(lambda: self.changes and self.presence is presence, presence.value)


@pytest.fixture
def kept(quick_clock):
    """Give a maker of keepers."""
    keepers = []

    def make(portaudio: FakePortAudio) -> Kept:
        keepers.append(Kept(portaudio))
        return keepers[-1]

    yield make
    for one in keepers:
        one.keeper.stop()


def test_a_card_that_is_pulled_out_and_put_back_plays_again(kept):
    card = Card('USB')
    portaudio = FakePortAudio(Card('HDA'), card)
    robot = kept(portaudio)
    for opened in range(1, 4):
        robot.until(Presence.OPEN)
        wait_until(lambda: len(robot.exchanges[-1].times) > 3, 'sound')
        assert robot.keeper.opened == opened
        portaudio.pull(card)
        robot.until(Presence.LOST)
        wait_until(lambda: "no microphone 'usb'" in robot.changes[-1][1], 'the reason')
        portaudio.plug(card)


def test_a_card_that_falls_silent_without_a_word_is_opened_anew(kept):
    card = Card('USB')
    robot = kept(FakePortAudio(card))
    wait_until(lambda: robot.exchanges and len(robot.exchanges[-1].times) > 60, 'sound')
    card.stalled = True
    robot.until(Presence.LOST)
    assert 'pulled out' in robot.changes[-1][1]
    card.stalled = False
    wait_until(lambda: robot.keeper.opened >= 2 and robot.exchanges[-1].times, 'sound')


def test_a_stream_that_takes_its_time_to_begin_is_waited_for(kept, monkeypatch):
    monkeypatch.setattr('personaplex_ros.audio.devices.keeper.LOOK_S', 0.01)
    monkeypatch.setattr('personaplex_ros.audio.devices.keeper.SILENT_S', 0.1)
    monkeypatch.setattr('personaplex_ros.audio.devices.keeper.BEGIN_S', 60.0)
    card = Card('USB', stalled=True)
    robot = kept(FakePortAudio(card))
    robot.until(Presence.OPEN)
    begun_s = time.monotonic()
    wait_until(lambda: time.monotonic() > begun_s + 0.3, 'longer than a running stream is given')
    assert robot.presence is Presence.OPEN
    card.stalled = False
    wait_until(lambda: len(robot.exchanges[-1].times) > 60, 'sound')
    assert robot.keeper.opened == 1
    card.stalled = True
    robot.until(Presence.LOST)


@pytest.fixture
def hanging(monkeypatch) -> Iterator[FakePortAudio]:
    """Give a machine with a card whose driver will not return from close() until let_go is set."""
    monkeypatch.setattr('personaplex_ros.audio.devices.keeper.CLOSE_S', 0.05)
    portaudio = FakePortAudio(Card('USB', hangs=True))
    yield portaudio
    portaudio.let_go.set()
    wait_until(lambda: not closers(), 'the end of the threads')


def closers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == 'device closer']


def test_while_a_driver_does_not_let_go_that_is_told_and_waited_for(kept, hanging):
    robot = kept(hanging)
    robot.until(Presence.OPEN)
    hanging.pull(hanging.cards[0])
    hanging.plug(Card('usb two'))
    wait_until(lambda: len(robot.waits_for_a_driver) > 5, 'tries that do not touch PortAudio')
    assert robot.keeper.opened == 1
    assert robot.keeper.abandoned == 1
    assert len(closers()) <= 2, 'the one that hangs and the one of this try'
    hanging.let_go.set()
    wait_until(lambda: robot.keeper.opened == 2, 'the other card')


def test_a_driver_that_hangs_is_waited_for_by_the_next_activation_too(kept, hanging):
    before = kept(hanging)
    before.until(Presence.OPEN)
    before.keeper.stop()
    robot = kept(hanging)
    wait_until(lambda: robot.waits_for_a_driver, 'the reason')
    assert len(hanging.streams) == 1
    hanging.let_go.set()
    robot.until(Presence.OPEN)


def test_a_driver_that_hangs_does_not_keep_the_process_from_ending(kept, hanging):
    robot = kept(hanging)
    robot.until(Presence.OPEN)
    robot.keeper.stop()
    portaudio.end(hanging)
    assert not hanging.ended
    hanging.let_go.set()
    wait_until(lambda: not closers(), 'the driver')
    portaudio.end(hanging)
    assert hanging.ended


def test_a_device_that_surprises_is_told_and_looked_for_again():
    tries, told = [], []

    def make():
        tries.append(1)
        raise KeyError('what is this?')

    keeper = DeviceKeeper(
        make, Blocks, lambda p, why: told.append(why), KeeperSettings(0.001, 0.002)
    )
    keeper.start()
    wait_until(lambda: len(tries) > 3, 'more tries')
    keeper.stop()
    assert 'what is this?' in told[1]
    assert threading.active_count() < 20


@pytest.mark.parametrize('by_s', [-120.0, 120.0])
def test_a_clock_that_is_set_does_not_end_a_stream(opened, quick_clock, by_s):
    card = Card('USB')
    blocks = opened(FakePortAudio(card))
    wait_until(lambda: len(blocks.times) > 20, 'sound')
    card.clock_set_s = by_s
    wait_until(lambda: len(blocks.times) > 120 or blocks.device.lost, 'more sound')
    assert not blocks.device.lost


def test_a_stream_that_does_not_keep_pace_ends_and_says_why(opened, quick_clock):
    card = Card('USB', late_per_block_s=0.01)
    blocks = opened(FakePortAudio(card))
    wait_until(lambda: blocks.device.lost, 'the end')
    assert 'behind' in blocks.device.lost
