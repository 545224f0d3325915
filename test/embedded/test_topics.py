# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Topics: what arrives, in which order, and who shares it."""

import array

import pytest
import rclpy
from rclpy.duration import Duration
from rclpy.qos import QoSDurabilityPolicy
from rclpy.qos import QoSHistoryPolicy
from rclpy.qos import QoSProfile
from rclpy.serialization import deserialize_message
from rclpy.serialization import serialize_message
from rclpy.utilities import get_rmw_implementation_identifier
from sensor_msgs.msg import Image
from std_msgs.msg import Int64
from std_msgs.msg import String

LATCHED = QoSProfile(depth=2, durability=QoSDurabilityPolicy.TRANSIENT_LOCAL)


def collect(node, topic, qos=10, msg_type=Int64, **options):
    """Subscribe and return the list that messages arrive in."""
    received = []
    node.create_subscription(msg_type, topic, received.append, qos, **options)
    return received


def data(messages):
    return [message.data for message in messages]


def test_a_message_arrives_at_every_subscription_of_its_topic(graph):
    node, other = graph.node('one'), graph.node('two')
    received = [collect(node, 'topic'), collect(other, 'topic')]
    stranger = collect(node, 'elsewhere')
    publisher = node.create_publisher(Int64, 'topic', 10)
    graph.connected(publisher, 2)
    publisher.publish(Int64(data=7))
    graph.spin_until(lambda: all(received))
    assert [data(messages) for messages in received] == [[7], [7]]
    assert stranger == []


def test_a_subscriber_receives_its_own_copy(graph):
    node = graph.node('node')
    received = [collect(node, 'image', msg_type=Image), collect(node, 'image', msg_type=Image)]
    publisher = node.create_publisher(Image, 'image', 10)
    graph.connected(publisher, 2)
    sent = Image(width=2, data=array.array('B', [1, 2]))
    sent.header.frame_id = 'camera'
    publisher.publish(sent)
    sent.data[0] = 99
    sent.header.frame_id = 'changed'
    graph.spin_until(lambda: all(received))
    first, second = received[0][0], received[1][0]
    assert list(first.data) == [1, 2] and first.header.frame_id == 'camera'
    first.data[1] = 77
    first.header.frame_id = 'mine'
    assert list(second.data) == [1, 2] and second.header.frame_id == 'camera'


def test_messages_keep_their_order(graph):
    node = graph.node('node')
    received = collect(node, 'topic', 100)
    publisher = node.create_publisher(Int64, 'topic', 100)
    graph.connected(publisher)
    for number in range(100):
        publisher.publish(Int64(data=number))
    graph.spin_until(lambda: len(received) == 100)
    assert data(received) == list(range(100))


@pytest.mark.parametrize('depth', [1, 3])
def test_beyond_its_depth_a_subscription_keeps_the_newest(graph, depth):
    node = graph.node('node')
    received = collect(node, 'topic', depth)
    publisher = node.create_publisher(Int64, 'topic', 10)
    graph.connected(publisher)
    for number in range(10):
        publisher.publish(Int64(data=number))
    graph.spin_until(lambda: len(received) == depth)
    graph.spin_until_idle()
    assert data(received) == list(range(10))[-depth:]


def test_keep_all_keeps_all(graph):
    node = graph.node('node')
    keep_all = QoSProfile(history=QoSHistoryPolicy.KEEP_ALL)
    received = collect(node, 'topic', keep_all)
    publisher = node.create_publisher(Int64, 'topic', keep_all)
    graph.connected(publisher)
    for number in range(500):
        publisher.publish(Int64(data=number))
    graph.spin_until(lambda: len(received) == 500)


def test_a_late_joiner_receives_the_latched_samples(graph):
    node = graph.node('node')
    publisher = node.create_publisher(Int64, 'topic', LATCHED)
    for number in range(5):
        publisher.publish(Int64(data=number))
    late = collect(node, 'topic', LATCHED)
    graph.spin_until(lambda: len(late) == 2)
    publisher.publish(Int64(data=5))
    graph.spin_until(lambda: len(late) == 3)
    assert data(late) == [3, 4, 5]


def test_a_volatile_late_joiner_receives_only_what_comes_after(graph):
    node = graph.node('node')
    publisher = node.create_publisher(Int64, 'topic', LATCHED)
    publisher.publish(Int64(data=1))
    late = collect(node, 'topic', 10)
    graph.connected(publisher)
    publisher.publish(Int64(data=2))
    graph.spin_until(lambda: late)
    graph.spin_until_idle()
    assert data(late) == [2]


def test_a_latched_sample_does_not_outlive_its_lifespan(graph):
    node = graph.node('node')
    short_lived = QoSProfile(
        depth=1, durability=QoSDurabilityPolicy.TRANSIENT_LOCAL, lifespan=Duration(nanoseconds=1)
    )
    publisher = node.create_publisher(Int64, 'topic', short_lived)
    publisher.publish(Int64(data=1))
    late = collect(node, 'topic', LATCHED)
    graph.connected(publisher)
    graph.spin_until_idle()
    assert late == []


def test_a_destroyed_subscription_receives_nothing_more(graph):
    node = graph.node('node')
    received = []
    subscription = node.create_subscription(Int64, 'topic', received.append, 10)
    publisher = node.create_publisher(Int64, 'topic', 10)
    graph.connected(publisher)
    node.destroy_subscription(subscription)
    graph.connected(publisher, 0)
    publisher.publish(Int64(data=1))
    graph.spin_until_idle()
    assert received == []


def test_endpoints_of_different_types_are_not_connected(graph):
    node = graph.node('node')
    received = collect(node, 'topic', msg_type=String)
    publisher = graph.stranger('stranger').create_publisher(Int64, 'topic', 10)
    publisher.publish(Int64(data=1))
    graph.spin_until_idle()
    assert received == []
    assert publisher.get_subscription_count() == 0


@pytest.mark.skipif(
    get_rmw_implementation_identifier() == 'rmw_cyclonedds_cpp', reason='Cyclone DDS allows it'
)
def test_a_topic_has_one_type_in_a_context_as_fast_dds_will_have_it(graph):
    node = graph.node('node')
    publisher = node.create_publisher(String, 'topic', 10)
    with pytest.raises(RuntimeError, match='Failed to create subscription'):
        node.create_subscription(Int64, 'topic', print, 10)
    node.destroy_publisher(publisher)
    node.create_subscription(Int64, 'topic', print, 10)


def test_a_raw_subscription_receives_serialized_messages(graph):
    node = graph.node('node')
    raw = collect(node, 'topic', msg_type=String, raw=True)
    publisher = node.create_publisher(String, 'topic', 10)
    graph.connected(publisher)
    publisher.publish(String(data='words'))
    graph.spin_until(lambda: raw)
    assert deserialize_message(raw[0], String).data == 'words'


def test_serialized_messages_can_be_published(graph):
    node = graph.node('node')
    received = collect(node, 'topic', msg_type=String)
    raw = collect(node, 'topic', msg_type=String, raw=True)
    publisher = node.create_publisher(String, 'topic', 10)
    graph.connected(publisher, 2)
    serialized = serialize_message(String(data='words'))
    publisher.publish(serialized)
    graph.spin_until(lambda: received and raw)
    assert received == [String(data='words')]
    assert raw == [serialized]


def test_a_reliable_publisher_can_wait_until_all_was_received(graph):
    node = graph.node('node')
    collect(node, 'topic')
    publisher = node.create_publisher(Int64, 'topic', 10)
    graph.connected(publisher)
    publisher.publish(Int64(data=1))
    assert publisher.wait_for_all_acked(Duration(seconds=5))


def test_publishing_something_else_is_a_type_error(graph):
    publisher = graph.node('node').create_publisher(Int64, 'topic', 10)
    with pytest.raises(TypeError):
        publisher.publish(String(data='words'))


def test_publishing_after_shutdown_is_an_error(graph):
    publisher = graph.node('node').create_publisher(Int64, 'topic', 10)
    rclpy.shutdown(context=graph.context)
    with pytest.raises(RuntimeError):
        publisher.publish(Int64())


def test_wait_for_message_returns_the_next_one(graph):
    from rclpy.wait_for_message import wait_for_message

    node = graph.node('node')
    publisher = node.create_publisher(Int64, 'topic', LATCHED)
    publisher.publish(Int64(data=3))
    publisher.publish(Int64(data=4))
    received, message = wait_for_message(
        Int64, node, 'topic', qos_profile=LATCHED, time_to_wait=5.0
    )
    assert received and message.data == 3


def test_wait_for_message_gives_up(graph):
    from rclpy.wait_for_message import wait_for_message

    received, message = wait_for_message(Int64, graph.node('node'), 'topic', time_to_wait=0.01)
    assert (received, message) == (False, None)
