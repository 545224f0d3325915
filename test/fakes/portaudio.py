# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A stand-in for the module sounddevice, with cards that can be plugged, pulled and made ill."""

from dataclasses import dataclass
from dataclasses import field
import threading
import time
from types import SimpleNamespace
from typing import Any

import numpy as np


class PortAudioError(Exception):
    """As sounddevice's."""


class CallbackAbort(Exception):
    """As sounddevice's."""


@dataclass
class Card:
    """One sound card; a test changes it while it runs."""

    name: str
    inputs: int = 1
    outputs: int = 2
    rates: tuple[int, ...] = (48_000,)
    own_rate: float = 48_000.0
    microphone: int = 0
    """The sample that every channel but its number is added to."""
    noise: int = 0
    """How much the microphone's samples vary; 0 is a dead one."""
    speed: float = 20.0
    """Of its clock, so that tests need not wait."""
    tells_time: bool = True
    late_per_block_s: float = 0.0
    """So much later every block of the microphone is given, as by a sound server that loses
    sound on the way out alone."""
    clock_set_s: float = 0.0
    """By so much the clock was set that PortAudio tells times of."""
    stalled: bool = False
    """Calls back no more, and does not say so."""
    hangs: bool = False
    """Its driver does not return from close()."""
    played: list[np.ndarray] = field(default_factory=list)

    def sound(self) -> np.ndarray:
        """Return all that was played, int16 [n, channels]."""
        return np.concatenate(self.played)


class FakePortAudio:
    """Give it to SoundCard in place of the module."""

    PortAudioError = PortAudioError
    CallbackAbort = CallbackAbort

    def __init__(self, *cards: Card) -> None:
        self.cards = list(cards)
        self._known = list(cards)
        self.streams: list[FakeStream] = []
        self.let_go = threading.Event()
        self.ended = False
        self.default = SimpleNamespace(device=[0, 0])

    def _terminate(self) -> None:
        assert all(stream.closed for stream in self.streams), 'it would close them under others'

    def _initialize(self) -> None:
        self._known = list(self.cards)

    def _exit_handler(self) -> None:
        self._terminate()
        self.ended = True

    def query_devices(self) -> list[dict[str, Any]]:
        """List what was there at the last scan."""
        return [
            {
                'index': index,
                'name': card.name,
                'max_input_channels': card.inputs,
                'max_output_channels': card.outputs,
                'default_samplerate': card.own_rate,
            }
            for index, card in enumerate(self._known)
        ]

    def check_input_settings(self, device: int, channels: int, dtype: str, samplerate: int):
        """Refuse what the card does not do."""
        card = self._known[device]
        if samplerate not in card.rates or channels > card.inputs:
            raise PortAudioError('Invalid sample rate [PaErrorCode -9997]')

    def check_output_settings(self, device: int, channels: int, dtype: str, samplerate: int):
        """Refuse what the card does not do."""
        if samplerate not in self._known[device].rates:
            raise PortAudioError('Invalid sample rate [PaErrorCode -9997]')

    def Stream(self, device: tuple[int, int], **settings: Any) -> 'FakeStream':  # noqa: N802
        """Open a stream with both."""
        return self._open(device[0], settings)

    def InputStream(self, device: int, channels: int, callback: Any, **settings: Any):  # noqa: N802
        """Open a stream with a microphone alone."""

        def heard(indata: np.ndarray, outdata: np.ndarray, *rest: Any) -> None:
            callback(indata, *rest)

        return self._open(device, {**settings, 'channels': (channels, 0), 'callback': heard}, 0.02)

    def OutputStream(self, device: int, channels: int, callback: Any, **settings: Any):  # noqa: N802
        """Open a stream with a loudspeaker alone."""

        def asked(indata: np.ndarray, outdata: np.ndarray, *rest: Any) -> None:
            callback(outdata, *rest)

        return self._open(device, {**settings, 'channels': (0, channels), 'callback': asked}, 0.03)

    def _open(self, device: int, settings: dict[str, Any], told: Any = (0.02, 0.03)) -> Any:
        card = self._known[device]
        if card not in self.cards:
            raise PortAudioError('Device unavailable [PaErrorCode -9985]')
        stream = FakeStream(self, card, told, **settings)
        self.streams.append(stream)
        return stream

    def pull(self, card: Card) -> None:
        """Pull a card out: its streams end."""
        self.cards.remove(card)

    def plug(self, card: Card) -> None:
        """Put it back."""
        self.cards.append(card)


class FakeStream:
    """A thread that calls back as PortAudio does."""

    def __init__(
        self, portaudio: FakePortAudio, card: Card, told: Any = (0.02, 0.03), **settings: Any
    ) -> None:
        self.card = card
        self.settings = settings
        self.latency = told
        self.closed = False
        self._portaudio = portaudio
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin to call back."""
        self._thread.start()

    def abort(self, ignore_errors: bool = False) -> None:
        """Stop at once."""
        self._ended.set()
        if self.card.hangs:
            self._portaudio.let_go.wait()
        self._thread.join()

    def close(self, ignore_errors: bool = False) -> None:
        """Let the card go."""
        self.closed = True

    def _run(self) -> None:
        size, rate = self.settings['blocksize'], self.settings['samplerate']
        inputs, outputs = self.settings['channels']
        begun_s, samples = time.monotonic(), 0
        random = np.random.default_rng(1)
        channels = np.arange(inputs) + self.card.microphone
        while not self._ended.wait(size / rate / self.card.speed):
            if self.card not in self._portaudio.cards:
                break
            if self.card.stalled:
                continue
            now_s = begun_s + self.card.clock_set_s
            at_s = now_s + samples / rate if self.card.tells_time else 0.0
            late_s = self.card.late_per_block_s * samples / size
            times = SimpleNamespace(
                currentTime=now_s + (samples + size) / rate + late_s,
                inputBufferAdcTime=at_s if inputs else 0.0,
                outputBufferDacTime=at_s and at_s + 0.05 if outputs else 0.0,
            )
            status = SimpleNamespace(input_overflow=False, output_underflow=False)
            noise = random.integers(-self.card.noise, self.card.noise + 1, (size, inputs))
            heard = (channels + noise).astype(np.int16)
            out = np.zeros((size, outputs), np.int16)
            try:
                self.settings['callback'](heard, out, size, times, status)
            except CallbackAbort:
                break
            if outputs:
                self.card.played.append(out)
            samples += size
        self.settings['finished_callback']()
