# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Parameter files and values: the types rcl gives to scalars, and which node gets which."""

import math

import pytest
import rclpy
from rclpy.exceptions import ParameterNotDeclaredException
from rclpy.exceptions import ParameterUninitializedException
from rclpy.impl.implementation_singleton import rclpy_implementation

InvalidArguments = rclpy_implementation.RCLInvalidROSArgsError


@pytest.fixture
def context():
    context = rclpy.Context()
    rclpy.init(context=context)
    yield context
    context.try_shutdown()


@pytest.fixture
def make_node(context, tmp_path):
    """Return a function that makes a node with parameter files (texts) and -p arguments."""

    def make_node(*files, assignments=(), name='robot', namespace='/ns'):
        args = ['--ros-args']
        for number, text in enumerate(files):
            path = tmp_path / f'{number}.yaml'
            path.write_text(text)
            args += ['--params-file', str(path)]
        for assignment in assignments:
            args += ['-p', assignment]
        return rclpy.create_node(
            name,
            namespace=namespace,
            context=context,
            cli_args=args,
            automatically_declare_parameters_from_overrides=True,
        )

    return make_node


def value_of(text, make_node):
    return make_node(assignments=[f'x:={text}']).get_parameter('x').value


@pytest.mark.parametrize(
    ('text', 'expected'),
    [
        ('1', 1),
        ('-7', -7),
        ('+7', 7),
        ('0x1F', 31),
        ('010', 8),
        ('9223372036854775807', 2**63 - 1),
        ('1.5', 1.5),
        ('.5', 0.5),
        ('5.', 5.0),
        ('1e-3', 1e-3),
        ('1E5', 1e5),
        ('08', 8.0),
        ('99999999999999999999', 1e20),
        ('0x1.8p3', 12.0),
        ('.inf', math.inf),
        ('-.INF', -math.inf),
        ('inf', math.inf),
        ('true', True),
        ('Yes', True),
        ('on', True),
        ('y', True),
        ('no', False),
        ('OFF', False),
        ('tRUE', 'tRUE'),
        ('null', 'null'),
        ('1_000', '1_000'),
        ('12e', '12e'),
        ('1e400', '1e400'),
        ('0o7', '0o7'),
        ('-.nan', '-.nan'),
        ('12:30:00', '12:30:00'),
        ('2024-01-01', '2024-01-01'),
        ("'1'", '1'),
        ('"true"', 'true'),
        ("''", ''),
        ('!!str 5', 5),
        ('[1, 2]', [1, 2]),
        ('[1.0, 2e0]', [1.0, 2.0]),
        ('[y, no]', [True, False]),
        ("[a, '7']", ['a', '7']),
    ],
)
def test_a_value_has_the_type_that_rcl_gives_it(text, expected, make_node):
    value = value_of(text, make_node)
    value = list(value) if isinstance(expected, list) else value
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize('text', ['.nan', '.NaN', 'nan'])
def test_not_a_number_is_a_double(text, make_node):
    assert math.isnan(value_of(text, make_node))


def test_an_empty_sequence_declares_a_parameter_without_a_value(make_node):
    node = make_node(assignments=['x:=[]'])
    assert node.has_parameter('x')
    with pytest.raises(ParameterUninitializedException):
        node.get_parameter('x')


NESTED = """
ns:
  robot:
    ros__parameters:
      rate: 16000
      ear:
        left: {gain: 1.0}
        right.gain: 2.0
"""


def test_nested_names_are_joined_by_dots(make_node):
    node = make_node(NESTED)
    assert node.get_parameter('rate').value == 16000
    assert node.get_parameter('ear.left.gain').value == 1.0
    assert node.get_parameter('ear.right.gain').value == 2.0


@pytest.mark.parametrize(
    'pattern',
    [
        '/**',
        '/*/robot',
        '/ns/*',
        'ns/robot',
        '/ns/robot',
        '/**/robot',
        '/ns/**',
        '/**/ns/robot',
    ],
)
def test_a_pattern_that_means_the_node_reaches_it(pattern, make_node):
    assert make_node(f'{pattern}: {{ros__parameters: {{x: 1}}}}').get_parameter('x').value == 1


@pytest.mark.parametrize(
    'pattern',
    [
        'robot',
        '/*',
        '/robot',
        '/*/*/robot',
        '/ns/kiosk',
        '/ns',
        '/n/robot',
        '/**/ns',
    ],
)
def test_a_pattern_that_means_another_node_does_not(pattern, make_node):
    node = make_node(f'{pattern}: {{ros__parameters: {{x: 1}}}}')
    with pytest.raises(ParameterNotDeclaredException):
        node.get_parameter('x')


def test_a_later_file_overrides_an_earlier_one(make_node):
    node = make_node('/**: {ros__parameters: {a: 1, b: 1}}', '/**: {ros__parameters: {b: 2}}')
    assert (node.get_parameter('a').value, node.get_parameter('b').value) == (1, 2)


def test_a_value_on_the_command_line_overrides_a_file(make_node):
    node = make_node('/**: {ros__parameters: {a: 1}}', assignments=['a:=5'])
    assert node.get_parameter('a').value == 5


def test_within_a_file_the_later_name_wins(make_node):
    node = make_node(
        '/**: {ros__parameters: {a: first}}\n/ns/robot: {ros__parameters: {a: second}}\n'
        '/ns/*: {ros__parameters: {a: last}}'
    )
    assert node.get_parameter('a').value == 'last'


@pytest.mark.parametrize(
    ('text', 'line'),
    [
        ('robot:\n  ros__parameters:\n    x:\n', 3),
        ('robot:\n  ros__parameters:\n    x: [1, a]\n', 3),
        ('robot:\n  ros__parameters:\n    x: &a 1\n    y: *a\n', 4),
        ('ros__parameters:\n  x: 1\n', 1),
        ('robot:\n  x: 1\n', 2),
        ('robot:\n  ros__parameters: {}\n  [1]: 2\n', 3),
    ],
)
def test_a_mistake_in_a_file_is_reported_with_its_line(text, line, make_node):
    with pytest.raises(InvalidArguments, match=f'line(_num)? {line}'):
        make_node(text)


@pytest.mark.parametrize('name', ['/ro bot', '/ns//robot', '/f*o', '/**foo', '1robot', '/ns/'])
def test_a_bad_node_name_in_a_file_is_refused(name, make_node):
    with pytest.raises(InvalidArguments):
        make_node(f'"{name}": {{ros__parameters: {{x: 1}}}}')


def test_a_file_that_is_not_yaml_is_refused(make_node):
    with pytest.raises(InvalidArguments):
        make_node('robot: [')
