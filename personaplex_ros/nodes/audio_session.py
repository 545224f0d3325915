# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""From activation to deactivation: one player, one microphone, and devices that come and go."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from personaplex_ros.audio.devices.base import Exchange
from personaplex_ros.audio.devices.base import StreamInfo
from personaplex_ros.audio.devices.keeper import DeviceKeeper
from personaplex_ros.audio.devices.keeper import KeeperSettings
from personaplex_ros.audio.devices.keeper import Presence
from personaplex_ros.audio.devices.part import Part
from personaplex_ros.audio.duplex import DuplexPath
from personaplex_ros.audio.duplex import PathListener
from personaplex_ros.audio.echo.elsewhere import EchoElsewhere
from personaplex_ros.audio.echo.path import EchoPath
from personaplex_ros.audio.echo.remote_reference import RemoteReference
from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.hearing import HearingPath
from personaplex_ros.audio.hearing import RemoteHearingPath
from personaplex_ros.audio.microphone_health import MicrophoneHealth
from personaplex_ros.audio.playout.player import Player
from personaplex_ros.audio.speaking import SpeakingPath
from personaplex_ros.nodes.audio_settings import AudioSettings


class SessionListener(PathListener, Protocol):
    """Who hears of every block, on the device's thread: must never wait."""

    def on_double_talk(self, both_speak: bool) -> None:
        """Whether visitor and robot speak; part microphone."""

    def on_reference(self, samples: np.ndarray, audible_s: float) -> None:
        """This is played, int16 [240], of which the first is heard then; part loudspeaker."""


class AudioSession:
    """Owns the keeper; start() once, stop() once."""

    def __init__(
        self,
        settings: AudioSettings,
        listener: SessionListener,
        on_presence: Callable[[Presence, str], None],
        may_speak: Callable[[], bool],
    ) -> None:
        """on_presence: told when a device was opened, or lost; on a thread of the session.

        may_speak: whether a visitor of a file may begin; asked by the device's thread.
        """
        self._listener = listener
        self._tell_presence = on_presence
        self.player = Player(settings.playout)
        self.health = MicrophoneHealth()
        self.part = Part(settings.part)
        self.echo = EchoPath(
            settings.echo_settings,
            SAMPLE_RATE_HZ,
            reference_is_remote=self.part is Part.MICROPHONE,
        )
        self.reference = RemoteReference(
            settings.reference_offset_ms / 1000, settings.hold_back_ms / 1000
        )
        """Of part microphone."""
        self.echo_elsewhere = EchoElsewhere(settings.duck_db, listener.on_reference)
        """Of part loudspeaker."""
        self.keeper = DeviceKeeper(
            lambda: settings.make_device(may_speak),
            self._exchange_for,
            self._on_presence,
            KeeperSettings(settings.backoff_min_s, settings.backoff_max_s),
        )
        self.lost_why = 'opening the device'
        """Why there is no device; '' while there is one."""

    @property
    def done(self) -> bool:
        """Whether a sound file in place of the microphone has been played."""
        return self.keeper.done

    def start(self) -> None:
        """Begin to open the device."""
        self.keeper.start()

    def stop(self) -> None:
        """Close the device."""
        self.keeper.stop()

    def _exchange_for(self, info: StreamInfo) -> Exchange:
        """Every device begins with an echo path and a microphone that know nothing yet."""
        self.health = MicrophoneHealth()
        self.echo.reset()
        rate_hz, listener = info.rate_hz, self._listener
        if self.part is Part.LOUDSPEAKER:
            return SpeakingPath(rate_hz, self.player, self.echo_elsewhere, listener)
        if self.part is Part.MICROPHONE:
            hearing = HearingPath(rate_hz, self.echo, listener, self.health)
            return RemoteHearingPath(hearing, self.echo, self.reference, listener.on_double_talk)
        return DuplexPath(rate_hz, self.player, self.echo, listener, self.health)

    def _on_presence(self, presence: Presence, detail: str) -> None:
        info = self.keeper.info
        if presence is Presence.OPEN and info is not None:
            names = ' and '.join(filter(None, (info.microphone, info.loudspeaker)))
            detail = f'{names} at {info.rate_hz} Hz'
        why = '' if presence is Presence.OPEN else detail
        if why != self.lost_why or presence is Presence.OPEN:
            self._tell_presence(presence, detail)  # a search that goes on is told once
        self.lost_why = why
