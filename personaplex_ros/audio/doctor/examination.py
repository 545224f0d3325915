# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The doctor's round: device, microphone, loudspeaker, time, echo."""

from collections.abc import Callable
from functools import partial

from personaplex_ros.audio.devices.base import DeviceError
from personaplex_ros.audio.doctor.cancelling import cancel
from personaplex_ros.audio.doctor.findings import Report
from personaplex_ros.audio.doctor.look_at_canceller import look_at_cancelling
from personaplex_ros.audio.doctor.look_at_loudspeaker import look_at_echo_level
from personaplex_ros.audio.doctor.look_at_loudspeaker import look_for_chirps
from personaplex_ros.audio.doctor.look_at_loudspeaker import look_for_monitor
from personaplex_ros.audio.doctor.look_at_microphone import look_at_clipping
from personaplex_ros.audio.doctor.look_at_microphone import look_at_life
from personaplex_ros.audio.doctor.look_at_microphone import look_at_noise
from personaplex_ros.audio.doctor.look_at_microphone import look_at_rate
from personaplex_ros.audio.doctor.look_at_time import look_at_losses
from personaplex_ros.audio.doctor.look_at_time import look_at_timing
from personaplex_ros.audio.doctor.patient import Patient
from personaplex_ros.audio.doctor.score import compose
from personaplex_ros.audio.doctor.score import Score
from personaplex_ros.audio.doctor.score import silence
from personaplex_ros.audio.doctor.tape import record
from personaplex_ros.audio.doctor.tape import Recording
from personaplex_ros.audio.doctor.tape import StreamEndedError
from personaplex_ros.audio.doctor.timing import timing

TRIES = 5
"""PortAudio's streams over a sound server sometimes end as they begin; the audio node opens them
again, and so does the doctor."""

LISTEN_S = 5.0
"""Where nothing may be played."""


def examine(patient: Patient, level_dbfs: float | None) -> Report:
    """Open the device, play and listen, and judge.

    level_dbfs: peak of what is played; None only listens.
    """
    report = Report()
    try:
        for line in patient.listing():
            report.ok('there is', line)
        recording = _record(report, patient, _score_for(level_dbfs))
    except DeviceError as error:
        report.bad('device', str(error), '')  # such errors say what to do
        return report
    info = recording.info
    report.ok('device', f'microphone {info.microphone}, loudspeaker {info.loudspeaker}')
    if not look_at_rate(report, recording):
        return report
    if not look_at_life(report, recording, patient.living_channels):
        return report
    look_at_clipping(report, recording)  # first: what clips is turned up too far, noise and all
    look_at_noise(report, recording)
    if level_dbfs is not None:
        _look_at_what_came_back(report, recording, patient)
    return report


def _record(report: Report, patient: Patient, score_for: Callable[[int], Score]) -> Recording:
    """Return a whole recording; raises DeviceError."""
    ended = 0
    while True:
        try:
            recording = record(patient.make_device(), score_for)
            break
        except StreamEndedError as error:
            ended, why = ended + 1, error
            if ended == TRIES:
                raise
    if ended:
        report.warn('stream', f'{why} ({ended} times, then it went on)', '')
    return recording


def _score_for(level_dbfs: float | None) -> Callable[[int], Score]:
    if level_dbfs is None:
        return partial(silence, seconds=LISTEN_S)
    return partial(compose, level_dbfs=level_dbfs)


def _look_at_what_came_back(report: Report, recording: Recording, patient: Patient) -> None:
    arrivals = look_for_chirps(report, recording)
    if arrivals is None:
        return
    look_for_monitor(report, recording)
    look_at_echo_level(report, recording, arrivals)
    look_at_losses(report, recording)
    look_at_timing(report, timing(arrivals, recording))
    echo = look_at_cancelling(report, cancel(recording))
    report.parameters = [*patient.parameters(recording), echo]
