# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The resampler keeps what it should, stops what it must, and does not care how it is fed."""

import numpy as np
import pytest

from personaplex_ros.audio.format import AudioFormatError
from personaplex_ros.audio.intake import to_int16
from personaplex_ros.audio.resample import HALF_LENGTH_MS
from personaplex_ros.audio.resample import Resampler

TARGET_HZ = 24_000
RATES_HZ = [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000, 192000]
BOTH_WAYS = [(rate, TARGET_HZ) for rate in RATES_HZ] + [(TARGET_HZ, rate) for rate in RATES_HZ]
TRANSITION_HZ = 820
"""Beside the lower of both Nyquist frequencies: neither kept nor stopped."""

SETTLE_S = 0.02
AMPLITUDE = 10_000.0


def tone(hz: float, rate_hz: int, seconds: float = 0.5) -> np.ndarray:
    """Return a sine, float32 [n], on the int16 scale."""
    time = np.arange(round(seconds * rate_hz)) / rate_hz
    return (AMPLITUDE * np.sin(2 * np.pi * hz * time)).astype(np.float32)


def middle(samples: np.ndarray, rate_hz: int) -> np.ndarray:
    """Cut off the filter's start and end."""
    edge = round(SETTLE_S * rate_hz)
    return samples[edge:-edge].astype(np.float64)


def fit(samples: np.ndarray, hz: float, rate_hz: int) -> tuple[float, float, float]:
    """Return amplitude, phase and residual RMS of the best sine of this frequency."""
    time = np.arange(len(samples)) / rate_hz
    basis = np.stack([np.sin(2 * np.pi * hz * time), np.cos(2 * np.pi * hz * time)], axis=1)
    (a, b), *_ = np.linalg.lstsq(basis, samples, rcond=None)
    residual = samples - basis @ np.array([a, b])
    return float(np.hypot(a, b)), float(np.arctan2(b, a)), float(np.sqrt(np.mean(residual**2)))


def db(ratio: float) -> float:
    """Return a ratio of amplitudes in dB."""
    return 20 * np.log10(max(ratio, 1e-12))


@pytest.mark.parametrize(('rate_in', 'rate_out'), BOTH_WAYS)
def test_a_tone_keeps_its_frequency_and_its_level(rate_in, rate_out):
    top_hz = min(rate_in, rate_out) / 2 - TRANSITION_HZ
    for hz in (100.0, 997.0, top_hz):
        out = middle(Resampler(rate_in, rate_out).process(tone(hz, rate_in)), rate_out)
        amplitude, _, residual = fit(out, hz, rate_out)
        assert abs(db(amplitude / AMPLITUDE)) < 0.1, f'{hz} Hz'
        assert db(residual / AMPLITUDE) < -57, f'{hz} Hz: images, aliases or another frequency'


@pytest.mark.parametrize('rate_in', [rate for rate in RATES_HZ if rate > TARGET_HZ])
def test_what_lies_above_the_target_is_60_db_down(rate_in):
    for hz in np.linspace(TARGET_HZ / 2 + 10, rate_in / 2 - 10, 7):
        out = middle(Resampler(rate_in, TARGET_HZ).process(tone(hz, rate_in)), TARGET_HZ)
        assert db(np.sqrt(2 * np.mean(out**2)) / AMPLITUDE) < -60, f'{hz:.0f} Hz'


@pytest.mark.parametrize('rate_in', [rate for rate in RATES_HZ if rate < TARGET_HZ])
def test_images_of_a_lower_rate_are_60_db_down(rate_in):
    for hz in np.linspace(200, rate_in / 2 - TRANSITION_HZ, 5):
        out = middle(Resampler(rate_in, TARGET_HZ).process(tone(hz, rate_in)), TARGET_HZ)
        assert db(np.sqrt(2) * fit(out, hz, TARGET_HZ)[2] / AMPLITUDE) < -60, f'{hz:.0f} Hz'


@pytest.mark.parametrize('rate_in', RATES_HZ)
def test_the_level_of_a_constant_is_kept(rate_in):
    out = Resampler(rate_in, TARGET_HZ).process(np.full(rate_in // 4, 8000, np.float32))
    assert np.abs(middle(out, TARGET_HZ) - 8000).max() < 16


@pytest.mark.parametrize(('rate_in', 'rate_out'), BOTH_WAYS)
def test_the_delay_is_the_one_it_tells_and_at_most_3_ms(rate_in, rate_out):
    resampler = Resampler(rate_in, rate_out)
    hz = 50.0  # slow enough that a delay of 3 ms is no full turn
    out = middle(resampler.process(tone(hz, rate_in)), rate_out)
    edge_s = round(SETTLE_S * rate_out) / rate_out
    _, phase, _ = fit(out, hz, rate_out)
    delay_s = (2 * np.pi * hz * edge_s - phase) / (2 * np.pi * hz) % (1 / hz)
    delay_ms = (delay_s * 1000 + 1) % (1000 / hz) - 1
    assert resampler.delay_ms <= HALF_LENGTH_MS <= 3.0
    assert abs(delay_ms - resampler.delay_ms) < 0.2


@pytest.mark.parametrize('rate_in', RATES_HZ)
@pytest.mark.parametrize('chunk', [1, 7, 160, 441, 4097])
def test_chunks_of_any_size_give_what_the_whole_gives(rate_in, chunk):
    rng = np.random.default_rng(7)
    samples = (rng.standard_normal(min(rate_in // 8, chunk * 400)) * 8000).astype(np.float32)
    whole = Resampler(rate_in, TARGET_HZ).process(samples)
    piecewise = Resampler(rate_in, TARGET_HZ)
    pieces = [piecewise.process(samples[i : i + chunk]) for i in range(0, len(samples), chunk)]
    np.testing.assert_array_equal(np.concatenate(pieces), whole)


@pytest.mark.parametrize('rate_in', RATES_HZ)
def test_no_sample_is_lost_or_added_over_time(rate_in):
    resampler = Resampler(rate_in, TARGET_HZ)
    chunk = np.zeros(rate_in // 50, np.float32)
    count = sum(len(resampler.process(chunk)) for _ in range(500))
    assert count == pytest.approx(500 * len(chunk) * TARGET_HZ / rate_in, abs=1)


def test_nothing_in_gives_nothing_out():
    resampler = Resampler(16000, TARGET_HZ)
    assert len(resampler.process(np.empty(0, np.float32))) == 0
    assert len(resampler.process(np.zeros(160, np.float32))) == 240


def test_a_reset_forgets_the_past():
    resampler = Resampler(44100, TARGET_HZ)
    samples = tone(1000, 44100, 0.1)
    first = resampler.process(samples)
    resampler.reset()
    np.testing.assert_array_equal(resampler.process(samples), first)


@pytest.mark.parametrize('rate_in', RATES_HZ)
def test_full_scale_square_waves_stay_within_int16(rate_in):
    square = np.where(np.arange(rate_in // 4) // 20 % 2, 32767, -32768).astype(np.float32)
    out = Resampler(rate_in, TARGET_HZ).process(square)
    assert np.isfinite(out).all()
    limited = to_int16(out)
    assert limited.dtype == np.int16
    assert (limited.max(), limited.min()) == (32767, -32768), 'clipped, not wrapped'
    assert np.array_equal(np.sign(limited[np.abs(out) > 1]), np.sign(out[np.abs(out) > 1]))


@pytest.mark.parametrize('rate', [0, 1, 7999, 192_001, 4_000_000_000, -16000])
def test_a_rate_out_of_range_is_refused_with_the_range(rate):
    with pytest.raises(AudioFormatError, match=f'sample rate {rate} Hz; expected 8000 to 192000'):
        Resampler(rate, TARGET_HZ)
    with pytest.raises(AudioFormatError, match='expected 8000 to 192000'):
        Resampler(TARGET_HZ, rate)


@pytest.mark.parametrize('rate', [11_999, 24_001, 44_101, 47_999])
def test_an_odd_rate_keeps_frequency_and_level_with_a_filter_of_bounded_size(rate):
    resampler = Resampler(rate, TARGET_HZ)
    out = resampler.process(tone(1000, rate))
    level, _, rest = fit(middle(out, TARGET_HZ), 1000, TARGET_HZ)
    assert abs(db(level / AMPLITUDE)) < 0.1
    assert db(rest / AMPLITUDE) < -57
    assert resampler._bank.size <= 1_000_000
