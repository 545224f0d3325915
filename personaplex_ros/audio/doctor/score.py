# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the doctor plays: silence, chirps, something like speech, and chirps again."""

from dataclasses import dataclass

import numpy as np

from personaplex_ros.audio.echo.settings import FULL_SCALE
from personaplex_ros.audio.intake import to_int16

CHIRP_S = 0.1
CHIRP_FROM_HZ = 500.0
CHIRP_TO_HZ = 6_000.0
"""A linear sweep: unlike an exponential one it does not match itself at another sample rate, so
a wrong rate shows. Small loudspeakers play this band, and microphones of 16 kHz hear it."""

FADE_S = 0.01

SETTLING_S = 0.5
"""Sound cards click and adapt when they are opened."""

QUIET_S = 1.0
LONGEST_DELAY_S = 1.0
"""After the first chirp and at the end: so late an echo is still found."""

CHIRP_GAP_S = 0.3
CHIRPS_EACH_SIDE = 6
"""Before and after the speech, so that clocks have 9 s to part."""

BURST_S = 1.2
PAUSE_S = 0.5
BURSTS = 4
"""Of speech: more than the 3 s in which the canceller should converge, with pauses longer than
the reverberation, in which the room's noise is heard."""

SPEECH_CORNER_HZ = 500.0
"""As in the simulated room (Byrne et al. 1994)."""

SYLLABLES_HZ = 4.0


@dataclass(frozen=True)
class Score:
    """Sound to play, and what is where in it."""

    samples: np.ndarray
    """int16 [n]."""

    chirp: np.ndarray
    """float32 [m], the chirp as it is played, on the int16 scale."""

    chirps: tuple[int, ...]
    """First sample of each chirp; none where nothing is played."""

    quiet: slice
    """Samples in which nothing is played, and nothing was before."""

    speech: slice
    """Samples that are like speech, for the canceller; with their pauses."""


def chirp(rate_hz: int, ratio: float = 1.0) -> np.ndarray:
    """Return a faded linear sweep of peak 1, float32 [n].

    ratio: of its length, for a chirp that went through a wrong sample rate.
    """
    count = round(CHIRP_S * ratio * rate_hz)
    time_s = np.arange(count) / (ratio * rate_hz)
    rise = (CHIRP_TO_HZ - CHIRP_FROM_HZ) / CHIRP_S
    phase = 2 * np.pi * (CHIRP_FROM_HZ * time_s + rise * time_s**2 / 2)
    return (np.sin(phase) * _fade(count, rate_hz)).astype(np.float32)


def silence(rate_hz: int, seconds: float) -> Score:
    """Return a score that only listens."""
    count = round((SETTLING_S + seconds) * rate_hz)
    quiet = slice(round(SETTLING_S * rate_hz), count)
    nothing = np.empty(0, np.float32)
    return Score(np.zeros(count, np.int16), nothing, (), quiet, speech=slice(0))


def compose(rate_hz: int, level_dbfs: float) -> Score:
    """Return the examination, 15 s; level_dbfs: no sample is louder."""
    peak = np.floor(FULL_SCALE * 10 ** (level_dbfs / 20))
    one = chirp(rate_hz) * np.float32(peak)
    chirp_gap = _nothing(CHIRP_GAP_S, rate_hz)
    speech = _speech(rate_hz) * np.float32(peak)
    parts = [
        _nothing(SETTLING_S + QUIET_S, rate_hz),
        *(one, _nothing(LONGEST_DELAY_S, rate_hz)),
        *(one, chirp_gap) * (CHIRPS_EACH_SIDE - 1),
        speech,
        *(one, chirp_gap) * CHIRPS_EACH_SIDE,
        _nothing(LONGEST_DELAY_S, rate_hz),
    ]
    begins = [0, *(int(end) for end in np.cumsum([len(part) for part in parts]))]
    at = next(begin for begin, part in zip(begins, parts, strict=False) if part is speech)
    return Score(
        samples=to_int16(np.concatenate(parts)),
        chirp=one,
        chirps=tuple(b for b, part in zip(begins, parts, strict=False) if part is one),
        quiet=slice(round(SETTLING_S * rate_hz), begins[1]),
        speech=slice(at, at + len(speech)),
    )


def _speech(rate_hz: int) -> np.ndarray:
    """Return bursts of noise with the spectrum and the rhythm of speech, peak 1, float32 [n]."""
    count = round(BURST_S * rate_hz)
    noise = np.random.default_rng(0).standard_normal((BURSTS, count))
    hz = np.fft.rfftfreq(count, 1 / rate_hz)
    shaped = np.fft.irfft(np.fft.rfft(noise) / np.hypot(1, hz / SPEECH_CORNER_HZ), count)
    rhythm = 0.6 - 0.4 * np.cos(2 * np.pi * SYLLABLES_HZ * np.arange(count) / rate_hz)
    bursts = shaped * rhythm * _fade(count, rate_hz)
    padded = np.pad(bursts, ((0, 0), (0, round(PAUSE_S * rate_hz)))).reshape(-1)
    return (padded / np.abs(padded).max()).astype(np.float32)


def _nothing(seconds: float, rate_hz: int) -> np.ndarray:
    return np.zeros(round(seconds * rate_hz), np.float32)


def _fade(count: int, rate_hz: int) -> np.ndarray:
    """Return a window float [count] that rises and falls within FADE_S, so that nothing clicks."""
    edge = np.minimum(np.arange(count) + 0.5, np.arange(count)[::-1] + 0.5) / (FADE_S * rate_hz)
    return np.sin(np.pi / 2 * np.minimum(1.0, edge)) ** 2
