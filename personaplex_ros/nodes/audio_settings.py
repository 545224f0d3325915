# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Settings of the audio node; its parameters are declared from them."""

from collections.abc import Callable
from dataclasses import dataclass

from personaplex_ros.audio.devices.base import Device
from personaplex_ros.audio.devices.part import Part
from personaplex_ros.audio.devices.settings import SoundCardSettings
from personaplex_ros.audio.devices.settings import VirtualSettings
from personaplex_ros.audio.devices.sound_card import SoundCard
from personaplex_ros.audio.devices.virtual import VirtualDevice
from personaplex_ros.audio.echo.settings import EchoMode
from personaplex_ros.audio.echo.settings import EchoSettings
from personaplex_ros.audio.format import FRAME_MS
from personaplex_ros.audio.playout.settings import BLOCK_MS
from personaplex_ros.audio.playout.settings import PlayoutSettings
from personaplex_ros.audio.resample import MIN_RATE_HZ
from personaplex_ros.audio.simulation.room import RoomSettings
from personaplex_ros.conversation.settings import setting
from personaplex_ros.conversation.settings import upside_down

DEVICES = ('sound_card', 'file', 'loopback')


@dataclass(frozen=True)
class AudioSettings:
    """Which microphone and loudspeaker, and how much sound may wait."""

    device: str = setting(
        'sound_card',
        'sound_card (PortAudio), file (sound files instead), loopback (files and a simulated '
        'room, in which the microphone hears the loudspeaker).',
    )
    part: str = setting(
        Part.BOTH.value,
        'What this node owns: both, or of two nodes that share the work the microphone or the '
        'loudspeaker. They meet on audio/reference and audio/double_talk.',
        read_only=True,
    )
    microphone: str = setting(
        '', 'Sound card: name, part of it, or index; empty takes the default.'
    )
    loudspeaker: str = setting(
        '', 'Sound card: name, part of it, or index; empty takes the default.'
    )
    microphone_channel: int = setting(
        0, 'Channel of the microphone, from 0.', minimum=0, maximum=63
    )
    rate_hz: int = setting(
        0, 'Sample rate of the sound card; 0 takes one it offers.', unit='Hz', minimum=0,
        maximum=192_000,
    )  # fmt: skip
    latency_ms: float = setting(
        20.0,
        'Latency asked of the sound card, each way; less risks dropouts.',
        unit='ms',
        minimum=1.0,
        maximum=500.0,
    )
    visitor: str = setting('', 'file, loopback: what the microphone hears; empty is silence.')
    wait_for_live: bool = setting(
        True, 'file, loopback: the visitor begins when the conversation is live, not at once.'
    )
    record: str = setting('', "file, loopback: wav for the loudspeaker's sound; empty for none.")
    tail_s: float = setting(
        2.0, "Silence after the visitor's file.", unit='s', minimum=0.0, maximum=3600.0
    )
    speed: float = setting(
        1.0, 'file, loopback: speed of the clock; 0 is as fast as can be.', minimum=0.0,
        maximum=100.0,
    )  # fmt: skip
    room_delay_ms: float = setting(
        60.0, 'loopback: from loudspeaker to microphone.', unit='ms', minimum=10.0, maximum=1000.0
    )
    room_echo_db: float = setting(
        6.0, 'loopback: echo over the visitor.', unit='dB', minimum=-60.0, maximum=40.0
    )
    room_air: str = setting(
        '',
        'loopback, where part is not both: file by which the two nodes are in one room.',
    )
    echo: str = setting(
        EchoSettings.mode.value,
        'Who keeps the robot from hearing itself: webrtc (here), hardware, system (sound server), '
        'half_duplex (deaf while it speaks), off (needs allow_open_loudspeaker).',
    )
    allow_open_loudspeaker: bool = setting(
        False, 'echo off is meant: the loudspeaker cannot reach the microphone (headphones).'
    )
    duck_db: float = setting(
        EchoSettings.duck_db,
        'How much quieter the robot speaks while a visitor speaks too.',
        unit='dB',
        minimum=0.0,
        maximum=60.0,
    )
    warm_up_s: float = setting(
        EchoSettings.warm_up_s,
        'webrtc: speech of the robot within which the canceller should converge; until then only '
        'a voice that lasts is let in while it speaks.',
        unit='s',
        minimum=0.0,
        maximum=60.0,
    )
    hold_back_ms: float = setting(
        EchoSettings.hold_back_ms,
        'Longest time that the microphone waits for the sound of the loudspeaker: above the '
        "jitter of the network where that is on another node. Delays the visitor's sound only "
        'as long as it has to wait.',
        unit='ms',
        minimum=0.0,
        maximum=1000.0,
    )
    reference_offset_ms: float = setting(
        0.0,
        'part microphone: added to the stamps of audio/reference, where its machine has another '
        'clock. Beyond 250 ms it is found from their arrival.',
        unit='ms',
        minimum=-1e12,
        maximum=1e12,
    )
    target_ms: float = setting(
        PlayoutSettings.target_ms,
        'Sound kept ready for the loudspeaker, so that a late frame is not heard.',
        unit='ms',
        minimum=0.0,
        maximum=500.0,
    )
    ceiling_ms: float = setting(
        PlayoutSettings.ceiling_ms,
        'Beyond it sound is dropped, the quietest first; at least target_ms and a frame (80 ms).',
        unit='ms',
        minimum=FRAME_MS,
        maximum=2000.0,
    )
    chunk_ms: int = setting(
        20, 'Length of the chunks on audio/in.', unit='ms', minimum=BLOCK_MS, maximum=100
    )
    dead_after_s: float = setting(
        3.0,
        'A microphone without any signal, not even noise, for so long is reported.',
        unit='s',
        minimum=0.5,
        maximum=3600.0,
    )
    backoff_min_s: float = setting(
        0.25, 'First wait before a lost device is opened again.', unit='s', minimum=0.01,
        maximum=60.0,
    )  # fmt: skip
    backoff_max_s: float = setting(
        5.0, 'Longest wait before a lost device is opened again.', unit='s', minimum=0.01,
        maximum=600.0,
    )  # fmt: skip

    @staticmethod
    def check_device(value: str) -> str:
        """Refuse kinds that are none."""
        if value in DEVICES:
            return ''
        return f'device is {value!r}; expected one of {", ".join(DEVICES)}'

    @staticmethod
    def check_part(value: str) -> str:
        """Refuse parts that are none."""
        parts = [part.value for part in Part]
        return '' if value in parts else f'part is {value!r}; expected one of {", ".join(parts)}'

    @staticmethod
    def check_chunk_ms(value: int) -> str:
        """Refuse lengths that are no whole blocks."""
        return '' if value % BLOCK_MS == 0 else f'chunk_ms is {value}; expected a multiple of 10'

    @staticmethod
    def check_rate_hz(value: int) -> str:
        """Refuse rates of which no speech can be made."""
        if value == 0 or value >= MIN_RATE_HZ:
            return ''
        return f'rate_hz is {value}; expected 0, or at least {MIN_RATE_HZ}'

    @staticmethod
    def check_echo(value: str) -> str:
        """Refuse modes that are none."""
        modes = [mode.value for mode in EchoMode]
        return '' if value in modes else f'echo is {value!r}; expected one of {", ".join(modes)}'

    @property
    def echo_settings(self) -> EchoSettings:
        """Those of the echo path; raises EchoSettingsError where they would let it howl."""
        return EchoSettings(
            EchoMode(self.echo),
            self.allow_open_loudspeaker,
            warm_up_s=self.warm_up_s,
            duck_db=self.duck_db,
            hold_back_ms=self.hold_back_ms,
        )

    @property
    def playout(self) -> PlayoutSettings:
        """Those of the player; raises ValueError where they contradict each other."""
        if self.ceiling_ms < self.target_ms + FRAME_MS:
            raise ValueError(
                f'ceiling_ms is {self.ceiling_ms:g}; expected at least target_ms and one frame, '
                f'{self.target_ms + FRAME_MS:g}'
            )
        return PlayoutSettings(self.target_ms, self.ceiling_ms)

    @property
    def contradiction(self) -> str:
        """Why the times of a search do not go together, or ''."""
        return upside_down(self, 'backoff_min_s', 'backoff_max_s')

    @property
    def has_cue(self) -> bool:
        """Whether there is a visitor that waits for a conversation."""
        return self.device != 'sound_card' and bool(self.visitor) and self.wait_for_live

    @property
    def virtual(self) -> VirtualSettings:
        """Those of sound files in place of hardware."""
        part, room = Part(self.part), None
        if self.device == 'loopback' and part.hears:
            room = RoomSettings(delay_ms=self.room_delay_ms, echo_db=self.room_echo_db)
        return VirtualSettings(
            self.visitor,
            self.record,
            self.tail_s,
            self.speed,
            room,
            part,
            self.room_air if self.device == 'loopback' else '',
        )

    def make_device(self, may_speak: Callable[[], bool]) -> Device:
        """Return a new device, not opened yet; raises DeviceError.

        may_speak: whether the visitor of a file may begin.
        """
        if self.device == 'sound_card':
            return SoundCard(
                SoundCardSettings(
                    self.microphone,
                    self.loudspeaker,
                    self.microphone_channel,
                    self.rate_hz,
                    self.latency_ms,
                    Part(self.part),
                )
            )
        return VirtualDevice(self.virtual, may_speak)
