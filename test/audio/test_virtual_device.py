# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Files and a simulated room in place of hardware."""

import time

import numpy as np
import pytest
import soundfile

from personaplex_ros.audio.devices.base import DeviceError
from personaplex_ros.audio.devices.settings import VirtualSettings
from personaplex_ros.audio.devices.virtual import VirtualDevice
from personaplex_ros.audio.simulation.room import RoomSettings


class Talker:
    """An exchange that plays one sound and notes what the microphone heard."""

    def __init__(self, says: np.ndarray) -> None:
        self._says = says
        self.heard: list[np.ndarray] = []
        self.times: list[tuple[int, int]] = []

    def __call__(self, captured: np.ndarray, captured_ns: int, audible_ns: int) -> np.ndarray:
        begin = len(self.times) * len(captured)
        self.heard.append(captured)
        self.times.append((captured_ns, audible_ns))
        part = self._says[begin : begin + len(captured)]
        return np.pad(part, (0, len(captured) - len(part)))


def run(settings: VirtualSettings, says: np.ndarray, blocks: int) -> Talker:
    talker = Talker(says)
    device = VirtualDevice(settings)
    device.open(lambda info: talker)
    give_up_s = time.monotonic() + 10
    while device.counts.blocks < blocks and not device.lost:
        assert time.monotonic() < give_up_s
        time.sleep(0.002)
    device.close()
    assert not device.lost, device.lost
    talker.device = device
    return talker


def noise(count: int) -> np.ndarray:
    return np.random.default_rng(4).integers(-9000, 9000, count, np.int16)


def test_a_file_is_heard_once_then_silence_and_then_it_is_done(tmp_path):
    soundfile.write(tmp_path / 'in.wav', noise(16_000), 16_000)
    settings = VirtualSettings(
        str(tmp_path / 'in.wav'), str(tmp_path / 'out.wav'), tail_s=0.5, speed=0
    )
    talker = run(settings, noise(8_000), 160)
    heard = np.concatenate(talker.heard)
    np.testing.assert_array_equal(heard[:16_000], noise(16_000))
    assert not heard[16_000:].any()
    assert talker.device.done
    played, rate_hz = soundfile.read(tmp_path / 'out.wav', dtype='int16')
    assert rate_hz == 16_000
    np.testing.assert_array_equal(played[:8_000], noise(8_000))


@pytest.mark.parametrize('rate_hz', [11_025, 22_049, 44_101])
def test_a_file_of_an_odd_rate_is_heard_whole_at_24_khz(tmp_path, rate_hz):
    tone = np.rint(9000 * np.sin(2 * np.pi * 440 * np.arange(2 * rate_hz) / rate_hz))
    soundfile.write(tmp_path / 'in.wav', tone.astype(np.int16), rate_hz)
    settings = VirtualSettings(str(tmp_path / 'in.wav'), tail_s=0.5, speed=0)
    heard = np.concatenate(run(settings, noise(0), 130).heard)
    assert len(heard) % 480 == 0
    phase = 2 * np.pi * 440 * np.arange(240, 47_760) / 24_000
    waves = np.column_stack((np.sin(phase), np.cos(phase)))
    found, *_ = np.linalg.lstsq(waves, heard[240:47_760], rcond=None)
    assert np.hypot(*found) == pytest.approx(9000, rel=0.01)
    np.testing.assert_allclose(heard[240:47_760], waves @ found, atol=30)
    assert heard[47_900:48_060].any()
    assert not heard[48_200:].any()


def test_stamps_are_those_of_its_own_clock():
    talker = run(VirtualSettings(speed=0), noise(0), 50)
    captured, audible = np.array(talker.times).T
    assert set(np.diff(captured)) == {20_000_000}
    assert set(audible - captured) == {20_000_000}


def test_in_a_room_the_microphone_hears_the_loudspeaker_after_the_rooms_delay():
    room = RoomSettings(delay_ms=60.0, noise_dbfs=-120.0)
    click = np.zeros(24_000, np.int16)
    click[2_400] = 20_000
    talker = run(VirtualSettings(speed=0, room=room), click, 100)
    heard = np.concatenate(talker.heard).astype(float)
    captured_ns = talker.times[0][0] + int(np.argmax(np.abs(heard))) * 1e9 / 24_000
    played_ns = talker.times[0][1] + 2_400 * 1e9 / 24_000
    assert (captured_ns - played_ns) / 1e6 == pytest.approx(60.0, abs=0.1)


def test_without_a_room_it_does_not_hear_itself():
    talker = run(VirtualSettings(speed=0), noise(24_000), 50)
    assert not np.concatenate(talker.heard).any()


def test_it_is_paced_by_the_clock():
    begun_s = time.monotonic()
    run(VirtualSettings(speed=2.0), noise(0), 40)
    assert time.monotonic() - begun_s >= 0.19


@pytest.mark.parametrize(
    ('settings', 'words'),
    [
        (VirtualSettings('/nowhere/in.wav'), 'no such file'),
        (VirtualSettings('', '/nowhere/out.wav'), 'out.wav'),
    ],
)
def test_files_that_cannot_be_used_are_told(settings, words):
    with pytest.raises(DeviceError, match=words):
        VirtualDevice(settings).open(lambda info: Talker(noise(0)))
