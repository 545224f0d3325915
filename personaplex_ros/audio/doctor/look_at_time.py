# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The doctor looks at time: lost sound, late references, jitter, drift, and the round trip."""

from personaplex_ros.audio.doctor.findings import Report
from personaplex_ros.audio.doctor.tape import Recording
from personaplex_ros.audio.doctor.timing import Timing
from personaplex_ros.audio.echo.settings import EchoSettings

WORST_ECHO_DELAY_MS = 450.0
"""Echoes of 400 ms are cancelled, of 600 ms no longer (docs/audio.md)."""

LONG_ROUND_TRIP_MS = 200.0
"""Half of what mouth to ear may take before it is a warning; USB cards need 30 to 60."""

MUCH_JITTER_MS = 2.0
"""Costs nothing up to here (docs/audio.md)."""

MUCH_DRIFT_PPM = 100.0
"""Crystals are within 50 ppm of their rate; up to 200 are absorbed."""

ONE_CARD = (
    'take microphone and loudspeaker of one sound card, or let the sound server cancel the echo '
    '(--pipewire FILE)'
)


def look_at_losses(report: Report, recording: Recording) -> None:
    """Tell blocks that were not taken or not given in time."""
    lost = recording.lost_blocks
    seconds = len(recording.captured) / recording.info.rate_hz
    report.figures['lost_blocks'] = lost
    if not lost:
        report.ok('losses', f'none in {seconds:.0f} s')
        return
    report.bad(
        'losses',
        f'the stream lost sound {lost} times in {seconds:.0f} s',
        'raise latency_ms (--latency-ms), and look what else loads the machine',
    )


def look_at_timing(report: Report, timing: Timing) -> None:
    """Judge all four figures."""
    report.figures |= {
        'round_trip_ms': round(timing.round_trip_ms, 2),
        'echo_delay_ms': round(timing.echo_delay_ms, 2),
        'jitter_ms': round(timing.jitter_ms, 3),
        'drift_ppm': round(timing.drift_ppm, 1),
    }
    _look_at_reference(report, timing.echo_delay_ms)
    _look_at_drift(report, timing.drift_ppm)
    _look_at_jitter(report, timing.jitter_ms)
    _look_at_round_trip(report, timing.round_trip_ms)


def _look_at_reference(report: Report, delay_ms: float) -> None:
    if delay_ms < -EchoSettings.lead_ms / 2:
        report.bad(
            'reference',
            f'the reference arrives {-delay_ms:.0f} ms after the echo',
            'the times that the sound card gives are wrong; the node makes up for that only '
            f'after a second of echo: {ONE_CARD}',
        )
    elif delay_ms > WORST_ECHO_DELAY_MS:
        report.bad(
            'reference',
            f'the echo comes {delay_ms:.0f} ms after its reference, too late to be cancelled',
            'do not use a loudspeaker over Bluetooth or the network; or set echo to half_duplex',
        )
    else:
        report.ok('reference', f'{delay_ms:.1f} ms before its echo')


def _look_at_drift(report: Report, drift_ppm: float) -> None:
    text = f'{drift_ppm:+.0f} ppm between loudspeaker and microphone'
    if abs(drift_ppm) <= MUCH_DRIFT_PPM:
        report.ok('drift', text)
    else:
        a_minute_ms = abs(drift_ppm) * 60e-3
        report.bad('drift', f'the clocks part by {text}, {a_minute_ms:.0f} ms a minute', ONE_CARD)


def _look_at_jitter(report: Report, jitter_ms: float) -> None:
    text = f'{jitter_ms:.2f} ms of jitter in the delay of the echo'
    if jitter_ms <= MUCH_JITTER_MS:
        report.ok('jitter', text)
    elif jitter_ms <= EchoSettings.lead_ms:
        report.warn('jitter', text, 'raise latency_ms; take a wired device')
    else:
        report.bad('jitter', text, f'the canceller follows no such echo: {ONE_CARD}')


def _look_at_round_trip(report: Report, round_trip_ms: float) -> None:
    text = f'{round_trip_ms:.0f} ms from the loudspeaker stream to the microphone stream'
    if round_trip_ms <= LONG_ROUND_TRIP_MS:
        report.ok('round trip', text)
    else:
        report.warn(
            'round trip',
            text,
            'lower latency_ms, or take a wired device: the robot answers so much later',
        )
