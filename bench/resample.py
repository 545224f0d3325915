# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""`make bench-resample`: what a change of sample rate costs in the live path, ours and others'."""

import argparse
from collections.abc import Callable
import json
from pathlib import Path
import sys
import time

import numpy as np
import soxr

from bench.conditions import conditions
from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.resample import Resampler

RESULT = Path(__file__).parent / 'results' / 'resample.json'

DEVICE_RATES_HZ = (8_000, 16_000, 44_100, 48_000)
PAIRS = [
    pair for rate in DEVICE_RATES_HZ for pair in ((rate, SAMPLE_RATE_HZ), (SAMPLE_RATE_HZ, rate))
]
MAX_DELAY_MS = 3.0
MIN_STOP_BAND_DB = 60.0

AMPLITUDE = 10_000.0
SECONDS = 2.0
TONES = 25
TRANSITION_HZ = 820.0
"""Below the lower Nyquist frequency; nothing is asked of a converter in there."""

SETTLE_S = 0.2

Convert = Callable[[np.ndarray], np.ndarray]


def ours(rate_in: int, rate_out: int) -> Convert:
    """Return this package's converter."""
    return Resampler(rate_in, rate_out).process


def soxr_stream(quality: str) -> Callable[[int, int], Convert]:
    """Return a maker of soxr's streaming converter of a quality."""

    def make(rate_in: int, rate_out: int) -> Convert:
        stream = soxr.ResampleStream(rate_in, rate_out, 1, dtype='float32', quality=quality)
        return stream.resample_chunk

    return make


class Linear:
    """Straight lines between samples: what is often written by hand."""

    def __init__(self, rate_in: int, rate_out: int) -> None:
        self._step = rate_in / rate_out
        self._next, self._last = 0.0, np.zeros(1, np.float32)

    def process(self, samples: np.ndarray) -> np.ndarray:
        """Return float32 [m] for float32 [n]."""
        known = np.concatenate((self._last, samples))
        at = np.arange(self._next, len(samples), self._step)
        self._next = at[-1] + self._step - len(samples) if len(at) else self._next - len(samples)
        self._last = known[-1:]
        return np.interp(at, np.arange(len(known)), known).astype(np.float32)


CONVERTERS: dict[str, Callable[[int, int], Convert]] = {
    'ours': ours,
    'soxr HQ': soxr_stream('HQ'),
    'soxr LQ': soxr_stream('LQ'),
    'soxr QQ': soxr_stream('QQ'),
    'linear': lambda rate_in, rate_out: Linear(rate_in, rate_out).process,
}


def main() -> int:
    """Measure all. 0 where ours keeps its limits, 1 where not."""
    parser = argparse.ArgumentParser(prog='make bench-resample', description=__doc__)
    parser.add_argument('--out', default=str(RESULT), help='the JSON file to write')
    options = parser.parse_args()
    print(f'{"":9}{"Hz":>15}{"delay ms":>15}{"stop dB":>9}{"pass dB":>9}{"us/10 ms":>10}')
    print(f'{"":9}{"":>15}{"mean":>8}{"max":>7}')
    rows = [row(name, *pair) for pair in PAIRS for name in CONVERTERS]
    missed = [
        one
        for one in rows
        if one['converter'] == 'ours'
        and (one['delay_max_ms'] > MAX_DELAY_MS or one['stop_band_db'] < MIN_STOP_BAND_DB)
    ]
    result = {'conditions': conditions('make bench-resample'), 'rows': rows}
    Path(options.out).parent.mkdir(parents=True, exist_ok=True)
    Path(options.out).write_text(json.dumps(result, indent=1) + '\n')
    print('ours within the limits' if not missed else f'over the limits: {missed}')
    return 1 if missed else 0


def row(name: str, rate_in: int, rate_out: int) -> dict:
    """Return and print the row of one converter and one pair of rates."""
    make = CONVERTERS[name]
    mean_ms, max_ms = delay_ms(make(rate_in, rate_out), rate_in, rate_out)
    result = {
        'converter': name,
        'rate_in_hz': rate_in,
        'rate_out_hz': rate_out,
        'delay_mean_ms': round(mean_ms, 2),
        'delay_max_ms': round(max_ms, 2),
        'stop_band_db': round(stop_band_db(make, rate_in, rate_out), 1),
        'pass_band_db': round(pass_band_db(make, rate_in, rate_out), 2),
        'block_us': round(block_us(make(rate_in, rate_out), rate_in), 1),
    }
    print(
        f'{name:9}{rate_in:>7} >{rate_out:>6}{mean_ms:8.1f}{max_ms:7.1f}'
        f'{result["stop_band_db"]:9.1f}{result["pass_band_db"]:9.2f}{result["block_us"]:10.1f}',
        flush=True,
    )
    return result


def in_blocks(convert: Convert, samples: np.ndarray, rate_in: int) -> list[np.ndarray]:
    """Feed 10 ms at a time, as a sound card does."""
    block = rate_in // 100
    return [convert(samples[i : i + block]) for i in range(0, len(samples), block)]


def delay_ms(convert: Convert, rate_in: int, rate_out: int) -> tuple[float, float]:
    """Return how late sound leaves, mean and longest: held back, and shifted in its stream."""
    samples = _sound(rate_in)
    pieces = in_blocks(convert, samples, rate_in)
    given_s = np.arange(1, len(pieces) + 1) / 100
    got_s = np.cumsum([len(piece) for piece in pieces]) / rate_out
    held_ms = 1000 * (given_s - got_s)[20:]
    shifted_ms = _shift_ms(samples, np.concatenate(pieces), rate_in, rate_out)
    return float(held_ms.mean() + shifted_ms), float(held_ms.max() + shifted_ms)


def stop_band_db(make: Callable[[int, int], Convert], rate_in: int, rate_out: int) -> float:
    """Return how far down the loudest alias or image of a tone is."""
    nyquist = min(rate_in, rate_out) / 2
    if rate_in > rate_out:
        tones, kept = np.linspace(nyquist + 5, rate_in / 2 - 50, TONES), False
    else:
        tones, kept = np.linspace(100, nyquist - TRANSITION_HZ, TONES), True
    worst = max(_spurious(make(rate_in, rate_out), hz, rate_in, rate_out, kept) for hz in tones)
    return -20 * float(np.log10(worst / (AMPLITUDE / np.sqrt(2))))


def pass_band_db(make: Callable[[int, int], Convert], rate_in: int, rate_out: int) -> float:
    """Return the largest change of level of a tone that should be kept."""
    top_hz = min(rate_in, rate_out) / 2 - TRANSITION_HZ
    return max(
        abs(20 * float(np.log10(_kept(make(rate_in, rate_out), hz, rate_in, rate_out))))
        for hz in np.linspace(100, top_hz, TONES)
    )


def block_us(convert: Convert, rate_in: int) -> float:
    """Return the median time for 10 ms of sound."""
    samples, block = _sound(rate_in), rate_in // 100
    spans = []
    for start in range(0, len(samples), block):
        begun_s = time.perf_counter()
        convert(samples[start : start + block])
        spans.append(time.perf_counter() - begun_s)
    return 1e6 * float(np.median(spans))


def _sound(rate_hz: int) -> np.ndarray:
    """Return two sweeping tones, float32 [n]: their correlation has one peak."""
    at_s = np.arange(round(SECONDS * rate_hz)) / rate_hz
    sweep = np.sin(2 * np.pi * (200 * at_s + 700 * at_s**2)) + np.sin(2 * np.pi * 330 * at_s**2)
    return (AMPLITUDE / 2 * sweep).astype(np.float32)


def _shift_ms(given: np.ndarray, got: np.ndarray, rate_in: int, rate_out: int) -> float:
    """Return by how much the output's stream lags the input's, by correlation at 1/50 ms."""
    at_s = np.arange(0.3, 1.5, 2e-5)
    wanted = np.interp(at_s, np.arange(len(given)) / rate_in, given)
    lags_s = np.arange(-1e-3, 6e-3, 2e-5)
    time_s = np.arange(len(got)) / rate_out
    matches = [np.dot(wanted, np.interp(at_s + lag, time_s, got)) for lag in lags_s]
    return 1000 * float(lags_s[int(np.argmax(matches))])


def _tone(convert: Convert, hz: float, rate_in: int, rate_out: int) -> np.ndarray:
    at_s = np.arange(round(SECONDS * rate_in)) / rate_in
    tone = (AMPLITUDE * np.sin(2 * np.pi * hz * at_s)).astype(np.float32)
    settled = np.concatenate(in_blocks(convert, tone, rate_in))[round(SETTLE_S * rate_out) :]
    return settled[: round((SECONDS - 3 * SETTLE_S) * rate_out)].astype(np.float64)


def _fit(samples: np.ndarray, hz: float, rate_hz: int) -> np.ndarray:
    """Return the best sine of that frequency in the samples."""
    at_s = np.arange(len(samples)) / rate_hz
    basis = np.stack((np.sin(2 * np.pi * hz * at_s), np.cos(2 * np.pi * hz * at_s)), axis=1)
    parts, *_ = np.linalg.lstsq(basis, samples, rcond=None)
    return basis @ parts


def _spurious(convert: Convert, hz: float, rate_in: int, rate_out: int, kept: bool) -> float:
    """Return the rms of what should not be there."""
    samples = _tone(convert, hz, rate_in, rate_out)
    wanted = _fit(samples, hz, rate_out) if kept else 0.0
    return float(np.sqrt(np.mean((samples - wanted) ** 2)))


def _kept(convert: Convert, hz: float, rate_in: int, rate_out: int) -> float:
    """Return the amplitude of a tone over what was given."""
    sine = _fit(_tone(convert, hz, rate_in, rate_out), hz, rate_out)
    return float(np.sqrt(np.mean(sine**2)) / (AMPLITUDE / np.sqrt(2)))


if __name__ == '__main__':
    sys.exit(main())
