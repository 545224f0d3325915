# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Sound devices with one fault each, for the tests of the doctor."""

from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field

import numpy as np

from personaplex_ros.audio.devices.base import Device
from personaplex_ros.audio.devices.base import Exchange
from personaplex_ros.audio.devices.base import StreamInfo
from personaplex_ros.audio.devices.settings import VirtualSettings
from personaplex_ros.audio.devices.virtual import VirtualDevice
from personaplex_ros.audio.doctor.findings import Parameter
from personaplex_ros.audio.doctor.tape import Recording
from personaplex_ros.audio.intake import to_int16
from personaplex_ros.audio.simulation.room import RoomSettings

Plant = Callable[[Exchange, VirtualDevice], Exchange]
"""Puts a fault between a healthy device and who uses it."""


def nothing(exchange: Exchange, device: VirtualDevice) -> Exchange:
    return exchange


def late_reference(late_ms: float) -> Plant:
    """Say that the sound is heard later than it is."""
    return lambda exchange, device: (
        lambda captured, captured_ns, audible_ns: exchange(
            captured, captured_ns, audible_ns + round(late_ms * 1e6)
        )
    )


def jitter(deviation_ms: float) -> Plant:
    def plant(exchange: Exchange, device: VirtualDevice) -> Exchange:
        random = np.random.default_rng(5)
        return lambda captured, captured_ns, audible_ns: exchange(
            captured, captured_ns, audible_ns + round(random.normal() * deviation_ms * 1e6)
        )

    return plant


def dead_microphone(exchange: Exchange, device: VirtualDevice) -> Exchange:
    return lambda captured, *times: exchange(np.full_like(captured, 3), *times)


def silent_loudspeaker(exchange: Exchange, device: VirtualDevice) -> Exchange:
    return lambda *heard: np.zeros_like(exchange(*heard))


def monitor(exchange: Exchange, device: VirtualDevice) -> Exchange:
    """Let the microphone be the loudspeaker's own signal, a block later."""
    played = [np.zeros(0, np.int16)]

    def ill(captured: np.ndarray, *times: int) -> np.ndarray:
        before = played[0] if len(played[0]) else np.zeros_like(captured)
        played[0] = exchange(before, *times)
        return played[0]

    return ill


def hot_microphone(gain_db: float) -> Plant:
    gain = 10 ** (gain_db / 20)
    return lambda exchange, device: (
        lambda captured, *times: exchange(to_int16(captured * gain), *times)
    )


def slow_card(ratio: float) -> Plant:
    """Let the card run slower than it says, both ways: only its times tell."""

    def plant(exchange: Exchange, device: VirtualDevice) -> Exchange:
        origin: list[int] = []

        def ill(captured: np.ndarray, captured_ns: int, audible_ns: int) -> np.ndarray:
            origin.append(captured_ns)
            wrong = [origin[0] + round((t - origin[0]) / ratio) for t in (captured_ns, audible_ns)]
            return exchange(captured, *wrong)

        return ill

    return plant


def mislabelled_microphone(ratio: float) -> Plant:
    """Give `ratio` samples for one; the driver drops or waits at the ends of its 200 ms."""

    def plant(exchange: Exchange, device: VirtualDevice) -> Exchange:
        state = {'waiting': np.empty(0, np.float32), 'at': 0.0, 'last': 0.0, 'starved': True}

        def ill(captured: np.ndarray, *times: int) -> np.ndarray:
            sound = np.concatenate(([state['last']], captured))
            places = np.arange(state['at'], len(captured), 1 / ratio)
            more = np.interp(places, np.arange(len(sound)), sound)
            state['at'] = places[-1] + 1 / ratio - len(captured)
            state['last'] = float(captured[-1])
            stream = np.concatenate((state['waiting'], more))
            if len(stream) > 10 * len(captured):
                stream = stream[-len(captured) :]
            state['starved'] = len(stream) < (5 if state['starved'] else 1) * len(captured)
            if state['starved']:
                stream = np.pad(stream, (len(captured), 0))
            state['waiting'] = stream[len(captured) :]
            return exchange(to_int16(stream[: len(captured)]), *times)

        return ill

    return plant


def losses(exchange: Exchange, device: VirtualDevice) -> Exchange:
    def ill(*heard) -> np.ndarray:
        device.counts.overflows += device.counts.blocks % 150 == 149
        return exchange(*heard)

    return ill


class IllDevice(VirtualDevice):
    """The simulated room, with a fault between it and who uses it."""

    def __init__(self, settings: VirtualSettings, plant: Plant) -> None:
        super().__init__(settings)
        self._plant = plant

    def open(self, exchange_for: Callable[[StreamInfo], Exchange]) -> StreamInfo:
        return super().open(lambda info: self._plant(exchange_for(info), self))


@dataclass(frozen=True)
class IllPatient:
    """A Patient with one fault."""

    plant: Plant = nothing
    room: RoomSettings = field(default_factory=RoomSettings)
    visitor: str = ''
    living: tuple[int, ...] = ()

    def listing(self) -> Sequence[str]:
        return ()

    def make_device(self) -> Device:
        settings = VirtualSettings(visitor=self.visitor, speed=0, room=self.room)
        return IllDevice(settings, self.plant)

    def living_channels(self) -> Sequence[int]:
        return self.living

    def parameters(self, recording: Recording) -> list[Parameter]:
        return []
