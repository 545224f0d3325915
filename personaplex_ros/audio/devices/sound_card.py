# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A microphone and a loudspeaker through PortAudio, as one duplex stream."""

from collections.abc import Callable
import importlib
import time
from types import ModuleType
from typing import Any

import numpy as np

from personaplex_ros.audio.devices.base import DeviceError
from personaplex_ros.audio.devices.base import Exchange
from personaplex_ros.audio.devices.base import StreamCounts
from personaplex_ros.audio.devices.base import StreamInfo
from personaplex_ros.audio.devices.block_clock import BlockClock
from personaplex_ros.audio.devices.block_clock import ClockOffset
from personaplex_ros.audio.devices.choice import find
from personaplex_ros.audio.devices.choice import first_rate
from personaplex_ros.audio.devices.settings import SoundCardSettings

BLOCKS_PER_S = 100


def load_portaudio() -> ModuleType:
    """Return the module sounddevice; raises DeviceError that says what is missing."""
    try:
        return importlib.import_module('sounddevice')
    except ImportError:
        what = 'the Python package sounddevice is missing: pip install sounddevice'
    except OSError:
        what = 'PortAudio is missing: apt install libportaudio2'
    raise DeviceError(f'{what}; or take device:=file or device:=loopback, which need none')


def rescan(portaudio: ModuleType) -> None:
    """Let PortAudio see what was plugged in since; no stream may be open."""
    portaudio._terminate()
    portaudio._initialize()


class SoundCard:
    """One stream over one or two sound cards; see Device."""

    def __init__(self, settings: SoundCardSettings, portaudio: ModuleType | None = None) -> None:
        self._settings = settings
        self._portaudio = portaudio or load_portaudio()
        self._stream: Any = None
        self._exchange: Exchange | None = None
        self._channel = settings.microphone_channel
        self._lost = ''
        self.counts = StreamCounts()
        self.done = False

    @property
    def lost(self) -> str:
        """Why the stream ended by itself; '' while it runs."""
        return self._lost

    @property
    def measured_rate_hz(self) -> float:
        """How fast samples really come; 0.0 while that is not known yet."""
        return self._clock.measured_rate_hz if self._exchange is not None else 0.0

    def open(self, exchange_for: Callable[[StreamInfo], Exchange]) -> StreamInfo:
        """Start the stream; raises DeviceError."""
        try:
            rescan(self._portaudio)
            return self._open(exchange_for)
        except (self._portaudio.PortAudioError, ValueError) as error:
            raise DeviceError(f'the sound card could not be opened: {error}') from None

    def close(self) -> None:
        """Stop at once: what is buffered is dropped."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.abort(ignore_errors=True)
            stream.close(ignore_errors=True)

    def _open(self, exchange_for: Callable[[StreamInfo], Exchange]) -> StreamInfo:
        settings = self._settings
        devices = list(self._portaudio.query_devices())
        default_in, default_out = self._portaudio.default.device
        source = find(devices, settings.microphone, 'input', default_in)
        sink = find(devices, settings.loudspeaker, 'output', default_out)
        inputs = self._inputs(source)
        outputs = min(2, sink['max_output_channels'])
        rate_hz = first_rate(
            round(source['default_samplerate']),
            settings.rate_hz,
            lambda rate: self._why_not(source, inputs, sink, outputs, rate),
        )
        stream = self._portaudio.Stream(
            samplerate=rate_hz,
            blocksize=rate_hz // BLOCKS_PER_S,
            device=(source['index'], sink['index']),
            channels=(inputs, outputs),
            dtype='int16',
            latency=settings.latency_ms / 1000,
            callback=self._on_block,
            finished_callback=self._on_finished,
        )
        self._latency_s = stream.latency
        info = StreamInfo(
            source['name'], sink['name'], rate_hz, *(1000 * s for s in self._latency_s)
        )
        self._rate_hz = rate_hz
        self._clock = BlockClock(rate_hz)
        self._offset = ClockOffset()
        self._stream = stream
        self._exchange = exchange_for(info)
        stream.start()
        return info

    def _inputs(self, source: Any) -> int:
        there = source['max_input_channels']
        if self._channel >= there:
            raise DeviceError(
                f'{source["name"]} has {there} channels; microphone_channel is {self._channel}, '
                f'expected 0 to {there - 1}'
            )
        return self._channel + 1

    def _why_not(self, source: Any, inputs: int, sink: Any, outputs: int, rate_hz: int) -> str:
        check_in = self._portaudio.check_input_settings
        check_out = self._portaudio.check_output_settings
        try:
            check_in(source['index'], inputs, 'int16', samplerate=rate_hz)
            check_out(sink['index'], outputs, 'int16', samplerate=rate_hz)
        except (self._portaudio.PortAudioError, ValueError) as error:
            return str(error)
        return ''

    def _on_block(
        self, indata: np.ndarray, outdata: np.ndarray, frames: int, times: Any, status: Any
    ) -> None:
        """PortAudio's real-time thread."""
        now_ns = time.monotonic_ns()
        try:
            captured_ns, audible_ns = self._when(times, now_ns, frames)
            captured = indata[:, self._channel]
            outdata[:] = self._exchange(captured, captured_ns, audible_ns)[:, np.newaxis]  # type: ignore[misc]
        except Exception as error:
            self._lost = f'the sound path failed: {error!r}'
            raise self._portaudio.CallbackAbort from error
        self.counts.blocks += 1
        self.counts.overflows += bool(status.input_overflow)
        self.counts.underflows += bool(status.output_underflow)

    def _when(self, times: Any, now_ns: int, frames: int) -> tuple[int, int]:
        """Return when the block was captured and will be heard, monotonic ns.

        Some drivers give no times (0.0): then the latencies that the stream told have to do.
        """
        adc_s, dac_s = times.inputBufferAdcTime, times.outputBufferDacTime
        offset_s = self._offset.update(times.currentTime, now_ns * 1e-9)
        now_s = times.currentTime + offset_s
        length_s = frames / self._rate_hz
        heard_s = adc_s + offset_s if adc_s > 0 else now_s - length_s - self._latency_s[0]
        played_s = dac_s + offset_s if dac_s > 0 else now_s + self._latency_s[1]
        captured_ns = self._clock.update(round(heard_s * 1e9), frames)
        return captured_ns, captured_ns + round((played_s - heard_s) * 1e9)

    def _on_finished(self) -> None:
        if self._stream is not None and not self._lost:
            self._lost = 'the sound card is gone'
