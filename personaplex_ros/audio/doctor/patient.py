# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What can be examined: a sound card, and a simulated room to try the doctor on."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
import re
from types import ModuleType
from typing import Protocol

from personaplex_ros.audio.devices.base import Device
from personaplex_ros.audio.devices.base import DeviceError
from personaplex_ros.audio.devices.choice import find
from personaplex_ros.audio.devices.portaudio import load_portaudio
from personaplex_ros.audio.devices.settings import SoundCardSettings
from personaplex_ros.audio.devices.settings import VirtualSettings
from personaplex_ros.audio.devices.sound_card import SoundCard
from personaplex_ros.audio.devices.virtual import VirtualDevice
from personaplex_ros.audio.doctor.findings import Parameter
from personaplex_ros.audio.doctor.levels import is_silent
from personaplex_ros.audio.doctor.listing import listing
from personaplex_ros.audio.doctor.score import silence
from personaplex_ros.audio.doctor.tape import record
from personaplex_ros.audio.doctor.tape import Recording
from personaplex_ros.audio.simulation.room import RoomSettings

PROBE_S = 0.3
MOST_CHANNELS = 8
"""ALSA's plugins claim 32 and more, whatever the card behind them has; arrays have up to 8."""
MOST_LATENCY_MS = 160.0
ALSA_NUMBER = re.compile(r' \(hw:\d+,\d+\)$')
"""ALSA numbers cards in the order in which they were plugged in: no part of a lasting name."""


class Patient(Protocol):
    """A device that is opened again and again, and its part in the parameters."""

    def listing(self) -> Sequence[str]:
        """Return a line for each device there is to choose from; raises DeviceError."""

    def make_device(self) -> Device:
        """Return a device, not opened yet; raises DeviceError."""

    def living_channels(self) -> Sequence[int]:
        """Return the channels of the microphone that hear something; takes a moment for each."""

    def parameters(self, recording: Recording) -> list[Parameter]:
        """Return the audio node's parameters that lead to this device again."""


class SoundCardPatient:
    """One or two sound cards."""

    def __init__(self, settings: SoundCardSettings, portaudio: ModuleType | None = None) -> None:
        self._settings = settings
        self._portaudio = portaudio

    def listing(self) -> Sequence[str]:
        """Return the machine's sound devices; raises DeviceError."""
        return listing(self._loaded)

    def make_device(self) -> Device:
        """Return a device, not opened yet; raises DeviceError."""
        return SoundCard(self._settings, self._loaded)

    def living_channels(self) -> Sequence[int]:
        """Return the channels of the microphone that hear something."""
        wanted, default = self._settings.microphone, self._loaded.default.device[0]
        microphone = find(self._loaded.query_devices(), wanted, 'input', default)
        channels = min(MOST_CHANNELS, microphone['max_input_channels'])
        return [n for n in range(channels) if self._hears(n)]

    def parameters(self, recording: Recording) -> list[Parameter]:
        """Return devices by lasting names, the rate, and a latency that loses nothing."""
        info, latency_ms = recording.info, self._settings.latency_ms
        lost = recording.lost_blocks
        if lost:
            latency_ms = min(2 * latency_ms, max(latency_ms, MOST_LATENCY_MS))
        return [
            Parameter('device', 'sound_card', 'examined'),
            Parameter('microphone', self._name(info.microphone, 'input'), 'as it is called here'),
            Parameter('loudspeaker', self._name(info.loudspeaker, 'output'), 'likewise'),
            Parameter('microphone_channel', self._settings.microphone_channel, 'it hears'),
            Parameter('rate_hz', info.rate_hz, 'measured: it is what the card runs at'),
            Parameter('latency_ms', latency_ms, f'at {self._settings.latency_ms:g} ms, sound was '
                      f'lost {lost} times'),
        ]  # fmt: skip

    @property
    def _loaded(self) -> ModuleType:
        return self._portaudio or load_portaudio()

    def _hears(self, channel: int) -> bool:
        card = SoundCard(replace(self._settings, microphone_channel=channel), self._loaded)
        try:
            return not is_silent(record(card, partial(silence, seconds=PROBE_S)).captured)
        except DeviceError:
            return False

    def _name(self, name: str, kind: str) -> str:
        """Return the name without its number, where that still finds the same device."""
        lasting = ALSA_NUMBER.sub('', name)
        found = find(self._loaded.query_devices(), lasting, kind, default=-1)
        return lasting if found['name'] == name else name


class LoopbackPatient:
    """The simulated room of the device `loopback`."""

    def __init__(self, room: RoomSettings) -> None:
        self._room = room

    def listing(self) -> Sequence[str]:
        """Return none: there is only one."""
        return ()

    def make_device(self) -> Device:
        """Return a device, not opened yet, that goes as fast as the machine can."""
        return VirtualDevice(VirtualSettings(speed=0, room=self._room))

    def living_channels(self) -> Sequence[int]:
        """Return none: there is only one."""
        return ()

    def parameters(self, recording: Recording) -> list[Parameter]:
        """Return the device and its room."""
        return [
            Parameter('device', 'loopback', 'examined'),
            Parameter('room_delay_ms', self._room.delay_ms, 'as asked'),
            Parameter('room_echo_db', self._room.echo_db, 'as asked'),
        ]
