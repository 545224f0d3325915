# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""From activation to deactivation: one player, one microphone, and devices that come and go."""

from typing import Protocol

import numpy as np

from personaplex_ros.audio.devices.base import Exchange
from personaplex_ros.audio.devices.base import StreamInfo
from personaplex_ros.audio.devices.keeper import DeviceKeeper
from personaplex_ros.audio.devices.keeper import KeeperSettings
from personaplex_ros.audio.devices.keeper import Presence
from personaplex_ros.audio.duplex import DuplexPath
from personaplex_ros.audio.echo.path import EchoPath
from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.microphone_health import MicrophoneHealth
from personaplex_ros.audio.playout.pieces import Origin
from personaplex_ros.audio.playout.player import Player
from personaplex_ros.nodes.audio_settings import AudioSettings


class SessionListener(Protocol):
    """Who hears of the session; the first two on the device's thread, which must not wait."""

    def on_clean(self, samples: np.ndarray, captured_ns: int) -> None:
        """The microphone gave int16 [240]."""

    def on_played(self, origin: Origin, offset: int, audible_ns: int) -> None:
        """This sample of this chunk will be heard then."""

    def on_presence(self, presence: Presence, detail: str) -> None:
        """A device was opened, or lost."""


class AudioSession:
    """Owns the keeper; start() once, stop() once."""

    def __init__(self, settings: AudioSettings, listener: SessionListener) -> None:
        self._listener = listener
        self.player = Player(settings.playout)
        self.health = MicrophoneHealth()
        self.echo = EchoPath(settings.echo_settings, SAMPLE_RATE_HZ)
        self.keeper = DeviceKeeper(
            settings.make_device,
            self._exchange_for,
            self._on_presence,
            KeeperSettings(settings.backoff_min_s, settings.backoff_max_s),
        )
        self.lost_why = 'opening the device'
        """Why there is no device; '' while there is one."""

    @property
    def done(self) -> bool:
        """Whether a sound file in place of the microphone has been played."""
        device = self.keeper.device
        return device is not None and device.done

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
        return DuplexPath(info.rate_hz, self.player, self.echo, self._listener, self.health)

    def _on_presence(self, presence: Presence, detail: str) -> None:
        info = self.keeper.info
        if presence is Presence.OPEN and info is not None:
            detail = f'{info.microphone} and {info.loudspeaker} at {info.rate_hz} Hz'
        why = '' if presence is Presence.OPEN else detail
        if why != self.lost_why or presence is Presence.OPEN:
            self._listener.on_presence(presence, detail)  # a search that goes on is told once
        self.lost_why = why
