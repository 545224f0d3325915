# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Metrics and diagnostics of the audio node."""

from dataclasses import fields
from enum import Enum

from diagnostic_msgs.msg import DiagnosticArray
from diagnostic_msgs.msg import DiagnosticStatus
from diagnostic_msgs.msg import KeyValue
from rclpy.node import Node
from std_msgs.msg import Header

from personaplex_ros.audio.devices.base import StreamInfo
from personaplex_ros.audio.devices.part import Part
from personaplex_ros.audio.echo.remote_reference import RemoteReference
from personaplex_ros.msg import AudioMetrics
from personaplex_ros.nodes import qos
from personaplex_ros.nodes.audio_session import AudioSession
from personaplex_ros.nodes.audio_settings import AudioSettings

MAX_RATE_ERROR = 0.01
"""No crystal is so far off: the device runs at another rate than it says."""

MAX_CLIPPED_SHARE = 0.01

TOO_SLOW = 'raise latency_ms, or see what else loads the machine'

Verdict = tuple[bytes, str]
GOOD: Verdict = (DiagnosticStatus.OK, 'good')


class AudioReporter:
    """Publishes how microphone and loudspeaker fare; lives as long as its node."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._before: dict[str, int] = {}
        self._metrics = node.create_publisher(AudioMetrics, 'audio_metrics', qos.events())
        self._diagnostics = node.create_publisher(DiagnosticArray, '/diagnostics', 10)

    def tick(
        self, session: AudioSession, settings: AudioSettings, rejected: int, dropped: int
    ) -> None:
        """Publish metrics and diagnostics, once a second."""
        metrics = self._measure(session, rejected, dropped)
        self._metrics.publish(metrics)
        status = []
        if session.part.hears:
            verdict = self._microphone(session, settings, metrics)
            status.append(self._status('microphone', verdict, metrics))
            status.append(self._echo(session))
        if session.part.plays:
            verdict = self._loudspeaker(session, metrics)
            status.append(self._status('loudspeaker', verdict, metrics))
        self._diagnostics.publish(DiagnosticArray(header=metrics.header, status=status))

    def _measure(self, session: AudioSession, rejected: int, dropped: int) -> AudioMetrics:
        keeper, counts = session.keeper, session.player.counts
        device, info = keeper.device, keeper.info
        return AudioMetrics(
            header=Header(stamp=self._node.get_clock().now().to_msg()),
            device=_names(info) if info is not None else '',
            devices_opened=keeper.opened,
            overflows=device.counts.overflows if device is not None else 0,
            underflows=device.counts.underflows if device is not None else 0,
            samples_received=counts.received,
            samples_played=counts.played,
            samples_dropped=counts.dropped,
            samples_voided=counts.voided,
            samples_waiting=counts.waiting,
            samples_concealed=counts.concealed,
            samples_stretched=counts.stretched,
            chunks_lost=counts.lost_chunks,
            chunks_rejected=rejected,
            cuts=counts.cuts,
            underruns=counts.underruns,
            margin_ms=session.player.margin_ms or 0.0,
            drift_ppm=session.player.drift_ppm,
            blocks_dropped=dropped,
            level_dbfs=session.health.level_dbfs,
            clipped_share=session.health.clipped_share,
            dead_s=session.health.dead_s,
        )

    def _microphone(
        self, session: AudioSession, settings: AudioSettings, metrics: AudioMetrics
    ) -> Verdict:
        """Return the worst there is to say about it."""
        if session.lost_why:
            return DiagnosticStatus.ERROR, session.lost_why
        mismatch = _rate_mismatch(session)
        if mismatch:
            return DiagnosticStatus.ERROR, mismatch
        if metrics.dead_s >= settings.dead_after_s:
            return DiagnosticStatus.ERROR, (
                f'the microphone is dead: no signal, not even noise, for {metrics.dead_s:.0f} s; '
                'is it muted, or the wrong device or channel?'
            )
        if self._grew('overflows', metrics.overflows):
            return DiagnosticStatus.WARN, f'sound of the microphone is lost: {TOO_SLOW}'
        if metrics.clipped_share > MAX_CLIPPED_SHARE:
            return DiagnosticStatus.WARN, 'the microphone clips: turn its gain down'
        return GOOD

    def _loudspeaker(self, session: AudioSession, metrics: AudioMetrics) -> Verdict:
        """Return the worst there is to say about it."""
        if session.lost_why:
            return DiagnosticStatus.ERROR, session.lost_why
        if self._grew('underflows', metrics.underflows):
            return DiagnosticStatus.WARN, f'the loudspeaker runs out of sound: {TOO_SLOW}'
        if self._grew('dropped', metrics.samples_dropped + metrics.chunks_lost):
            return DiagnosticStatus.WARN, (
                'dropping sound to stay live: audio/out comes unevenly or with gaps'
            )
        return GOOD

    def _grew(self, name: str, count: int) -> bool:
        """Whether a count is larger than a second ago; with every device some begin anew."""
        before, self._before[name] = self._before.get(name, 0), count
        return count > before

    def _echo(self, session: AudioSession) -> DiagnosticStatus:
        report = session.echo.report
        values = {field.name: getattr(report, field.name) for field in fields(report)}
        fault = report.fault
        if session.part is Part.MICROPHONE:
            values |= _reference(session.reference)
            fault = '; '.join(filter(None, (fault, _reference_fault(session.reference))))
        return DiagnosticStatus(
            level=DiagnosticStatus.WARN if fault else DiagnosticStatus.OK,
            name=f'{self._node.get_fully_qualified_name()}: echo',
            message=fault or report.state.value,
            hardware_id=report.mode.value,
            values=[KeyValue(key=key, value=_text(value)) for key, value in values.items()],
        )

    def _status(self, part: str, verdict: Verdict, metrics: AudioMetrics) -> DiagnosticStatus:
        level, message = verdict
        values = {
            name: getattr(metrics, name)
            for name in metrics.get_fields_and_field_types()
            if name != 'header'
        }
        return DiagnosticStatus(
            level=level,
            name=f'{self._node.get_fully_qualified_name()}: {part}',
            message=message,
            hardware_id=metrics.device,
            values=[KeyValue(key=key, value=f'{value}') for key, value in values.items()],
        )


def _names(info: StreamInfo) -> str:
    return ', '.join(filter(None, (info.microphone, info.loudspeaker)))


def _reference(reference: RemoteReference) -> dict[str, object]:
    """Return what is known of a reference from another node."""
    counts = {f'reference_{key}': value for key, value in vars(reference.counts).items()}
    return {**counts, 'reference_clock_offset_ms': 1000 * reference.clock_offset_s}


def _reference_fault(reference: RemoteReference) -> str:
    """Return what is wrong with it that does not keep it from being used, or ''."""
    if reference.realigned:
        return (
            f'the stamps of audio/reference were moved by {reference.clock_offset_s:+.3f} s: the '
            'clocks of the two machines differ (chrony, PTP), or the network is that late'
        )
    if not reference.is_expected:
        return 'nobody publishes audio/reference: is the node of the loudspeaker active?'
    return ''


def _text(value: object) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    return f'{value:.3g}' if isinstance(value, float) else str(value)


def _rate_mismatch(session: AudioSession) -> str:
    """Return what is wrong with the device's rate, or ''."""
    device, info = session.keeper.device, session.keeper.info
    if device is None or info is None or not device.measured_rate_hz:
        return ''
    measured_hz = device.measured_rate_hz
    if abs(measured_hz / info.rate_hz - 1) <= MAX_RATE_ERROR:
        return ''
    return f'the sound card says {info.rate_hz} Hz and runs at {measured_hz:.0f} Hz; set rate_hz'
