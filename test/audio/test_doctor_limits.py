# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Limits between fine, worth knowing, and wrong."""

import json

import numpy as np
import pytest

from personaplex_ros.audio.devices.base import StreamInfo
from personaplex_ros.audio.doctor.arrivals import ratios
from personaplex_ros.audio.doctor.findings import Level
from personaplex_ros.audio.doctor.findings import Report
from personaplex_ros.audio.doctor.look_at_canceller import look_at_cancelling
from personaplex_ros.audio.doctor.look_at_microphone import look_at_noise
from personaplex_ros.audio.doctor.look_at_microphone import named_rate
from personaplex_ros.audio.doctor.look_at_time import look_at_timing
from personaplex_ros.audio.doctor.score import compose
from personaplex_ros.audio.doctor.score import silence
from personaplex_ros.audio.doctor.tape import Recording
from personaplex_ros.audio.doctor.timing import Timing
from personaplex_ros.audio.echo.report import EchoReport
from personaplex_ros.audio.echo.report import EchoState
from personaplex_ros.audio.echo.settings import EchoMode

RATE_HZ = 24_000


def levels(report: Report) -> dict[str, Level]:
    return {one.topic: one.level for one in report.findings}


FINE = {'round_trip_ms': 70.0, 'echo_delay_ms': 5.0, 'jitter_ms': 0.1, 'drift_ppm': 1.0}


@pytest.mark.parametrize(
    ('figure', 'value', 'topic', 'level'),
    [
        ('echo_delay_ms', -4.0, 'reference', Level.OK),
        ('echo_delay_ms', -6.0, 'reference', Level.BAD),
        ('echo_delay_ms', 440.0, 'reference', Level.OK),
        ('echo_delay_ms', 460.0, 'reference', Level.BAD),
        ('drift_ppm', 90.0, 'drift', Level.OK),
        ('drift_ppm', -110.0, 'drift', Level.BAD),
        ('jitter_ms', 1.9, 'jitter', Level.OK),
        ('jitter_ms', 3.0, 'jitter', Level.WARN),
        ('jitter_ms', 11.0, 'jitter', Level.BAD),
        ('round_trip_ms', 190.0, 'round trip', Level.OK),
        ('round_trip_ms', 210.0, 'round trip', Level.WARN),
    ],
)
def test_times_have_limits(figure, value, topic, level):
    report = Report()
    look_at_timing(report, Timing(**(FINE | {figure: value})))
    found = levels(report)
    assert found.pop(topic) is level
    assert set(found.values()) == {Level.OK}


def quiet_recording(dbfs: float, cough: bool = False) -> Recording:
    score = silence(RATE_HZ, 3.0)
    count = len(score.samples)
    noise = np.random.default_rng(2).standard_normal(count) * 32768 * 10 ** (dbfs / 20)
    if cough:
        noise[count // 2 : count // 2 + RATE_HZ // 2] *= 30
    begins = np.arange(0, count, 240)
    sound = noise.astype(np.int16)
    return Recording(
        StreamInfo('', '', RATE_HZ), score, score.samples, sound, begins, begins, begins, 0
    )


@pytest.mark.parametrize(
    ('dbfs', 'level'), [(-51.0, Level.OK), (-48.0, Level.WARN), (-44.0, Level.BAD)]
)
@pytest.mark.parametrize('cough', [False, True])
def test_noise_is_measured_against_what_counts_as_speech_whoever_coughs(dbfs, level, cough):
    report = Report()
    look_at_noise(report, quiet_recording(dbfs, cough))
    assert levels(report) == {'noise': level}
    assert report.figures['noise_dbfs'] == pytest.approx(dbfs, abs=0.7)


def echo(state: EchoState, erle_db: float | None) -> EchoReport:
    return EchoReport(EchoMode.WEBRTC, state, erle_db=erle_db)


@pytest.mark.parametrize(
    ('measured', 'mode', 'level', 'words'),
    [
        (echo(EchoState.CONVERGED, 31.0), 'webrtc', Level.OK, 'ERLE 31 dB'),
        (echo(EchoState.CONVERGED, None), 'webrtc', Level.OK, 'hardly stands out'),
        (echo(EchoState.WARMING, 5.0), 'webrtc', Level.OK, 'hardly stands out'),
        (echo(EchoState.NOT_CONVERGED, 4.0), 'half_duplex', Level.BAD, '10 are needed'),
        (echo(EchoState.NOT_CONVERGED, 15.0), 'half_duplex', Level.BAD, 'can be found'),
        (echo(EchoState.HALF_DUPLEX, None), 'half_duplex', Level.BAD, 'no echo canceller'),
    ],
)
def test_the_canceller_decides_the_echo_mode(measured, mode, level, words):
    report = Report()
    parameter = look_at_cancelling(report, measured)
    assert (parameter.name, parameter.value) == ('echo', mode)
    assert levels(report) == {'canceller': level}
    assert words in report.findings[0].text


@pytest.mark.parametrize(
    ('real_hz', 'named_hz'), [(44_100.7, 44_100), (47_900.0, 48_000), (50_000.0, 50_000)]
)
def test_a_rate_near_a_usual_one_is_called_so(real_hz, named_hz):
    assert named_rate(real_hz) == named_hz


def test_the_usual_mistakes_of_rate_are_looked_for():
    assert {1.0, 44_100 / 48_000, 48_000 / 44_100, 0.5, 2.0} <= set(ratios(48_000))


@pytest.mark.parametrize('rate_hz', [16_000, 44_100, 48_000])
def test_a_score_says_what_is_where(rate_hz):
    score = compose(rate_hz, -20.0)
    assert len(score.chirps) == 12
    assert not score.samples[score.quiet].any()
    assert not score.samples[: score.chirps[0]].any()
    for begin in score.chirps:
        here = score.samples[begin : begin + len(score.chirp)]
        assert np.abs(here - score.chirp).max() <= 0.5
    speech = score.samples[score.speech].astype(float)
    spectrum = np.abs(np.fft.rfft(speech)) ** 2
    low = np.fft.rfftfreq(len(speech), 1 / rate_hz) < 3_000
    assert spectrum[low].sum() > 0.8 * spectrum.sum()


@pytest.mark.parametrize('level_dbfs', [-40.0, -20.0])
def test_nothing_is_louder_than_asked_and_nothing_begins_or_ends_with_a_click(level_dbfs):
    played = compose(RATE_HZ, level_dbfs).samples.astype(float)
    peak = 32768 * 10 ** (level_dbfs / 20)
    assert 0.9 * peak < np.abs(played).max() <= peak
    sound = np.flatnonzero(played)
    breaks = np.flatnonzero(np.diff(sound) > 1_000)
    begins = np.concatenate((sound[:1], sound[breaks + 1]))
    ends = np.concatenate((sound[breaks], sound[-1:]))
    assert len(begins) == len(ends) == 12 + 4  # chirps and bursts
    assert np.abs(played[np.concatenate((begins, ends))]).max() < 0.01 * peak


def test_the_first_fault_is_the_verdict_and_what_is_only_worth_knowing_is_none():
    report = Report()
    report.ok('device', 'a card')
    report.warn('round trip', '300 ms', 'take a wire')
    assert report.exit_status == 0
    assert report.verdict == 'nothing is wrong, but: 300 ms'
    report.bad('clipping', 'it clips', 'turn it down')
    report.bad('drift', 'it drifts', 'take one card')
    assert report.exit_status == 1
    assert report.verdict == 'wrong: it clips -> turn it down'
    told = json.loads(report.as_json())
    assert [one['level'] for one in told['findings']] == ['ok', 'warn', 'bad', 'bad']
    assert told['verdict'] == report.verdict
