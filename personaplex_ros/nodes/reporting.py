# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""State, metrics and diagnostics of a conversation, as messages."""

from diagnostic_msgs.msg import DiagnosticArray
from diagnostic_msgs.msg import DiagnosticStatus
from diagnostic_msgs.msg import KeyValue
from rclpy.node import Node
from std_msgs.msg import Header

from personaplex_ros.conversation.briefing import Briefing
from personaplex_ros.conversation.ledger import Ledger
from personaplex_ros.conversation.ledger import Spread
from personaplex_ros.conversation.mouth_to_ear import MouthToEar
from personaplex_ros.conversation.settings import ConversationSettings
from personaplex_ros.conversation.state import State
from personaplex_ros.conversation.state import Status
from personaplex_ros.msg import ConversationState
from personaplex_ros.msg import SessionMetrics
from personaplex_ros.nodes import qos
from personaplex_ros.nodes.ears import Ears

_LEVELS = {
    State.LIVE: DiagnosticStatus.OK,
    State.IDLE: DiagnosticStatus.OK,
    State.CONNECTING: DiagnosticStatus.WARN,
    State.WARMING: DiagnosticStatus.WARN,
    State.DEGRADED: DiagnosticStatus.WARN,
    State.DOWN: DiagnosticStatus.ERROR,
}


class Reporter:
    """Publishes how the conversation fares; lives as long as its node."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._status = Status()
        self._dropped_before = 0
        self._limits_ms = (0.0, 0.0)
        self.configure(ConversationSettings())
        self._state = node.create_publisher(ConversationState, 'state', qos.latched())
        self._metrics = node.create_publisher(SessionMetrics, 'metrics', qos.events())
        self._diagnostics = node.create_publisher(DiagnosticArray, '/diagnostics', 10)
        self._publish_state()

    def configure(self, settings: ConversationSettings) -> None:
        """Take the limits of the latency."""
        self._limits_ms = (settings.latency_warn_ms, settings.latency_error_ms)
        self._dead_after_s = settings.dead_after_s

    def status(self, status: Status) -> None:
        """Publish and log the state if it changed."""
        if status == self._status:
            return
        if status.state is not self._status.state:
            detail = f': {status.detail}' if status.detail else ''
            self._node.get_logger().info(f'{status.state.name}{detail}')
        self._status = status
        self._publish_state()

    def tick(self, ledger: Ledger, epoch: int, latency: MouthToEar, ears: Ears) -> None:
        """Publish metrics and diagnostics, once a second."""
        self._metrics.publish(self._metrics_message(ledger, epoch, latency))
        status = [self._health(ledger), self._latency(latency), self._hearing(ears)]
        self._diagnostics.publish(DiagnosticArray(header=self._header(), status=status))

    def context(self, briefing: Briefing) -> None:
        """Publish, as one status line, what the persona should know and does."""
        known, in_prompt = briefing.known, briefing.in_prompt
        status = DiagnosticStatus(
            level=DiagnosticStatus.OK,
            name=f'{self._node.get_fully_qualified_name()}: context',
            message=briefing.problem or f'facts: {known} known, {in_prompt} in the prompt',
            values=[
                KeyValue(key='facts known', value=str(known)),
                KeyValue(key='facts in the prompt', value=str(in_prompt)),
            ],
        )
        self._diagnostics.publish(DiagnosticArray(header=self._header(), status=[status]))

    def _header(self) -> Header:
        return Header(stamp=self._node.get_clock().now().to_msg())

    def _publish_state(self) -> None:
        status = self._status
        self._state.publish(
            ConversationState(
                header=self._header(),
                state=int(status.state),
                backend=status.backend,
                model=status.model,
                persona=status.persona,
                voice=status.voice,
                detail=status.detail,
            )
        )

    def _metrics_message(self, ledger: Ledger, epoch: int, latency: MouthToEar) -> SessionMetrics:
        return SessionMetrics(
            header=self._header(),
            frames_in=ledger.frames_in,
            frames_out=ledger.frames_out,
            frames_dropped=ledger.frames_dropped,
            frames_in_flight=ledger.frames_in_flight,
            frames_filled=ledger.frames_filled,
            chunks_rejected=ledger.chunks_rejected,
            chunks_lost=ledger.chunks_lost,
            engine_errors=ledger.engine_errors,
            reconnects=ledger.reconnects,
            rebuilds=ledger.rebuilds,
            epoch=epoch,
            model_ms=_triple(ledger.model_ms.spread()),
            overhead_ms=_triple(ledger.overhead_ms.spread()),
            frame_interval_ms=_triple(ledger.frame_interval_ms.spread()),
            mouth_to_ear_now_ms=latency.now_ms,
            **{f'{name}_ms': _four(spread) for name, spread in _parts(latency).items()},
        )

    def _health(self, ledger: Ledger) -> DiagnosticStatus:
        """One status line: the state, and a warning while frames are being dropped."""
        dropping = ledger.frames_dropped > self._dropped_before
        self._dropped_before = ledger.frames_dropped
        level = _LEVELS[self._status.state]
        message = self._status.detail or self._status.state.name.lower()
        if dropping and level == DiagnosticStatus.OK:
            level = DiagnosticStatus.WARN
            message = 'dropping frames to stay live: the engine or this machine is too slow'
        values = {
            'state': self._status.state.name,
            'backend': self._status.backend,
            'model': self._status.model,
            'persona': self._status.persona,
            'voice': self._status.voice,
            'frames in': ledger.frames_in,
            'frames filled': ledger.frames_filled,
            'frames out': ledger.frames_out,
            'frames dropped': ledger.frames_dropped,
            'chunks rejected': ledger.chunks_rejected,
            'chunks lost': ledger.chunks_lost,
            'engine errors': ledger.engine_errors,
            'reconnects': ledger.reconnects,
            'rebuilds': ledger.rebuilds,
            'model ms (p50 p99 max)': _text(ledger.model_ms.spread()),
            'overhead ms (p50 p99 max)': _text(ledger.overhead_ms.spread()),
        }
        return DiagnosticStatus(
            level=level,
            name=f'{self._node.get_fully_qualified_name()}: conversation',
            message=message,
            hardware_id=self._status.backend,
            values=[KeyValue(key=key, value=str(value)) for key, value in values.items()],
        )

    def _latency(self, latency: MouthToEar) -> DiagnosticStatus:
        """One status line: mouth to ear, where a player tells when its sound is heard."""
        now_ms = latency.now_ms
        warn_ms, error_ms = self._limits_ms
        level, message = DiagnosticStatus.OK, f'mouth to ear {now_ms:.0f} ms'
        if not now_ms:
            message = 'nothing was heard yet: no player tells its cursor'
        elif now_ms > error_ms:
            level, message = DiagnosticStatus.ERROR, f'{message}, beyond {error_ms:.0f}'
        elif now_ms > warn_ms:
            level, message = DiagnosticStatus.WARN, f'{message}, beyond {warn_ms:.0f}'
        values = [
            KeyValue(
                key=f'{name.replace("_", " ")} ms (p50 p95 p99 max)',
                value=' '.join(f'{ms:.1f}' for ms in _four(spread)),
            )
            for name, spread in _parts(latency).items()
        ]
        return DiagnosticStatus(
            level=level,
            name=f'{self._node.get_fully_qualified_name()}: latency',
            message=message,
            values=values,
        )

    def _hearing(self, ears: Ears) -> DiagnosticStatus:
        """One status line: whether a microphone's sound comes on audio/in."""
        level, message = DiagnosticStatus.OK, 'good'
        if problem := self._deafness(ears):
            level, message = DiagnosticStatus.ERROR, problem
        elif ears.missing_s is None:
            message = 'not active: nothing is listened to'
        elif detuned := ears.detuned:
            level, message = DiagnosticStatus.WARN, detuned
        name = f'{self._node.get_fully_qualified_name()}: audio/in'
        return DiagnosticStatus(level=level, name=name, message=message)

    def _deafness(self, ears: Ears) -> str:
        """Return why the robot cannot hear anybody, or ''."""
        missing_s = ears.missing_s or 0.0
        if missing_s >= self._dead_after_s:
            topic = self._node.resolve_topic_name('audio/in')
            return (
                f'nothing comes on audio/in for {missing_s:.0f} s: does a microphone publish '
                f'there (ros2 topic info -v {topic}), and is it usable sound (see the log)?'
            )
        if ears.dead_s >= self._dead_after_s:
            return (
                f'audio/in is dead silent, not even noise, for {ears.dead_s:.0f} s: is the '
                'microphone muted, or the wrong one?'
            )
        return ears.mismatch


def _parts(latency: MouthToEar) -> dict[str, Spread]:
    """Return the spreads by the name of their part, the whole first."""
    return {
        'mouth_to_ear': latency.total.spread(),
        'to_engine': latency.to_engine.spread(),
        'in_engine': latency.in_engine.spread(),
        'to_ear': latency.to_ear.spread(),
    }


def _four(spread: Spread) -> list[float]:
    return [spread.p50, spread.p95, spread.p99, spread.max]


def _triple(spread: Spread) -> list[float]:
    return [spread.p50, spread.p99, spread.max]


def _text(spread: Spread) -> str:
    return f'{spread.p50:.1f} {spread.p99:.1f} {spread.max:.1f}'
