# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Parameters tell what they mean, refuse what is wrong with the reason, and are locked in use."""

from dataclasses import fields
import math

import pytest
from rcl_interfaces.msg import Parameter as ParameterMessage
from rcl_interfaces.msg import ParameterType
from rcl_interfaces.msg import ParameterValue
from rcl_interfaces.srv import DescribeParameters
from rcl_interfaces.srv import GetParameters
from rcl_interfaces.srv import SetParameters
from rclpy.parameter import Parameter

from personaplex_ros.conversation.settings import ConversationSettings

pytestmark = pytest.mark.graph

NAMES = [field.name for field in fields(ConversationSettings)]


def set_parameter(robot, name: str, value) -> tuple[bool, str]:
    """Set one parameter as `ros2 param set` does; return success and reason."""
    message = value if isinstance(value, ParameterMessage) else None
    if message is None:
        message = Parameter(name, value=value).to_parameter_msg()
    service = robot.path('conversation/set_parameters')
    (result,) = robot.graph.ask(SetParameters, service, parameters=[message]).results
    return result.successful, result.reason


def describe(robot, names: list[str]) -> list:
    """Return descriptors as `ros2 param describe` gets them."""
    service = robot.path('conversation/describe_parameters')
    return robot.graph.ask(DescribeParameters, service, names=names).descriptors


def test_every_parameter_tells_its_meaning(make_robot):
    for descriptor in describe(make_robot(), NAMES):
        assert descriptor.description.strip(), descriptor.name
        assert descriptor.type != ParameterType.PARAMETER_NOT_SET, descriptor.name


def test_every_number_tells_its_range_and_unit(make_robot):
    for descriptor in describe(make_robot(), NAMES):
        if descriptor.type == ParameterType.PARAMETER_DOUBLE:
            (span,) = descriptor.floating_point_range
        elif descriptor.type == ParameterType.PARAMETER_INTEGER:
            (span,) = descriptor.integer_range
        else:
            continue
        assert span.from_value < span.to_value
        assert descriptor.description.endswith(']'), f'{descriptor.name} has no unit'


def test_the_defaults_are_those_of_the_settings(graph, make_robot):
    robot = make_robot()
    service = robot.path('conversation/get_parameters')
    names = ['chunk_ms', 'max_frames_waiting', 'down_after_s']
    values = graph.ask(GetParameters, service, names=names).values
    settings = ConversationSettings()
    assert [values[0].integer_value, values[1].integer_value, values[2].double_value] == [
        settings.chunk_ms,
        settings.max_frames_waiting,
        settings.down_after_s,
    ]


@pytest.mark.parametrize(
    ('name', 'value', 'why'),
    [
        ('chunk_ms', 30, 'chunk_ms is 30; expected a divisor of 80'),
        ('chunk_ms', 4, 'chunk_ms'),
        ('chunk_ms', 1000, 'chunk_ms'),
        ('chunk_ms', -(2**63), 'chunk_ms'),
        ('max_frames_in_flight', 0, 'max_frames_in_flight'),
        ('max_frames_waiting', 51, 'max_frames_waiting'),
        ('connect_timeout_s', 0.0, 'connect_timeout_s'),
        ('connect_timeout_s', 1e300, 'connect_timeout_s'),
        ('connect_timeout_s', math.inf, 'connect_timeout_s'),
        ('backoff_max_s', math.nan, 'backoff_max_s'),
        ('engine_url', 'ftp://host:1', 'engine_url'),
        ('engine_url', '', 'engine_url'),
        ('engine_url', 5, ''),
        ('backend', 'siri', "backend is 'siri'"),
        ('mirror', 'std_msgs/msg/String', "mirror is 'std_msgs/msg/String'"),
        ('mirror', 5, ''),
        ('user_words', '/words/', "user_words has '/words/'"),
        ('chunk_ms', 'twenty', ''),
        ('down_after_s', True, ''),
    ],
)  # fmt: skip
def test_a_bad_value_is_refused_with_the_reason_and_changes_nothing(make_robot, name, value, why):
    robot = make_robot()
    before = robot.node.get_parameter(name).value
    successful, reason = set_parameter(robot, name, value)
    assert not successful
    assert reason and why in reason
    assert robot.node.get_parameter(name).value == before


def test_a_parameter_cannot_be_made_nothing(make_robot):
    robot = make_robot()
    nothing = ParameterMessage(name='chunk_ms', value=ParameterValue())
    set_parameter(robot, 'chunk_ms', nothing)
    assert robot.configure(), 'whatever became of it, the node works'


@pytest.mark.parametrize(
    ('name', 'value'),
    [
        ('personas_file', '/not/there/yet.yaml'),
        ('persona', 'pirate'),
        ('engine_ca_file', '/not/there/yet.pem'),
        ('backoff_min_s', 60.0),
        ('mirror', 'foxglove_msgs/msg/RawAudio'),
    ],
)
def test_what_files_and_other_parameters_decide_is_left_to_configure(make_robot, name, value):
    robot = make_robot()
    assert set_parameter(robot, name, value) == (True, '')
    assert not robot.configure()


def test_a_password_in_a_refused_address_is_not_told(make_robot):
    _, reason = set_parameter(make_robot(), 'engine_url', 'ftp://me:secret@host:1')
    assert reason and 'secret' not in reason


@pytest.mark.parametrize('active', [True, False])
def test_parameters_are_locked_while_configured_and_say_what_to_do(make_robot, active):
    robot = make_robot()
    assert robot.configure()
    if active:
        robot.activate()
    successful, reason = set_parameter(robot, 'chunk_ms', 40)
    assert not successful
    assert 'clean up the node first' in reason


def test_parameters_can_be_changed_between_cleanup_and_configure(robot):
    robot.deactivate()
    robot.cleanup()
    assert set_parameter(robot, 'chunk_ms', 40) == (True, '')
    robot.bring_up()
    robot.hear_frame()
    robot.spoken.wait(lambda chunk: len(chunk.samples) == 960, 'a chunk of 40 ms')


def test_parameters_of_others_stay_free_while_configured(robot):
    assert set_parameter(robot, 'use_sim_time', False)[0]
