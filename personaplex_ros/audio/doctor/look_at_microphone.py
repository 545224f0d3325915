# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The doctor looks at the microphone: its rate, whether it lives, its noise, its clipping."""

from collections.abc import Callable
from collections.abc import Sequence

from personaplex_ros.audio.doctor.arrivals import COMMON_RATES_HZ
from personaplex_ros.audio.doctor.findings import Report
from personaplex_ros.audio.doctor.levels import clipped_share
from personaplex_ros.audio.doctor.levels import is_silent
from personaplex_ros.audio.doctor.levels import noise_dbfs
from personaplex_ros.audio.doctor.tape import Recording
from personaplex_ros.audio.doctor.timing import measured_rate_hz
from personaplex_ros.audio.level import SpeakingSettings

RATE_TOLERANCE = 0.02
"""The nearest mistake, 44.1 kHz for 48, is 8 %; behind a busy sound server the times of 5 s of
sound are 1 % off."""

MAX_CLIPPED_SHARE = 1e-4
"""More than a click: a fifth of a second in half an hour of speech."""


def look_at_rate(report: Report, recording: Recording) -> bool:
    """Compare the stream's rate with the clock; say whether to go on."""
    asked_hz, real_hz = recording.info.rate_hz, measured_rate_hz(recording)
    name_hz = named_rate(real_hz)
    report.figures['measured_rate_hz'] = round(real_hz, 1)
    if abs(real_hz / asked_hz - 1) <= RATE_TOLERANCE:
        report.ok('rate', f'{asked_hz} Hz')
        return True
    report.bad(
        'rate',
        f'the sound card says {asked_hz} Hz, but runs at {name_hz} Hz',
        f'set rate_hz to {name_hz}, in the sound server too, or take another card'
        if name_hz in COMMON_RATES_HZ
        else 'sound is lost on its way: look what else loads the machine, or take another card',
    )
    return False


def named_rate(real_hz: float) -> int:
    """Return the usual rate that is meant, or the measured one where there is none."""
    usual = min(COMMON_RATES_HZ, key=lambda rate: abs(rate - real_hz))
    return usual if abs(real_hz / usual - 1) <= RATE_TOLERANCE else round(real_hz)


def look_at_life(
    report: Report, recording: Recording, living_channels: Callable[[], Sequence[int]]
) -> bool:
    """Tell a dead microphone; say whether to go on.

    living_channels: returns the channels of the device that do hear something.
    """
    if not is_silent(recording.captured):
        return True
    others = living_channels()
    advice = 'unmute it (alsamixer, wpctl), plug it in, or choose another with --microphone'
    if others:
        advice = f'set microphone_channel to {others[0]}, which hears something'
    report.bad('microphone', 'the microphone is dead: there is not even noise', advice)
    return False


def look_at_noise(report: Report, recording: Recording) -> None:
    """Compare the room with what counts as speech."""
    level = noise_dbfs(recording)
    report.figures['noise_dbfs'] = round(level, 1)
    text = f'noise at {level:.0f} dBFS'
    speaking = SpeakingSettings()
    advice = 'let nobody speak meanwhile; else turn it down, or away from fans and motors'
    if level >= speaking.on_dbfs:
        report.bad('noise', f'{text}: all of it counts as speech', advice)
    elif level >= speaking.off_dbfs:
        report.warn('noise', f'{text}: too loud to tell when somebody stops', advice)
    else:
        report.ok('noise', text)


def look_at_clipping(report: Report, recording: Recording) -> None:
    """Tell a microphone that is overdriven."""
    share = clipped_share(recording)
    report.figures['clipped_share'] = round(share, 6)
    if share <= MAX_CLIPPED_SHARE:
        report.ok('clipping', 'none')
        return
    report.bad(
        'clipping',
        f'the microphone clips: {share:.1%} of its samples are at full scale',
        'turn down the microphone, and the loudspeaker if it clips only while that plays',
    )
