# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The demo's visitor interrupts once, changes the persona once, and reports both."""

import json

from graph import wait_until
import pytest
from rclpy.parameter import Parameter

from personaplex_ros.msg import ToolEvent
from personaplex_ros.nodes.demo_visitor import DemoVisitor
from personaplex_ros.nodes.demo_words import Line
from personaplex_ros.nodes.demo_words import ScriptedWords
from personaplex_ros.tools.steps import Stage

pytestmark = pytest.mark.graph


@pytest.fixture
def visit(graph, tmp_path):
    """Give a maker of visitors."""

    def make(**parameters) -> DemoVisitor:
        values = {
            'directory': str(tmp_path / 'visit'), 'interrupt_at_s': 0.05, 'persona_at_s': 0.1,
            **parameters,
        }  # fmt: skip
        return graph.add(
            DemoVisitor(
                namespace=graph.namespace,
                context=graph.context,
                parameter_overrides=[Parameter(key, value=v) for key, v in values.items()],
            )
        )

    return make


def report(tmp_path) -> dict:
    """Read visit.json."""
    return json.loads((tmp_path / 'visit' / 'visit.json').read_text())


def test_a_visit_interrupts_speech_changes_the_persona_and_is_done(robot, engine, visit, tmp_path):
    visitor = visit()
    with robot.hearing():
        wait_until(lambda: visitor.done, 'the visit')
    told = report(tmp_path)
    assert told['interrupted_while_speaking'] is True
    assert told['interrupt_to_silence_ms'] > 0
    assert (told['persona'], told['persona_switched']) == ('barista', True)
    assert told['persona_switch_ms'] > 0
    assert engine.interrupts == 1
    assert [voice for _, voice in engine.prompts] == ['NATF2', 'VARM1']


def test_a_refused_persona_is_reported_as_such(robot, engine, visit, tmp_path):
    visitor = visit(persona='pirate')
    with robot.hearing():
        wait_until(lambda: visitor.done, 'the visit')
    told = report(tmp_path)
    assert told['persona_switched'] is False
    assert "'pirate' is not in the file" in told['persona_message']


def test_nothing_is_done_before_the_conversation_is_live(make_robot, engine, visit):
    robot = make_robot()
    visitor = visit(interrupt_at_s=0.0, persona_at_s=0.0)
    robot.configure()
    wait_until(lambda: engine.sessions == 1, 'a session')
    assert engine.requests == 0
    robot.activate()
    with robot.hearing():
        wait_until(lambda: visitor.done, 'the visit')


@pytest.mark.fault
def test_a_tool_event_of_a_stage_that_nobody_knows_is_ignored(graph):
    words = ScriptedWords(graph.node, (Line('go_to ended', 0.0, ''),))
    events = graph.node.create_publisher(ToolEvent, 'tool_events', 10)
    wait_until(events.get_subscription_count, 'its ears')
    for stage in (Stage.SENT, 250, Stage.SUCCEEDED):
        events.publish(ToolEvent(tool='go_to', call_id='a', stage=stage))

    def is_done() -> bool:
        graph.check()
        words.step()
        return words.done

    wait_until(is_done, 'the end of the drive')
