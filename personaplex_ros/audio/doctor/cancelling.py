# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""How well the audio node's own canceller does with what was recorded."""

from collections.abc import Iterator

import numpy as np

from personaplex_ros.audio.doctor.tape import Recording
from personaplex_ros.audio.echo.path import EchoPath
from personaplex_ros.audio.echo.report import EchoReport
from personaplex_ros.audio.echo.settings import EchoSettings
from personaplex_ros.audio.format import SAMPLE_RATE_HZ
from personaplex_ros.audio.intake import convert
from personaplex_ros.audio.resample import Resampler


def cancel(recording: Recording) -> EchoReport:
    """Return the report at the end of the speech, which goes the same way as in the node."""
    path = EchoPath(EchoSettings(), SAMPLE_RATE_HZ)
    rate_hz = recording.info.rate_hz
    reference, microphone = Resampler(rate_hz, SAMPLE_RATE_HZ), Resampler(rate_hz, SAMPLE_RATE_HZ)
    late_s = reference.delay_ms / 1000
    played = recording.played + _hiss(len(recording.played))
    for here in _blocks(recording):
        audible_s = float(recording.audible_s(here.start))
        captured_s = float(recording.captured_s(here.start))
        path.played(convert(reference, played[here]), audible_s - late_s)
        heard = convert(microphone, recording.captured[here])
        for _clean in path.captured(heard, captured_s - late_s):
            pass
    return path.report


def _blocks(recording: Recording) -> Iterator[slice]:
    """Yield the blocks of the speech. Not the chirps: as regular as they are, their echo seems to
    come before the next one as well as after the last."""
    speech, ends = recording.score.speech, [*recording.begins[1:], len(recording.captured)]
    for begin, end in zip(recording.begins, ends, strict=True):
        if begin >= speech.start and end <= speech.stop:
            yield slice(begin, end)


def _hiss(samples: int) -> np.ndarray:
    """Return one step of noise: digital silence makes AEC3 ten times slower (audio/duplex.py)."""
    return np.random.default_rng(0).integers(-1, 2, samples, np.int16)
