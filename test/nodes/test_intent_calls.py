# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Words become calls on the demo robot: by topic, service and action, and not otherwise."""

import json

from graph import wait_until
import pytest
from rclpy.parameter import Parameter
from tool_rig import ToolRig

from personaplex_ros.msg import ToolCall
from personaplex_ros.nodes.demo_robot import DemoRobot
from personaplex_ros.srv import DecideCall
from personaplex_ros.tools.steps import Stage

pytestmark = pytest.mark.graph


def add_robot(graph, speed_mps: float = 200.0, **parameters) -> DemoRobot:
    """Add a demo robot; fast, so that a drive takes a step or two."""
    values = {'speed_mps': speed_mps, **parameters}
    return graph.add(
        DemoRobot(
            namespace=graph.namespace,
            context=graph.context,
            parameter_overrides=[Parameter(key, value=v) for key, v in values.items()],
        )
    )


@pytest.fixture
def robot(graph) -> DemoRobot:
    return add_robot(graph)


@pytest.fixture
def rig(graph, robot, tmp_path) -> ToolRig:
    return ToolRig(graph, tmp_path).bring_up()


def test_a_lamp_is_switched_by_topic(rig, robot):
    rig.user('Robot, turn on the desk lamp.')
    event = rig.until('set_light', Stage.SUCCEEDED)
    assert json.loads(event.arguments) == {'lamp': 'desk', 'state': 'on'}
    wait_until(lambda: robot.lamps == {'desk': True}, 'the lamp')
    assert rig.told() == [f'set_light {s}' for s in ('PROPOSED', 'ACCEPTED', 'SENT', 'SUCCEEDED')]


def test_a_pose_is_taken_by_service_once_both_have_said_it(rig, robot):
    rig.user('Stand up please.')
    rig.until('take_pose', Stage.PROPOSED)
    rig.agent(" Okay, I'll stand up.")
    assert rig.until('take_pose', Stage.SUCCEEDED).reason == 'standing'
    assert robot.is_standing


def test_a_drive_is_confirmed_reported_and_done(rig, robot):
    rig.user('Go to the lobby.')
    rig.until('go_to', Stage.CONFIRMING)
    assert robot.position_m == (0.0, 0.0)
    rig.user('Yes, please.')
    assert rig.until('go_to', Stage.SUCCEEDED).reason == 'arrived'
    assert 'distance_remaining' in rig.until('go_to', Stage.FEEDBACK).reason
    assert robot.position_m == pytest.approx((-2.0, 5.5))
    ids = {event.call_id for event in rig.events}
    assert len(ids) == 1


def test_a_no_keeps_the_robot_where_it_is(rig, robot):
    rig.user('Go to the lobby.')
    rig.until('go_to', Stage.CONFIRMING)
    rig.user('No.')
    rig.until('go_to', Stage.REFUSED, 'user said no')
    assert robot.position_m == (0.0, 0.0)


def test_the_agent_cannot_confirm_for_the_user(rig, robot):
    rig.user('Go to the lobby.')
    rig.until('go_to', Stage.CONFIRMING)
    rig.agent(' Yes, please.')
    rig.user('Turn on the light.')  # handled after it
    rig.until('set_light', Stage.SUCCEEDED)
    assert 'go_to ACCEPTED' not in rig.told()


def test_a_negated_command_is_refused_with_its_reason(rig):
    rig.user('Do not go to the kitchen.')
    assert 'negation' in rig.until('go_to', Stage.REFUSED).reason


def test_a_drive_is_cancelled_by_voice(graph, tmp_path):
    robot = add_robot(graph, speed_mps=0.5)
    rig = ToolRig(graph, tmp_path).bring_up()
    start_drive(rig)
    rig.user('Stop that.')
    rig.until('go_to', Stage.CANCELLED, 'the user said')
    until_still(robot)


def test_a_drive_is_cancelled_by_an_interrupt_and_by_an_operator(graph, tmp_path):
    tools = """\
  - name: go_to
    description: Drive.
    source: user
    phrases: {user: [go]}
    call: {kind: action, name: go_to, type: personaplex_ros/action/GoTo, args: {x: 50, y: 0}}
    policy: {cancel_on: [interrupt]}
"""
    robot = add_robot(graph, speed_mps=0.5)
    rig = ToolRig(graph, tmp_path, tools).bring_up()
    rig.user('Go.')
    rig.until('go_to', Stage.FEEDBACK)
    rig.interrupt()
    rig.until('go_to', Stage.CANCELLED, 'interrupt')
    until_still(robot)
    rig.user('Go.')
    second = [e for e in rig.events if e.stage == Stage.SENT]
    wait_until(lambda: len([e for e in rig.events if e.stage == Stage.SENT]) == 2, 'a second call')
    second = [e for e in rig.events if e.stage == Stage.SENT][-1]
    answer = rig.decide(second.call_id, DecideCall.Request.CANCEL)
    assert answer.success, answer.message
    until_still(robot)


def test_an_emergency_stop_in_the_middle_of_a_drive_ends_it_and_holds(graph, tmp_path):
    robot = add_robot(graph, speed_mps=0.5)
    rig = ToolRig(graph, tmp_path).bring_up()
    start_drive(rig)
    rig.user('emergency stop!!')
    rig.until('go_to', Stage.CANCELLED, 'emergency stop')
    until_still(robot)
    rig.user('Turn on the light.')
    rig.until('set_light', Stage.REFUSED, 'not released')
    assert rig.trigger('release_estop').success
    rig.user('Turn on the light.')
    rig.until('set_light', Stage.SUCCEEDED)


def test_a_language_models_call_enters_by_the_same_gate(rig, graph):
    calls = graph.node.create_publisher(ToolCall, rig.path('tool_calls'), 10)
    wait_until(lambda: calls.get_subscription_count() > 0)
    calls.publish(ToolCall(name='set_light', arguments='{"state": "on"}', source='user'))
    rig.until('set_light', Stage.REFUSED, 'the background may not')
    calls.publish(ToolCall(name='go_to', arguments='{"place": "kitchen"}', source='background'))
    rig.until('go_to', Stage.CONFIRMING)
    calls.publish(ToolCall(name='launch_missiles', arguments='{}', source='background'))
    rig.until('launch_missiles', Stage.REFUSED, 'not in the allow-list')
    calls.publish(ToolCall(name='go_to', arguments='{"place', source='background'))
    rig.until('go_to', Stage.REFUSED, 'JSON')
    call = ToolCall(name='go_to', arguments='{"place": "kitchen"}', source='background')
    call.header.stamp.sec = 1  # long ago
    calls.publish(call)
    rig.until('go_to', Stage.REFUSED, 'too late')
    call.header.stamp.sec = -1  # before 1970: no time that a node could have
    call.name = 'dance'
    calls.publish(call)
    rig.until('dance', Stage.REFUSED, 'too late')


def test_every_step_stands_in_the_audit_log(rig):
    rig.user('Turn on the light.')
    rig.until('set_light', Stage.SUCCEEDED)
    lines = [json.loads(line) for line in rig.audit.read_text().splitlines()]
    assert [line['stage'] for line in lines] == ['PROPOSED', 'ACCEPTED', 'SENT', 'SUCCEEDED']


def start_drive(rig: ToolRig) -> None:
    """Have it drive to the lobby; it takes ten seconds."""
    rig.user('Go to the lobby.')
    rig.until('go_to', Stage.CONFIRMING)
    rig.user('Yes.')
    rig.until('go_to', Stage.FEEDBACK)


def until_still(robot: DemoRobot) -> None:
    """Wait until the robot's server has ended its drive."""
    wait_until(lambda: not robot._one_drive.locked(), 'the end of the drive')
