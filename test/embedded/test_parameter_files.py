# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Parameter files and -p: which node gets which value, of which type."""

import pytest
import rclpy
from rclpy.parameter import Parameter

FILE = """
/**:
  ros__parameters:
    everywhere: 1
    audio:
      rate: 24000
robot:
  node:
    ros__parameters:
      mine: true
      everywhere: 2
/*/other:
  ros__parameters:
    theirs: text
"""

BUILT_IN = ('use_sim_time', 'start_type_description_service')
"""What every node has: the second since jazzy."""


@pytest.fixture
def parameters_of(graph_with_args, tmp_path):
    """Return a function: parameter file and node -> {name: value} as the node starts with."""

    def start(text, name='node', namespace='robot', more=()):
        path = tmp_path / 'parameters.yaml'
        path.write_text(text)
        node = graph_with_args('--ros-args', '--params-file', str(path), *more).node(
            name, namespace=namespace, automatically_declare_parameters_from_overrides=True
        )
        parameters = node.get_parameters_by_prefix('')
        return {
            key: parameter.value for key, parameter in parameters.items() if key not in BUILT_IN
        }

    return start


def test_a_node_gets_what_is_meant_for_it(parameters_of):
    assert parameters_of(FILE) == {'everywhere': 2, 'audio.rate': 24_000, 'mine': True}


def test_another_node_gets_what_is_meant_for_all(parameters_of):
    assert parameters_of(FILE, 'stranger', '') == {'everywhere': 1, 'audio.rate': 24_000}


def test_one_wildcard_stands_for_one_part_of_the_name(parameters_of):
    assert parameters_of(FILE, 'other', 'any')['theirs'] == 'text'


@pytest.mark.parametrize(
    ('text', 'value', 'kind'),
    [
        ('1', 1, Parameter.Type.INTEGER),
        ('-0x10', -16, Parameter.Type.INTEGER),
        ('1e-3', 0.001, Parameter.Type.DOUBLE),
        ('.5', 0.5, Parameter.Type.DOUBLE),
        ('1.', 1.0, Parameter.Type.DOUBLE),
        ('yes', True, Parameter.Type.BOOL),
        ('off', False, Parameter.Type.BOOL),
        ("'yes'", 'yes', Parameter.Type.STRING),
        ('words of it', 'words of it', Parameter.Type.STRING),
        ('[1, 2]', [1, 2], Parameter.Type.INTEGER_ARRAY),
        ('[1.0, 2.0]', [1.0, 2.0], Parameter.Type.DOUBLE_ARRAY),
        ('[true, no]', [True, False], Parameter.Type.BOOL_ARRAY),
        ('[a, b]', ['a', 'b'], Parameter.Type.STRING_ARRAY),
    ],
)
def test_a_value_has_the_type_that_rcl_gives_it(graph_with_args, text, value, kind):
    graph = graph_with_args('--ros-args', '-p', f'name:={text}')
    node = graph.node('node', automatically_declare_parameters_from_overrides=True)
    parameter = node.get_parameter('name')
    assert parameter.type_ is kind
    assert (list(parameter.value) if isinstance(value, list) else parameter.value) == value


def test_the_command_line_replaces_what_a_file_said_before(parameters_of):
    more = ('-p', 'everywhere:=3', '-p', 'stranger:mine:=false')
    assert parameters_of(FILE, 'stranger', '', more) == {
        'everywhere': 3,
        'audio.rate': 24_000,
        'mine': False,
    }


def test_a_parameter_for_another_node_is_not_taken(parameters_of):
    assert 'theirs' not in parameters_of(FILE, more=('-p', 'other:theirs:=1'))


def test_an_override_of_another_type_is_refused_by_the_declaration(graph_with_args):
    node = graph_with_args('--ros-args', '-p', 'gain:=loud').node('node')
    with pytest.raises(rclpy.exceptions.InvalidParameterTypeException):
        node.declare_parameter('gain', 0.5)


def test_a_file_that_does_not_exist_is_an_error():
    with pytest.raises(RuntimeError, match='/absent'):
        rclpy.init(
            context=rclpy.Context(),
            args=['program', '--ros-args', '--params-file', '/absent.yaml'],
        )


def test_a_file_can_switch_simulated_time_on(graph_with_args, tmp_path):
    path = tmp_path / 'parameters.yaml'
    path.write_text('/**: {ros__parameters: {use_sim_time: true}}')
    node = graph_with_args('--ros-args', '--params-file', str(path)).node('node')
    assert node.get_clock().ros_time_is_active
