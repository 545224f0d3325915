# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A device made of files and a simulated room, with a clock of its own: runs everywhere."""

from collections.abc import Callable
from dataclasses import replace
from os.path import expanduser
from pathlib import Path
import threading
import time

import numpy as np
import soundfile

from personaplex_ros.audio.devices.base import BLOCK_MS
from personaplex_ros.audio.devices.base import DeviceError
from personaplex_ros.audio.devices.base import Exchange
from personaplex_ros.audio.devices.base import StreamCounts
from personaplex_ros.audio.devices.base import StreamInfo
from personaplex_ros.audio.devices.settings import VirtualSettings
from personaplex_ros.audio.devices.visitor import BLOCKS_PER_S
from personaplex_ros.audio.devices.visitor import Visitor
from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.simulation.air import Air
from personaplex_ros.audio.simulation.room import Room
from personaplex_ros.audio.simulation.room import RoomSettings
from personaplex_ros.audio.sound_file import SoundFileError

BLOCK_NS = BLOCK_MS * 1_000_000

AIR_RATE_HZ = SAMPLE_RATE_HZ

NEAREST_MS = 10.0
"""Part of a room's delay that is not spent in the air: the rest is the time that the loudspeaker's
process has, to be heard by the microphone's."""

MAX_LATE_S = 0.5
"""A machine that was away for longer has lost what was in between, as with a sound card."""


class VirtualDevice:
    """The microphone plays a file; with a room, it hears the loudspeaker too. See Device."""

    def __init__(
        self, settings: VirtualSettings, may_speak: Callable[[], bool] = lambda: True
    ) -> None:
        """may_speak: whether the visitor may begin, asked until it does."""
        self._settings = settings
        self._may_speak = may_speak
        self._speaks = False
        self._visitor: Visitor | None = None
        self._record: soundfile.SoundFile | None = None
        self._room: Room | None = None
        self._air: Air | None = None
        self._air_ns = 0  # for how long sound is in it
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._lost = ''
        self.counts = StreamCounts()
        self.done = False

    @property
    def lost(self) -> str:
        """Why the stream ended by itself; '' while it runs."""
        return self._lost

    @property
    def measured_rate_hz(self) -> float:
        """Its clock is exact by construction."""
        return float(self._rate_hz) if self._thread is not None else 0.0

    def open(self, exchange_for: Callable[[StreamInfo], Exchange]) -> StreamInfo:
        """Start; raises DeviceError."""
        settings = self._settings
        self._rate_hz = SAMPLE_RATE_HZ
        try:
            if settings.visitor and settings.part.hears:
                self._visitor = Visitor(settings.visitor, AIR_RATE_HZ if settings.air else 0)
                self._rate_hz = self._visitor.rate_hz
            if settings.record and settings.part.plays:
                self._record = _new_wav(settings.record, self._rate_hz)
            if settings.air:
                self._air = Air(expanduser(settings.air), AIR_RATE_HZ)
        # RuntimeError: of soundfile; its own classes are newer than Ubuntu 22.04's 0.10
        except (SoundFileError, RuntimeError, OSError) as error:
            self.close()
            raise DeviceError(str(error)) from None
        if settings.room is not None:
            self._room = self._enter(settings.room)
        self._block = self._rate_hz // BLOCKS_PER_S
        self._last = settings.tail_s * BLOCKS_PER_S if self._visitor is not None else float('inf')
        info = StreamInfo(
            settings.visitor or 'silence', settings.record or 'nowhere', self._rate_hz
        )
        self._exchange = exchange_for(info)
        self._thread = threading.Thread(target=self._run, name='virtual device', daemon=True)
        self._thread.start()
        return info

    def close(self) -> None:
        """Stop and finish the file."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        for file in (self._visitor, self._record):
            if file is not None:
                file.close()

    def _run(self) -> None:
        played = np.zeros(self._block, np.int16)
        begun_ns = time.monotonic_ns()
        speed = self._settings.speed
        try:
            while not self._stop.is_set():
                end_ns = begun_ns + (self.counts.blocks + 1) * BLOCK_NS
                if speed:
                    late_s = self._wait(begun_ns, end_ns, speed)
                    if late_s > MAX_LATE_S:
                        begun_ns += round(late_s * 1e9)
                        self.counts.overflows += 1
                        continue
                if self._air is not None and self._settings.part.hears:
                    played = self._air.hear(self._block, end_ns - BLOCK_NS - self._air_ns)
                captured = self._hear(played)
                played = self._exchange(captured, end_ns - BLOCK_NS, end_ns)
                if self._air is not None and self._settings.part.plays:
                    self._air.play(played, end_ns)
                if self._record is not None:
                    self._record.write(played)
                self.counts.blocks += 1
        except SoundFileError as error:
            self._lost, self.done = str(error), True
        except Exception as error:
            self._lost = f'the sound path failed: {error!r}'

    def _enter(self, room: RoomSettings) -> Room:
        """Return the room; where its loudspeaker is elsewhere, less the time in the air."""
        if self._air is not None:
            self._air_ns = round((room.delay_ms - NEAREST_MS) * 1e6)
            room = replace(room, delay_ms=NEAREST_MS)
        return Room(self._rate_hz, room)

    def _wait(self, begun_ns: int, due_ns: int, speed: float) -> float:
        """Wait until a moment of the device's clock; return how late it is."""
        due_s = (begun_ns + (due_ns - begun_ns) / speed) * 1e-9
        ahead_s = due_s - time.monotonic()
        if ahead_s > 0:
            time.sleep(ahead_s)
            return 0.0
        return -ahead_s

    def _hear(self, played: np.ndarray) -> np.ndarray:
        """Return the next block of the microphone, int16 [n]."""
        near = np.zeros(self._block, np.int16)
        self._speaks = self._speaks or self._may_speak()
        if self._visitor is not None and self._speaks:
            samples = self._visitor.read(self._block)
            near[: len(samples)] = samples
            if len(samples) < self._block:
                self._last -= 1
                self.done = self._last <= 0
        return near if self._room is None else self._room.process(played, near)


def check_files(settings: VirtualSettings) -> None:
    """Look at the files of a device that is to be opened; raises DeviceError.

    A device that is away may come back; another search does not mend a file.
    """
    try:
        if settings.visitor and settings.part.hears:
            Visitor(settings.visitor).close()
        if settings.record and settings.part.plays:
            _record_path(settings.record)
    except (SoundFileError, OSError) as error:
        raise DeviceError(str(error)) from None


def _record_path(text: str) -> Path:
    """Return where to write; raises OSError where no file can be."""
    path = Path(expanduser(text))
    if path.exists() and not path.is_file():
        raise OSError(f'{path}: is no file')  # a pipe would wait for a reader
    if not path.absolute().parent.is_dir():
        raise OSError(f'{path}: there is no such folder')
    return path


def _new_wav(text: str, rate_hz: int) -> soundfile.SoundFile:
    """Open a wav to write; raises OSError or RuntimeError."""
    path = str(_record_path(text))
    return soundfile.SoundFile(path, 'w', rate_hz, 1, subtype='PCM_16', format='WAV')
