# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A microphone and a loudspeaker through PortAudio, as one duplex stream."""

from collections.abc import Callable
import time
from types import ModuleType
from typing import Any

import numpy as np

from personaplex_ros.audio.devices.base import BLOCK_MS
from personaplex_ros.audio.devices.base import DeviceError
from personaplex_ros.audio.devices.base import Exchange
from personaplex_ros.audio.devices.base import StreamCounts
from personaplex_ros.audio.devices.base import StreamInfo
from personaplex_ros.audio.devices.block_clock import BlockClock
from personaplex_ros.audio.devices.block_clock import ClockOffset
from personaplex_ros.audio.devices.choice import find
from personaplex_ros.audio.devices.choice import first_rate
from personaplex_ros.audio.devices.pace import Pace
from personaplex_ros.audio.devices.portaudio import hold
from personaplex_ros.audio.devices.portaudio import let_go
from personaplex_ros.audio.devices.portaudio import load_portaudio
from personaplex_ros.audio.devices.portaudio import rescan
from personaplex_ros.audio.devices.settings import SoundCardSettings

BLOCKS_PER_S = 1000 // BLOCK_MS


class SoundCard:
    """One stream over one or two sound cards; see Device."""

    def __init__(self, settings: SoundCardSettings, portaudio: ModuleType | None = None) -> None:
        self._settings = settings
        self._portaudio = portaudio or load_portaudio()
        self._stream: Any = None
        self._exchange: Exchange | None = None
        self._channel = settings.microphone_channel
        self._part = settings.part
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
        hold(self._portaudio, self)
        try:
            rescan(self._portaudio)
            return self._open(exchange_for)
        except (self._portaudio.PortAudioError, ValueError) as error:
            raise DeviceError(f'the sound card could not be opened: {error}') from None
        finally:
            if self._stream is None:
                let_go(self._portaudio, self)

    def close(self) -> None:
        """Stop at once: what is buffered is dropped."""
        stream, self._stream = self._stream, None
        if stream is None:
            return
        try:
            stream.abort(ignore_errors=True)
            stream.close(ignore_errors=True)
        finally:
            let_go(self._portaudio, self)

    def _open(self, exchange_for: Callable[[StreamInfo], Exchange]) -> StreamInfo:
        settings = self._settings
        devices = list(self._portaudio.query_devices())
        default_in, default_out = self._portaudio.default.device
        source = sink = None
        if self._part.hears:
            source = find(devices, settings.microphone, 'input', default_in)
        if self._part.plays:
            sink = find(devices, settings.loudspeaker, 'output', default_out)
        rate_hz = first_rate(
            round((source or sink)['default_samplerate']),  # type: ignore[index]
            settings.rate_hz,
            lambda rate: self._why_not(source, sink, rate),
        )
        stream = self._make_stream(source, sink, rate_hz)
        info = StreamInfo(
            '' if source is None else source['name'],
            '' if sink is None else sink['name'],
            rate_hz,
            *(1000 * s for s in self._latency_s),
        )
        self._rate_hz = rate_hz
        self._silence = np.zeros(rate_hz // BLOCKS_PER_S, np.int16)
        self._clock = BlockClock(rate_hz)
        self._offset = ClockOffset()
        self._pace = Pace(1 / BLOCKS_PER_S, self._latency_s[0])
        self._stream = stream
        self._exchange = exchange_for(info)
        stream.start()
        return info

    def _make_stream(self, source: Any, sink: Any, rate_hz: int) -> Any:
        """Return a stream with a microphone, a loudspeaker, or both; not started yet."""
        common = {
            'samplerate': rate_hz,
            'blocksize': rate_hz // BLOCKS_PER_S,
            'dtype': 'int16',
            'latency': self._settings.latency_ms / 1000,
            'finished_callback': self._on_finished,
        }
        if sink is None:
            stream = self._portaudio.InputStream(
                device=source['index'],
                channels=self._inputs(source),
                callback=self._on_heard,
                **common,
            )
            self._latency_s = (stream.latency, 0.0)
        elif source is None:
            stream = self._portaudio.OutputStream(
                device=sink['index'], channels=_outputs(sink), callback=self._on_asked, **common
            )
            self._latency_s = (0.0, stream.latency)
        else:
            stream = self._portaudio.Stream(
                device=(source['index'], sink['index']),
                channels=(self._inputs(source), _outputs(sink)),
                callback=self._on_block,
                **common,
            )
            self._latency_s = stream.latency
        return stream

    def _inputs(self, source: Any) -> int:
        there = source['max_input_channels']
        if self._channel >= there:
            raise DeviceError(
                f'{source["name"]} has {there} channels; microphone_channel is {self._channel}, '
                f'expected 0 to {there - 1}'
            )
        return self._channel + 1

    def _why_not(self, source: Any, sink: Any, rate_hz: int) -> str:
        check_in = self._portaudio.check_input_settings
        check_out = self._portaudio.check_output_settings
        try:
            if source is not None:
                check_in(source['index'], self._inputs(source), 'int16', samplerate=rate_hz)
            if sink is not None:
                check_out(sink['index'], _outputs(sink), 'int16', samplerate=rate_hz)
        except (self._portaudio.PortAudioError, ValueError) as error:
            return str(error)
        return ''

    # The three kinds of callback, on PortAudio's real-time thread.

    def _on_block(
        self, indata: np.ndarray, outdata: np.ndarray, frames: int, times: Any, status: Any
    ) -> None:
        outdata[:] = self._trade(indata[:, self._channel], times, status)[:, np.newaxis]

    def _on_heard(self, indata: np.ndarray, frames: int, times: Any, status: Any) -> None:
        self._trade(indata[:, self._channel], times, status)

    def _on_asked(self, outdata: np.ndarray, frames: int, times: Any, status: Any) -> None:
        outdata[:] = self._trade(self._silence, times, status)[:, np.newaxis]

    def _trade(self, captured: np.ndarray, times: Any, status: Any) -> np.ndarray:
        """Return what is to be played for what was heard, int16 [n] both."""
        now_ns = time.monotonic_ns()
        try:
            captured_ns, audible_ns = self._when(times, now_ns, len(captured))
            played = self._exchange(captured, captured_ns, audible_ns)  # type: ignore[misc]
        except Exception as error:
            self._lost = f'the sound path failed: {error!r}'
            raise self._portaudio.CallbackAbort from error
        self.counts.blocks += 1
        self.counts.overflows += bool(status.input_overflow)
        self.counts.underflows += bool(status.output_underflow)
        if self._lost:
            raise self._portaudio.CallbackAbort
        return played

    def _when(self, times: Any, now_ns: int, frames: int) -> tuple[int, int]:
        """Return when the block was captured and will be heard, monotonic ns.

        Some drivers give no times (0.0): then the latencies that the stream told have to do.
        """
        adc_s, dac_s = times.inputBufferAdcTime, times.outputBufferDacTime
        offset_s = self._offset.update(times.currentTime, now_ns * 1e-9)
        now_s = times.currentTime + offset_s
        length_s = frames / self._rate_hz
        played_s = dac_s + offset_s if dac_s > 0 else now_s + self._latency_s[1]
        heard_s = adc_s + offset_s if adc_s > 0 else now_s - length_s - self._latency_s[0]
        if not self._part.hears:
            heard_s = played_s
        late_s = now_s - heard_s if self._part.hears else 0.0
        self._lost = self._pace.update(now_ns * 1e-9, late_s)  # PortAudio's clock may be set
        captured_ns = self._clock.update(round(heard_s * 1e9), frames)
        return captured_ns, captured_ns + round((played_s - heard_s) * 1e9)

    def _on_finished(self) -> None:
        if self._stream is not None and not self._lost:
            self._lost = 'its stream ended: it was pulled out, or its driver gave up'


def _outputs(sink: Any) -> int:
    return min(2, sink['max_output_channels'])
