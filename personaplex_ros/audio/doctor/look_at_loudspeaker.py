# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The doctor looks at what came back from the loudspeaker: whether, how loud, at which rate."""

import numpy as np

from personaplex_ros.audio.doctor.arrivals import Arrivals
from personaplex_ros.audio.doctor.arrivals import find_chirps
from personaplex_ros.audio.doctor.findings import Report
from personaplex_ros.audio.doctor.levels import echo_gain_db
from personaplex_ros.audio.doctor.levels import is_silent
from personaplex_ros.audio.doctor.look_at_microphone import named_rate
from personaplex_ros.audio.doctor.tape import Recording

SPEECH_PEAK_DBFS = -9.0
"""The model's voice: prompted with voices at -24 LUFS (model/wav_voice.py), and speech has peaks
some 15 dB over its level."""


def look_for_chirps(report: Report, recording: Recording) -> Arrivals | None:
    """Return where the chirps came back, None where there is no use in going on."""
    arrivals = find_chirps(recording)
    if arrivals is None:
        report.bad(
            'loudspeaker',
            'the loudspeaker is silent: the microphone works, but hears no chirp',
            'turn it up, unmute it, or choose another with --loudspeaker (headphones, and cards '
            'that cancel the echo themselves, are silent here too: echo off, echo hardware)',
        )
        return None
    report.figures['chirps_heard'] = len(arrivals.played_at)
    if arrivals.ratio != 1.0:
        _tell_wrong_rate(report, recording.info.rate_hz, arrivals.ratio)
        return None
    return arrivals


def _tell_wrong_rate(report: Report, rate_hz: int, ratio: float) -> None:
    pitch = f'{abs(1 / ratio - 1):.1%} too {"high" if ratio < 1 else "low"}'
    report.bad(
        'rate',
        f'wrong sample rate: the sound comes back {pitch}, as if {named_rate(rate_hz * ratio)} Hz '
        f'were taken for {rate_hz} Hz',
        f'set rate_hz to {named_rate(rate_hz * ratio)}, or give microphone and loudspeaker the '
        'same rate in the sound server',
    )


def look_for_monitor(report: Report, recording: Recording) -> None:
    """Tell a microphone that is none: no room is digitally silent."""
    if not is_silent(recording.captured[recording.score.quiet]):
        return
    report.bad(
        'microphone',
        'the microphone hears the loudspeaker and not the room: it is silent until something is '
        'played',
        'choose another with --microphone (a "monitor" or loopback input plays back the '
        'output), or turn off its noise gate',
    )


def look_at_echo_level(report: Report, recording: Recording, arrivals: Arrivals) -> None:
    """Foretell whether the robot's voice overdrives the microphone."""
    gain_db = echo_gain_db(recording, arrivals)
    peak_dbfs = SPEECH_PEAK_DBFS + gain_db
    report.figures['echo_gain_db'] = round(gain_db, 1)
    if peak_dbfs < 0:
        report.ok('loudspeaker', f'heard {gain_db:+.0f} dB against what is played')
        return
    report.bad(
        'loudspeaker',
        f'the loudspeaker is too loud: the voice would overdrive the microphone by '
        f'{np.ceil(peak_dbfs):.0f} dB',
        f'turn it down by {np.ceil(peak_dbfs) + 6:.0f} dB, or the microphone',
    )
