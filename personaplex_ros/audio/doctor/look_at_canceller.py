# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The doctor looks at the canceller, and says which way of keeping the echo away to take."""

from personaplex_ros.audio.doctor.findings import Parameter
from personaplex_ros.audio.doctor.findings import Report
from personaplex_ros.audio.echo.report import EchoReport
from personaplex_ros.audio.echo.report import EchoState
from personaplex_ros.audio.echo.settings import EchoMode
from personaplex_ros.audio.echo.settings import EchoSettings

QUIET_ECHO = 'the echo hardly stands out of the noise'
LEAKS = 'the echo can be found in what it leaves'


def look_at_cancelling(report: Report, echo: EchoReport) -> Parameter:
    """Judge the canceller; return the value of the parameter echo."""
    if echo.state is EchoState.HALF_DUPLEX:
        report.bad('canceller', 'no echo canceller is installed', 'pip install pywebrtc-audio')
        return _echo(EchoMode.HALF_DUPLEX, 'pywebrtc-audio is not installed')
    if echo.erle_db is None or echo.state is EchoState.WARMING:
        report.ok('canceller', QUIET_ECHO)
        return _echo(EchoMode.WEBRTC, QUIET_ECHO)
    report.figures['erle_db'] = round(echo.erle_db, 1)
    measured = f'ERLE {echo.erle_db:.0f} dB'
    if echo.converged:
        report.ok('canceller', measured)
        return _echo(EchoMode.WEBRTC, measured)
    needed = f'{measured}, {EchoSettings.converged_erle_db:.0f} are needed'
    why = needed if echo.erle_db < EchoSettings.converged_erle_db else f'{LEAKS} ({measured})'
    report.bad(
        'canceller',
        f'the canceller fails: {why}',
        'does the loudspeaker rattle or move? turn it down; else take echo half_duplex, or a '
        'card that cancels (hardware)',
    )
    return _echo(EchoMode.HALF_DUPLEX, why)


def _echo(mode: EchoMode, reason: str) -> Parameter:
    return Parameter('echo', mode.value, reason)
