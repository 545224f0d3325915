# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Steps as messages, and how tool_intent fares."""

from dataclasses import dataclass
import json

from diagnostic_msgs.msg import DiagnosticArray
from diagnostic_msgs.msg import DiagnosticStatus
from diagnostic_msgs.msg import KeyValue
from rclpy.node import Node
from std_msgs.msg import Header
from std_msgs.msg import String

from personaplex_ros.msg import ToolEvent
from personaplex_ros.nodes import qos
from personaplex_ros.tools.steps import Stage
from personaplex_ros.tools.steps import Step


@dataclass(frozen=True)
class Health:
    """What is told once a second."""

    state: str
    """unconfigured, inactive, active."""

    tools: int = 0
    open_calls: int = 0
    estop_by: str = ''
    file_problem: str = ''
    absent: tuple[str, ...] = ()
    """Tools that nobody would answer."""

    hears: tuple[str, ...] = ()
    """Topics with user words."""

    words_lost: int = 0
    is_dry_run: bool = False


class Reporter:
    """Publishers of the node. Not lifecycle ones: an emergency stop is told in every state."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._stages: dict[Stage, int] = dict.fromkeys(Stage, 0)
        self._lost_before = 0
        self._context = ''
        self._events = node.create_publisher(ToolEvent, 'tool_events', qos.events())
        self._context_publisher = node.create_publisher(String, 'tool_context', qos.latched())
        self._diagnostics = node.create_publisher(DiagnosticArray, '/diagnostics', 10)

    def step(self, step: Step) -> None:
        """Publish a step."""
        if not self._node.context.ok():
            return
        self._stages[step.stage] += 1
        self._events.publish(
            ToolEvent(
                header=self._header(),
                tool=_clean(step.tool),
                call_id=step.call_id,
                stage=int(step.stage),
                arguments=json.dumps(dict(step.arguments)),
                source=step.source,
                reason=_clean(step.reason),
            )
        )

    def context(self, lines: list[str]) -> None:
        """Publish what the persona should know, where it has changed."""
        text = _clean('\n'.join(lines))
        if text != self._context:
            self._context = text
            self._context_publisher.publish(String(data=text))

    def health(self, health: Health) -> None:
        """Publish diagnostics, once a second."""
        level, message = self._verdict(health)
        values = {
            'state': health.state,
            'tools': health.tools,
            'open calls': health.open_calls,
            'emergency stop': health.estop_by or 'released',
            'tools without a server': ', '.join(health.absent) or 'none',
            'hears the user on': ', '.join(health.hears) or 'nothing',
            'words lost': health.words_lost,
            'dry run': health.is_dry_run,
            **{stage.name.lower(): count for stage, count in self._stages.items()},
        }
        status = DiagnosticStatus(
            level=level,
            name=f'{self._node.get_fully_qualified_name()}: tools',
            message=message,
            values=[KeyValue(key=key, value=str(value)) for key, value in values.items()],
        )
        self._diagnostics.publish(DiagnosticArray(header=self._header(), status=[status]))

    def _verdict(self, health: Health) -> tuple[bytes, str]:
        """Return the worst there is to say."""
        is_losing = health.words_lost > self._lost_before
        self._lost_before = health.words_lost
        if health.file_problem:
            first = health.file_problem.splitlines()[0]
            return DiagnosticStatus.ERROR, f'the changed tools file is not used: {first}'
        if health.estop_by:
            return DiagnosticStatus.WARN, f'emergency stop ({health.estop_by}) is not released'
        if is_losing:
            return DiagnosticStatus.WARN, 'losing words: more come than can be understood'
        if health.absent:
            return DiagnosticStatus.WARN, f'nobody answers: {", ".join(health.absent)}'
        return DiagnosticStatus.OK, health.state

    def _header(self) -> Header:
        return Header(stamp=self._node.get_clock().now().to_msg())


def _clean(text: str) -> str:
    """Return text that every DDS takes: no half characters, no end in the middle."""
    return text.encode('utf-8', 'replace').decode().replace('\0', '�')
