# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Settings of the devices."""

from dataclasses import dataclass

from personaplex_ros.audio.devices.part import Part
from personaplex_ros.audio.simulation.room import RoomSettings


@dataclass(frozen=True)
class SoundCardSettings:
    """Which sound card, and how."""

    microphone: str = ''
    """Name, part of it, or index; '' for the system's default."""

    loudspeaker: str = ''
    """Likewise."""

    microphone_channel: int = 0
    """Which channel of the microphone is taken, from 0 (arrays put the processed one first)."""

    rate_hz: int = 0
    """Sample rate of the card; 0 takes one that it offers."""

    latency_ms: float = 20.0
    """What PortAudio is asked for, each way; less risks dropouts, more is heard later."""

    part: Part = Part.BOTH
    """What of it is opened."""


@dataclass(frozen=True)
class VirtualSettings:
    """Sound files in place of hardware."""

    visitor: str = ''
    """Sound file that the microphone hears, once; '' is silence without end."""

    record: str = ''
    """Where to write the loudspeaker's sound, a wav; '' for nowhere."""

    tail_s: float = 2.0
    """Silence after the visitor's file, so that the answer can be heard."""

    speed: float = 1.0
    """Of the device's clock; 0 goes as fast as the machine can."""

    room: RoomSettings | None = None
    """The loudspeaker is heard by the microphone through this room; None: it is not."""

    part: Part = Part.BOTH
    """What of it there is."""

    air: str = ''
    """File by which a room's loudspeaker and its microphone, in two processes, meet."""
