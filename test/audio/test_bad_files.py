# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Every class of bad file that a device can be given is refused in one line, or heard safely."""

from collections.abc import Callable
import os
from pathlib import Path
import struct
import time

import numpy as np
import pytest
import soundfile

from personaplex_ros.audio.devices.base import DeviceError
from personaplex_ros.audio.devices.base import StreamInfo
from personaplex_ros.audio.devices.keeper import DeviceKeeper
from personaplex_ros.audio.devices.keeper import KeeperSettings
from personaplex_ros.audio.devices.settings import VirtualSettings
from personaplex_ros.audio.devices.virtual import check_files
from personaplex_ros.audio.devices.virtual import VirtualDevice

PATIENCE_S = 10.0
SECOND = (np.sin(np.arange(24_000) / 9) / 2).astype(np.float64)


def wav(
    rate_hz: int = 24_000,
    channels: int = 1,
    bits: int = 16,
    kind: int = 1,
    data: bytes = bytes(4_800),
    claimed: int | None = None,
) -> bytes:
    """Return a wav whose header says what it is told to."""
    align = channels * bits // 8
    layout = struct.pack(
        '<HHIIHH', kind, channels, rate_hz, (rate_hz * align) % 2**32, align, bits
    )
    said = len(data) if claimed is None else claimed
    body = b'WAVEfmt ' + struct.pack('<I', 16) + layout + b'data' + struct.pack('<I', said) + data
    return b'RIFF' + struct.pack('<I', min(2**32 - 1, len(body))) + body


def sound(samples: np.ndarray, rate_hz: int = 24_000, subtype: str = 'PCM_16') -> Callable:
    return lambda path: soundfile.write(path, samples, rate_hz, subtype=subtype, format='WAV')


def put(data: bytes) -> Callable:
    return lambda path: path.write_bytes(data)


REFUSED: dict[str, Callable[[Path], object]] = {
    'nothing there': lambda path: None,
    'a folder': lambda path: path.mkdir(),
    'a pipe': lambda path: os.mkfifo(path),
    'a device': lambda path: path.symlink_to('/dev/zero'),
    'a link to nowhere': lambda path: path.symlink_to('/nowhere/at/all'),
    'an empty file': lambda path: path.touch(),
    'text': put(b'this is no sound\n' * 100),
    'noise': put(np.random.default_rng(1).bytes(10_000)),
    'four bytes of a header': put(wav()[:4]),
    'half a header': put(wav()[:20]),
    'a header without samples': put(wav(data=b'')),
    'a header that ends before its samples': put(wav()[:40]),
    'no channels': put(wav(channels=0)),
    'six channels': put(wav(channels=6)),
    '32 767 channels': put(wav(channels=32_767)),
    'no bits': put(wav(bits=0)),
    'an unknown kind of samples': put(wav(kind=0x7777)),
    '0 Hz': put(wav(rate_hz=0)),
    '1 Hz': put(wav(rate_hz=1)),
    '4 kHz': put(wav(rate_hz=4_000)),
    '200 kHz': put(wav(rate_hz=200_000)),
    '4 GHz': put(wav(rate_hz=2**32 - 1)),
}

HEARD: dict[str, Callable[[Path], object]] = {
    '8 bits': sound(SECOND, subtype='PCM_U8'),
    '24 bits': sound(SECOND, subtype='PCM_24'),
    '32 bits': sound(SECOND, subtype='PCM_32'),
    'float': sound(SECOND, subtype='FLOAT'),
    'double': sound(SECOND, subtype='DOUBLE'),
    'mu-law': sound(SECOND, subtype='ULAW'),
    '192 kHz': sound(SECOND, 192_000),
    '8 kHz': sound(SECOND, 8_000),
    'a rate without whole blocks': sound(SECOND, 11_025),
    'stereo': sound(np.stack((SECOND, -SECOND), axis=1)),
    'one sample': sound(SECOND[:1]),
    'a sample less than it needs for a block': sound(SECOND[:239]),
    'the end cut off': put(wav(data=bytes(5_000))[:-1_001]),
    'more claimed than there is': put(wav(claimed=2**31)),
    'all claimed that can be': put(wav(claimed=2**32 - 1)),
    'less claimed than there is': put(wav(claimed=100)),
    'half a sample at the end': put(wav(data=bytes(4_801))),
}


class Microphone:
    """An exchange that keeps what the visitor's file gave."""

    def __init__(self) -> None:
        self.heard: list[np.ndarray] = []

    def __call__(self, captured: np.ndarray, captured_ns: int, audible_ns: int) -> np.ndarray:
        self.heard.append(captured)
        return np.zeros(len(captured), np.int16)


def listen(path: Path) -> np.ndarray:
    """Return all that a device hears of a file; raises DeviceError."""
    microphone = Microphone()
    device = VirtualDevice(VirtualSettings(visitor=str(path), tail_s=0.1, speed=0))

    def exchange_for(info: StreamInfo) -> Microphone:
        return microphone

    try:
        device.open(exchange_for)
        give_up_s = time.monotonic() + PATIENCE_S
        while not device.done:
            assert not device.lost, device.lost
            assert time.monotonic() < give_up_s
            time.sleep(0.001)
    finally:
        device.close()
    return np.concatenate(microphone.heard)


@pytest.mark.parametrize('name', REFUSED)
def test_a_file_that_is_no_sound_is_refused_in_one_line_that_names_it(tmp_path, name):
    path = tmp_path / 'sound.wav'
    REFUSED[name](path)
    with pytest.raises(DeviceError) as refused:
        listen(path)
    assert str(path) in str(refused.value)
    assert '\n' not in str(refused.value)


@pytest.mark.parametrize('name', HEARD)
def test_a_file_of_any_usual_kind_is_heard_to_its_end(tmp_path, name):
    path = tmp_path / 'sound.wav'
    HEARD[name](path)
    assert listen(path).dtype == np.int16


@pytest.mark.parametrize('subtype', ['FLOAT', 'DOUBLE'])
@pytest.mark.parametrize('odd', [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_silence(tmp_path, subtype, odd):
    path = tmp_path / 'sound.wav'
    samples = np.full(2_400, 0.25)
    samples[[0, 100, 101, 2_399]] = odd
    soundfile.write(path, samples, 24_000, subtype=subtype)
    heard = listen(path)[:2_400]
    assert set(heard.tolist()) == {0, 8_192}
    assert np.flatnonzero(heard == 0).tolist() == [0, 100, 101, 2_399]


def test_a_file_that_is_damaged_half_way_is_heard_until_there_and_not_again(tmp_path):
    path = tmp_path / 'sound.flac'
    soundfile.write(path, np.tile(np.random.default_rng(2).normal(0, 0.1, 24_000), 6), 24_000)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    told: list[str] = []
    microphone = Microphone()
    keeper = DeviceKeeper(
        lambda: VirtualDevice(VirtualSettings(visitor=str(path), speed=0)),
        lambda info: microphone,
        lambda presence, why: told.append(why),
        KeeperSettings(0.01, 0.01),
    )
    keeper.start()
    give_up_s = time.monotonic() + PATIENCE_S
    while not keeper.done:
        assert time.monotonic() < give_up_s
        time.sleep(0.001)
    keeper.stop()
    assert told[-1] == f'{path}: the file is damaged; what follows cannot be read'
    assert keeper.opened == 1
    assert 24_000 <= sum(map(len, microphone.heard)) <= 4 * 24_000


def test_a_recording_into_what_is_no_file_is_refused(tmp_path):
    pipe = tmp_path / 'pipe.wav'
    os.mkfifo(pipe)
    for record in (tmp_path, pipe, tmp_path / 'nowhere' / 'out.wav'):
        settings = VirtualSettings(record=str(record))
        with pytest.raises(DeviceError, match=record.name):
            VirtualDevice(settings).open(lambda info: Microphone())
        with pytest.raises(DeviceError, match=record.name):
            check_files(settings)
