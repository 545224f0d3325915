# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The --ros-args grammar: what is accepted, what is refused, and what it does."""

import pytest
import rclpy
from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.utilities import remove_ros_args

InvalidArguments = rclpy_implementation.RCLInvalidROSArgsError
UnknownArguments = rclpy_implementation.UnknownROSArgsError


@pytest.fixture
def start():
    """Return a function that makes a node of a process with a command line."""
    contexts = []

    def start(process_args=(), node_args=(), name='robot', namespace='/ns', **options):
        context = rclpy.Context()
        contexts.append(context)
        rclpy.init(args=list(process_args), context=context)
        return rclpy.create_node(
            name, namespace=namespace, context=context, cli_args=list(node_args), **options
        )

    yield start
    for context in contexts:
        context.try_shutdown()


def test_plain_words_stay_when_ros_arguments_are_removed():
    argv = ['prog', 'a', '--ros-args', '-r', 'x:=y', '--', 'b', '--ros-args', '-p', 'c:=1']
    assert remove_ros_args(argv) == ['prog', 'a', 'b']


def test_ros_args_may_be_opened_twice_and_left_empty():
    assert remove_ros_args(['prog', '--ros-args', '--ros-args', '--', 'x', '--ros-args']) == [
        'prog',
        'x',
    ]


@pytest.mark.parametrize(
    'words',
    [
        ['-r', '__node:=name'],
        ['--remap', 'old:__node:=name'],
        ['-r', '__name:=name'],
        ['-r', '__ns:=/foo/bar'],
        ['-r', '__ns:=/'],
        ['-r', 'robot:__ns:=/foo'],
        ['-r', 'foo:=bar'],
        ['-r', '~/foo:=~/bar'],
        ['-r', '/foo/bar:=bar'],
        ['-r', '_:=kq'],
        ['-r', 'node:/foo123:=/bar123'],
        ['-r', 'rostopic:=/foo/bar'],
        ['-r', 'rosservice:=baz'],
        ['-r', 'rostopic://rostopic:=rosservice'],
        ['-r', 'rostopic:///foo/bar:=baz'],
        ['-p', 'foo:=bar'],
        ['--param', 'foo.bar:=bar'],
        ['-p', 'node:foo:=bar'],
        ['-p', 'qos_overrides./foo/bar.publisher.history:=keep_last'],
        ['--log-level', 'DEBUG'],
        ['--log-level', 'info'],
        ['--log-level', 'robot.ear:=warn'],
        ['--log-config-file', 'file.config'],
        ['-e', '/enclave'],
        ['--enclave', '/enclave'],
        ['--enable-rosout-logs'],
        ['--disable-rosout-logs'],
        ['--enable-stdout-logs'],
        ['--disable-stdout-logs'],
        ['--enable-external-lib-logs'],
        ['--disable-external-lib-logs'],
    ],
)
def test_a_known_argument_is_accepted(words):
    assert remove_ros_args(['prog', '--ros-args', *words]) == ['prog']


@pytest.mark.parametrize(
    'words',
    [
        ['-r'],
        ['--remap'],
        ['-r', ':'],
        ['-r', '1'],
        ['-r', '~'],
        ['-r', ':='],
        ['-r', 'foo:='],
        ['-r', ':=bar'],
        ['-r', '::='],
        ['-r', '__node:='],
        ['-r', '__node:=/foo/bar'],
        ['-r', '__ns:='],
        ['-r', '__ns:=foo'],
        ['-r', ':__node:=name'],
        ['-r', '~:__node:=name'],
        ['-r', '}foo:=/bar'],
        ['-r', 'f oo:=/bar'],
        ['-r', 'foo:=/b}ar'],
        ['-r', 'foo/*:=bar'],
        ['-r', 'rostopic://:=rosservice'],
        ['-r', 'rostopic::=rosservice'],
        ['-r', 'foo__bar:=x'],
        ['-p'],
        ['-p', ':='],
        ['-p', 'foo:='],
        ['-p', ':=bar'],
        ['-p', '1:='],
        ['-p', '__ns:=foo'],
        ['-p', '}foo:=/bar'],
        ['-p', 'f oo:=/bar'],
        ['-p', 'foo:=[1, a]'],
        ['-p', 'foo:={a: 1}'],
        ['-e'],
        ['--enclave'],
        ['--params-file'],
        ['--params-file', '/no/such/file'],
        ['--log-config-file'],
        ['--log-level'],
        ['--log-level', 'foo'],
        ['--log-level', ':=info'],
        ['--log-level', 'robot:='],
    ],
)
def test_an_argument_that_cannot_be_used_is_refused(words):
    with pytest.raises(InvalidArguments):
        remove_ros_args(['prog', '--ros-args', *words])


@pytest.mark.parametrize(
    'word',
    [
        '--custom',
        '__node:=name',
        'foo:=/bar',
        'params.yaml',
        '--log',
        'stdout-logs',
    ],
)
def test_an_unknown_word_among_ros_arguments_is_named(word):
    with pytest.raises(UnknownArguments, match=word):
        remove_ros_args(['prog', '--ros-args', word])


def test_an_unknown_ros_argument_keeps_the_process_from_starting():
    with pytest.raises(UnknownArguments):
        rclpy.init(args=['--ros-args', '--custom'], context=rclpy.Context())


def test_a_node_takes_its_name_and_namespace_from_the_command_line(start):
    node = start(['--ros-args', '-r', '__node:=kiosk', '-r', '__ns:=/hall/two'])
    assert node.get_fully_qualified_name() == '/hall/two/kiosk'
    assert node.get_logger().name == 'hall.two.kiosk'


def test_a_rule_for_another_node_changes_nothing(start):
    node = start(['--ros-args', '-r', 'kiosk:__ns:=/hall', '-r', 'kiosk:__node:=x'])
    assert node.get_fully_qualified_name() == '/ns/robot'


def test_a_namespace_rule_goes_by_the_name_after_remapping(start):
    node = start(['--ros-args', '-r', '__node:=kiosk', '-r', 'kiosk:__ns:=/hall'])
    assert node.get_fully_qualified_name() == '/hall/kiosk'


def test_a_nodes_own_arguments_win_over_those_of_the_process(start):
    node = start(
        ['--ros-args', '-r', 'ear:=far', '-p', 'volume:=1', '-p', 'rate:=2'],
        ['--ros-args', '-r', 'ear:=near', '-p', 'volume:=3'],
        automatically_declare_parameters_from_overrides=True,
    )
    assert node.resolve_topic_name('ear') == '/ns/near'
    assert node.get_parameter('volume').value == 3
    assert node.get_parameter('rate').value == 2


def test_a_node_can_ignore_the_arguments_of_the_process(start):
    node = start(
        ['--ros-args', '-r', '__node:=kiosk', '-r', 'ear:=far', '-p', 'volume:=1'],
        use_global_arguments=False,
        automatically_declare_parameters_from_overrides=True,
    )
    assert node.get_name() == 'robot'
    assert node.resolve_topic_name('ear') == '/ns/ear'
    assert not node.has_parameter('volume')


def test_a_remap_rule_outside_ros_args_still_holds(start):
    assert start(['ear:=near']).resolve_topic_name('ear') == '/ns/near'
