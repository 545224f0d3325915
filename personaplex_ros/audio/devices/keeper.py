# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Keeps a device open: looks whether it lives, and opens it again when it came back."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
import threading

from personaplex_ros.audio.devices.base import Device
from personaplex_ros.audio.devices.base import DeviceError
from personaplex_ros.audio.devices.base import Exchange
from personaplex_ros.audio.devices.base import StreamInfo

LOOK_S = 0.1

SILENT_S = 1.0
"""A stream without a block for this long is dead, whatever its driver says."""

BEGIN_S = 4.0
BEGUN_BLOCKS = 25
"""A sound server gives some blocks and may then need seconds to begin, on Bluetooth or a busy
machine; opened again by then, it would never get to it."""

CLOSE_S = 2.0
"""Drivers of devices that were pulled out may never return; then they are left behind. A sound
card is not opened again before they do (SoundCard.open)."""


class Presence(Enum):
    """Whether there is a device."""

    OPENING = 'opening'
    OPEN = 'open'
    LOST = 'lost'


@dataclass(frozen=True)
class KeeperSettings:
    """How patiently a lost device is looked for."""

    backoff_min_s: float = 0.25
    backoff_max_s: float = 5.0


class DeviceKeeper:
    """A thread that opens, watches and opens again. start() once, stop() once."""

    def __init__(
        self,
        make: Callable[[], Device],
        exchange_for: Callable[[StreamInfo], Exchange],
        on_change: Callable[[Presence, str], None],
        settings: KeeperSettings | None = None,
    ) -> None:
        """make: returns a new device; may raise DeviceError. on_change: called by the thread."""
        self._make = make
        self._exchange_for = exchange_for
        self._on_change = on_change
        self._settings = settings or KeeperSettings()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name='device keeper', daemon=True)
        self.device: Device | None = None
        """The open one; None while there is none."""
        self.info: StreamInfo | None = None
        self._was_done = False
        self._is_over = False
        self.opened = 0
        self.abandoned = 0
        """Devices whose driver did not let go in time."""

    @property
    def done(self) -> bool:
        """Whether a sound file that stands for the microphone is over, and its end was told."""
        device = self.device
        return self._is_over or (device is not None and device.done and not device.lost)

    def start(self) -> None:
        """Begin to open."""
        self._thread.start()

    def stop(self) -> None:
        """Close and end the thread; one that its driver holds is left behind."""
        self._stop.set()
        self._thread.join(2 * CLOSE_S)

    def _run(self) -> None:
        wait_s = self._settings.backoff_min_s
        self._on_change(Presence.OPENING, '')
        while not self._stop.is_set():
            reason = self._hold()
            if self._stop.is_set():
                break
            wait_s = self._settings.backoff_min_s if self.info is not None else wait_s
            self._on_change(Presence.LOST, reason)
            self.info = None
            if self._was_done:  # opened again, a damaged file would begin anew
                self._is_over = True
                break
            self._stop.wait(wait_s)
            wait_s = min(2 * wait_s, self._settings.backoff_max_s)

    def _hold(self) -> str:
        """Open a device and watch it until it is lost; return why."""
        device = None
        try:
            device = self._make()
            info = device.open(self._exchange_for)
            self.device, self.info = device, info
            self.opened += 1
            self._on_change(Presence.OPEN, '')
            return self._watch(device)
        except DeviceError as error:
            return str(error)
        except Exception as error:  # a driver's surprise must not end the search
            return f'the device failed: {error!r}'
        finally:
            self.device = None
            if device is not None:
                self._close(device)

    def _watch(self, device: Device) -> str:
        seen, silent_s = device.counts.blocks, 0.0
        while not self._stop.wait(LOOK_S):
            if device.lost:
                self._was_done = device.done
                return device.lost
            silent_s = 0.0 if device.counts.blocks != seen else silent_s + LOOK_S
            seen = device.counts.blocks
            patience_s = SILENT_S if seen >= BEGUN_BLOCKS else BEGIN_S
            if silent_s >= patience_s:
                return f'no sound from it for {patience_s:g} s: it may have been pulled out'
        return ''

    def _close(self, device: Device) -> None:
        """Close it, and wait only so long for its driver."""
        closer = threading.Thread(target=device.close, name='device closer', daemon=True)
        closer.start()
        closer.join(CLOSE_S)
        self.abandoned += closer.is_alive()
