# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""From settings to the canceller that fits them."""

from personaplex_ros.audio.echo.canceller import EchoCanceller
from personaplex_ros.audio.echo.half_duplex import HalfDuplex
from personaplex_ros.audio.echo.pass_through import PassThrough
from personaplex_ros.audio.echo.settings import EchoMode
from personaplex_ros.audio.echo.settings import EchoSettings
from personaplex_ros.audio.echo.webrtc import WebrtcCanceller

NOT_INSTALLED = (
    'pywebrtc-audio cannot be imported, so the microphone is shut while the robot speaks; '
    'pip install pywebrtc-audio, or set echo to hardware or system'
)


def make_canceller(settings: EchoSettings, rate_hz: int) -> EchoCanceller:
    """Return the canceller of settings.mode.

    Without pywebrtc-audio, `webrtc` gives half-duplex, and its report says so in one line.
    Raises EchoSettingsError for a rate that the canceller does not take.
    """
    if settings.mode is EchoMode.HALF_DUPLEX:
        return HalfDuplex()
    if settings.mode is not EchoMode.WEBRTC:
        return PassThrough(settings.mode, rate_hz)
    try:
        return WebrtcCanceller(rate_hz, settings)
    except ImportError as error:
        return HalfDuplex(EchoMode.WEBRTC, fault=f'{NOT_INSTALLED} ({error})')
