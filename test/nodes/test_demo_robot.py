# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The demo robot bears numbers that are none: a stranger on its topics must not end it."""

import math

from graph import wait_until
import pytest
from rclpy.action import ActionClient
from std_msgs.msg import ColorRGBA

from personaplex_ros.action import GoTo
from personaplex_ros.nodes.demo_robot import DemoRobot

pytestmark = [pytest.mark.graph, pytest.mark.fault]

NO_NUMBERS = [math.nan, math.inf, -math.inf]


@pytest.fixture
def robot(graph) -> DemoRobot:
    """Give a robot that stands at the origin."""
    return graph.add(DemoRobot(namespace=graph.namespace, context=graph.context))


def test_a_light_command_without_a_lamp_is_ignored(graph, robot):
    lights = graph.node.create_publisher(ColorRGBA, f'{graph.namespace}/lights/command', 10)
    wait_until(lights.get_subscription_count, 'its lamps')
    for number in NO_NUMBERS:
        lights.publish(ColorRGBA(r=number, a=1.0))
    lights.publish(ColorRGBA(r=2.0, a=1.0))
    wait_until(lambda: robot.lamps, 'a lamp')
    assert robot.lamps == {'desk': True}


def test_lamps_that_are_not_there_are_not_kept(graph, robot):
    lights = graph.node.create_publisher(ColorRGBA, f'{graph.namespace}/lights/command', 1000)
    wait_until(lights.get_subscription_count, 'its lamps')
    for number in (0.0, -1.0, 1.5, 4.0, 3.4e38, *(100.0 + n for n in range(5))):
        lights.publish(ColorRGBA(r=number, a=1.0))
    lights.publish(ColorRGBA(r=3.0, a=1.0))
    wait_until(lambda: 'porch' in robot.lamps, 'the lamp that is there')
    assert robot.lamps == {'porch': True}


@pytest.mark.parametrize('number', NO_NUMBERS)
def test_a_goal_that_is_no_place_is_rejected(graph, robot, number):
    client = ActionClient(graph.node, GoTo, f'{graph.namespace}/go_to')
    assert client.wait_for_server(10.0)
    for goal in (GoTo.Goal(x=number), GoTo.Goal(y=number)):
        assert not graph.answer(client.send_goal_async(goal), 'the goal').accepted
    handle = graph.answer(client.send_goal_async(GoTo.Goal()), 'a goal where it stands')
    assert graph.answer(handle.get_result_async(), 'the result').result.success
    assert robot.position_m == (0.0, 0.0)
