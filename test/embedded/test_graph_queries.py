# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Questions about the graph: who is there, what they offer, and of which type and QoS."""

import pytest
import rclpy
from rclpy.duration import Duration
from rclpy.node import NodeNameNonExistentError
from rclpy.qos import QoSDurabilityPolicy
from rclpy.qos import QoSProfile
from rclpy.qos import QoSReliabilityPolicy
from rclpy.topic_endpoint_info import TopicEndpointTypeEnum
from std_msgs.msg import Int64
from std_msgs.msg import String
from std_srvs.srv import Trigger


@pytest.fixture
def nodes(graph):
    """Return (talker, listener): a publisher and a client, a subscription and a service."""
    talker = graph.node('talker', namespace='left')
    listener = graph.node('listener', namespace='right')
    talker.publisher = talker.create_publisher(Int64, '/topic', 10)
    talker.client = talker.create_client(Trigger, '/service')
    listener.create_subscription(Int64, '/topic', lambda _: None, 10)
    listener.create_service(Trigger, '/service', lambda _, response: response)
    graph.connected(talker.publisher)
    assert talker.client.wait_for_service(timeout_sec=10.0)
    return talker, listener


def test_every_node_is_listed(graph, nodes):
    talker, _ = nodes
    assert sorted(talker.get_node_names()) == ['listener', 'talker']
    assert sorted(talker.get_node_names_and_namespaces()) == [
        ('listener', '/right'),
        ('talker', '/left'),
    ]
    assert sorted(talker.get_node_names_and_namespaces_with_enclaves()) == [
        ('listener', '/right', '/'),
        ('talker', '/left', '/'),
    ]


def test_a_destroyed_node_is_listed_no_more(graph, nodes):
    talker, listener = nodes
    graph.executor.remove_node(listener)
    listener.destroy_node()
    graph.spin_until(lambda: talker.get_node_names() == ['talker'])
    assert talker.count_subscribers('/topic') == 0


def test_two_nodes_may_carry_one_name(graph):
    first = graph.node('twin')
    graph.node('twin')
    graph.spin_until(lambda: first.get_node_names() == ['twin', 'twin'])


def test_topics_and_services_are_listed_with_their_types(graph, nodes):
    talker, _ = nodes
    topics = dict(talker.get_topic_names_and_types())
    assert topics['/topic'] == ['std_msgs/msg/Int64']
    assert topics['/parameter_events'] == ['rcl_interfaces/msg/ParameterEvent']
    assert topics['/rosout'] == ['rcl_interfaces/msg/Log']
    services = dict(talker.get_service_names_and_types())
    assert services['/service'] == ['std_srvs/srv/Trigger']
    assert services['/right/listener/get_parameters'] == ['rcl_interfaces/srv/GetParameters']


def test_one_topic_can_have_two_types(graph, nodes):
    talker, _ = nodes
    graph.stranger('stranger').create_publisher(String, '/topic', 10)
    graph.spin_until(
        lambda: (
            dict(talker.get_topic_names_and_types())['/topic']
            == ['std_msgs/msg/Int64', 'std_msgs/msg/String']
        )
    )


def test_what_one_node_has_can_be_asked(nodes):
    talker, listener = nodes
    topic = ('/topic', ['std_msgs/msg/Int64'])
    service = ('/service', ['std_srvs/srv/Trigger'])
    assert topic in listener.get_publisher_names_and_types_by_node('talker', '/left')
    assert topic in talker.get_subscriber_names_and_types_by_node('listener', '/right')
    assert service in talker.get_service_names_and_types_by_node('listener', '/right')
    assert service in listener.get_client_names_and_types_by_node('talker', '/left')
    assert topic not in talker.get_publisher_names_and_types_by_node('listener', '/right')


def test_asking_for_a_node_that_is_not_there_is_an_error(nodes):
    with pytest.raises(NodeNameNonExistentError):
        nodes[0].get_publisher_names_and_types_by_node('nobody', '/')


def test_endpoints_are_counted_by_any_spelling_of_the_topic(graph):
    node = graph.node('node', namespace='robot')
    assert node.count_publishers('topic') == 0
    node.create_publisher(Int64, 'topic', 10)
    node.create_subscription(Int64, 'topic', lambda _: None, 10)
    node.create_subscription(Int64, 'topic', lambda _: None, 10)
    graph.spin_until(lambda: node.count_subscribers('/robot/topic') == 2)
    assert node.count_subscribers('topic') == 2
    assert node.count_publishers('/robot/topic') == 1


def test_an_endpoint_is_described_with_its_qos(graph):
    node = graph.node('node', namespace='robot')
    qos = QoSProfile(
        depth=3,
        reliability=QoSReliabilityPolicy.BEST_EFFORT,
        durability=QoSDurabilityPolicy.TRANSIENT_LOCAL,
        deadline=Duration(seconds=2),
    )
    node.create_publisher(Int64, 'topic', qos)
    graph.spin_until(lambda: node.count_publishers('topic') == 1)
    [info] = node.get_publishers_info_by_topic('topic')
    assert (info.node_name, info.node_namespace) == ('node', '/robot')
    assert info.topic_type == 'std_msgs/msg/Int64'
    assert info.endpoint_type == TopicEndpointTypeEnum.PUBLISHER
    assert info.qos_profile.reliability == QoSReliabilityPolicy.BEST_EFFORT
    assert info.qos_profile.durability == QoSDurabilityPolicy.TRANSIENT_LOCAL
    assert info.qos_profile.deadline == Duration(seconds=2)
    assert node.get_subscriptions_info_by_topic('topic') == []


def test_every_endpoint_has_a_gid_of_its_own(graph):
    node = graph.node('node')
    node.create_publisher(Int64, 'topic', 10)
    node.create_publisher(Int64, 'topic', 10)
    graph.spin_until(lambda: node.count_publishers('topic') == 2)
    first, second = node.get_publishers_info_by_topic('topic')
    assert len(first.endpoint_gid) == len(second.endpoint_gid)
    assert any(first.endpoint_gid)
    assert first.endpoint_gid != second.endpoint_gid


def test_a_malformed_topic_name_is_an_error(graph):
    node = graph.node('node')
    with pytest.raises(ValueError, match='is invalid'):
        node.count_publishers('13')


def test_a_graph_that_was_shut_down_cannot_be_asked(graph):
    node = graph.node('node')
    rclpy.shutdown(context=graph.context)
    with pytest.raises(RuntimeError):
        node.get_topic_names_and_types()
