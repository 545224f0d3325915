# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Namespaces and remap rules: what a node, its topics and its services are called in the end."""

import pytest
import rclpy
from std_msgs.msg import Int64
from std_srvs.srv import Trigger


def rules(*texts):
    return [word for text in texts for word in ('-r', text)]


def test_names_are_completed_by_the_namespace(graph):
    node = graph.node('node', namespace='robot')
    assert node.get_fully_qualified_name() == '/robot/node'
    assert node.create_publisher(Int64, 'topic', 10).topic_name == '/robot/topic'
    assert node.create_publisher(Int64, '/topic', 10).topic_name == '/topic'
    assert node.create_publisher(Int64, '~/topic', 10).topic_name == '/robot/node/topic'
    assert node.resolve_service_name('~/service') == '/robot/node/service'


def test_a_command_line_renames_nodes_and_namespaces(graph_with_args):
    node = graph_with_args('--ros-args', *rules('__node:=other', '__ns:=/robot')).node(
        'node', namespace='lab'
    )
    assert node.get_fully_qualified_name() == '/robot/other'
    assert node.get_logger().name == 'robot.other'
    assert node.resolve_topic_name('topic') == '/robot/topic'


def test_a_rule_with_a_node_name_is_for_that_node_alone(graph_with_args):
    graph = graph_with_args('--ros-args', *rules('first:__node:=renamed'))
    assert graph.node('first').get_name() == 'renamed'
    assert graph.node('second').get_name() == 'second'


def test_topics_and_services_are_remapped_and_connected_by_the_new_name(graph_with_args):
    graph = graph_with_args('--ros-args', *rules('from:=/to', 'ask:=answer'))
    node = graph.node('node')
    received = []
    node.create_subscription(Int64, '/to', received.append, 10)
    publisher = node.create_publisher(Int64, 'from', 10)
    assert publisher.topic_name == '/to'
    node.create_service(Trigger, '/answer', lambda _, response: response)
    assert node.create_client(Trigger, 'ask').wait_for_service(timeout_sec=10.0)
    graph.connected(publisher)
    publisher.publish(Int64(data=1))
    graph.spin_until(lambda: received)


def test_a_rule_may_be_for_topics_or_services_alone(graph_with_args):
    node = graph_with_args(
        '--ros-args', *rules('rostopic://name:=topic', 'rosservice://name:=service')
    ).node('node')
    assert node.resolve_topic_name('name') == '/topic'
    assert node.resolve_service_name('name') == '/service'
    assert node.resolve_topic_name('name', only_expand=True) == '/name'


def test_a_private_name_is_remapped(graph_with_args):
    node = graph_with_args('--ros-args', *rules('~/in:=audio')).node('node', namespace='robot')
    assert node.resolve_topic_name('~/in') == '/robot/audio'


def test_a_nodes_own_arguments_win(graph_with_args):
    graph = graph_with_args('--ros-args', *rules('topic:=process'))
    own = graph.node('own', cli_args=['--ros-args', *rules('topic:=node')])
    deaf = graph.node('deaf', use_global_arguments=False)
    assert own.resolve_topic_name('topic') == '/node'
    assert deaf.resolve_topic_name('topic') == '/topic'
    assert graph.node('plain').resolve_topic_name('topic') == '/process'


def test_an_unknown_ros_argument_is_an_error():
    context = rclpy.Context()
    with pytest.raises(RuntimeError, match='--bogus'):
        rclpy.init(context=context, args=['program', '--ros-args', '--bogus'])


def test_arguments_for_the_program_are_left_to_it():
    from rclpy.utilities import remove_ros_args

    words = ['program', '--mine', '--ros-args', '-r', 'a:=b', '--', 'file']
    assert remove_ros_args(words) == ['program', '--mine', 'file']
