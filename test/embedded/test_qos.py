# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Quality of service: which endpoints connect, and what they are told when they do not."""

import pytest
from rclpy.duration import Duration
from rclpy.qos import qos_check_compatible
from rclpy.qos import QoSCompatibility
from rclpy.qos import QoSDurabilityPolicy
from rclpy.qos import QoSLivelinessPolicy
from rclpy.qos import QoSPolicyKind
from rclpy.qos import QoSProfile
from rclpy.qos import QoSReliabilityPolicy
from rclpy.qos_event import PublisherEventCallbacks
from rclpy.qos_event import SubscriptionEventCallbacks
from std_msgs.msg import Int64

BEST_EFFORT = QoSProfile(depth=10, reliability=QoSReliabilityPolicy.BEST_EFFORT)
RELIABLE = QoSProfile(depth=10, reliability=QoSReliabilityPolicy.RELIABLE)
LATCHED = QoSProfile(depth=10, durability=QoSDurabilityPolicy.TRANSIENT_LOCAL)
SHORT_DEADLINE = QoSProfile(depth=10, deadline=Duration(seconds=1))
LONG_DEADLINE = QoSProfile(depth=10, deadline=Duration(seconds=2))
AUTOMATIC = QoSProfile(depth=10, liveliness=QoSLivelinessPolicy.AUTOMATIC)
MANUAL = QoSProfile(depth=10, liveliness=QoSLivelinessPolicy.MANUAL_BY_TOPIC)
SHORT_LEASE = QoSProfile(depth=10, liveliness_lease_duration=Duration(seconds=1))

INCOMPATIBLE = [
    (BEST_EFFORT, RELIABLE, QoSPolicyKind.RELIABILITY),
    (RELIABLE, LATCHED, QoSPolicyKind.DURABILITY),
    (RELIABLE, SHORT_DEADLINE, QoSPolicyKind.DEADLINE),
    (LONG_DEADLINE, SHORT_DEADLINE, QoSPolicyKind.DEADLINE),
    (AUTOMATIC, MANUAL, QoSPolicyKind.LIVELINESS),
    (RELIABLE, SHORT_LEASE, QoSPolicyKind.LIVELINESS),
]
COMPATIBLE = [
    (RELIABLE, BEST_EFFORT),
    (BEST_EFFORT, BEST_EFFORT),
    (LATCHED, RELIABLE),
    (SHORT_DEADLINE, LONG_DEADLINE),
    (MANUAL, RELIABLE),
    (SHORT_LEASE, RELIABLE),
]


@pytest.mark.parametrize(('offered', 'requested', 'policy'), INCOMPATIBLE)
def test_endpoints_that_ask_for_more_are_not_connected_and_are_told(
    graph, offered, requested, policy
):
    node = graph.node('node')
    received, publisher_events, subscription_events = [], [], []
    publisher = node.create_publisher(
        Int64,
        'topic',
        offered,
        event_callbacks=PublisherEventCallbacks(incompatible_qos=publisher_events.append),
    )
    node.create_subscription(
        Int64,
        'topic',
        received.append,
        requested,
        event_callbacks=SubscriptionEventCallbacks(incompatible_qos=subscription_events.append),
    )
    graph.spin_until(lambda: publisher_events and subscription_events)
    publisher.publish(Int64(data=1))
    graph.spin_until_idle()
    assert received == []
    assert publisher.get_subscription_count() == 0
    for event in publisher_events + subscription_events:
        assert (event.total_count, event.total_count_change) == (1, 1)
        assert event.last_policy_kind == policy


@pytest.mark.parametrize(('offered', 'requested'), COMPATIBLE)
def test_endpoints_that_ask_for_less_are_connected(graph, offered, requested):
    node = graph.node('node')
    received = []
    node.create_subscription(Int64, 'topic', received.append, requested)
    publisher = node.create_publisher(Int64, 'topic', offered)
    graph.connected(publisher)
    publisher.publish(Int64(data=1))
    graph.spin_until(lambda: received)


@pytest.mark.parametrize(('offered', 'requested', 'policy'), INCOMPATIBLE)
def test_incompatible_profiles_can_be_recognised_beforehand(offered, requested, policy):
    compatibility, reason = qos_check_compatible(offered, requested)
    assert compatibility == QoSCompatibility.ERROR
    assert reason


@pytest.mark.parametrize(('offered', 'requested'), COMPATIBLE)
def test_compatible_profiles_can_be_recognised_beforehand(offered, requested):
    compatibility, _ = qos_check_compatible(offered, requested)
    assert compatibility != QoSCompatibility.ERROR


def test_a_missed_deadline_is_reported_to_both_ends(graph):
    node = graph.node('node')
    publisher_events, subscription_events = [], []
    deadline = QoSProfile(depth=10, deadline=Duration(nanoseconds=20_000_000))
    node.create_subscription(
        Int64,
        'topic',
        lambda _: None,
        deadline,
        event_callbacks=SubscriptionEventCallbacks(deadline=subscription_events.append),
    )
    publisher = node.create_publisher(
        Int64,
        'topic',
        deadline,
        event_callbacks=PublisherEventCallbacks(deadline=publisher_events.append),
    )
    graph.connected(publisher)
    publisher.publish(Int64())
    graph.spin_until(lambda: len(publisher_events) >= 2 and len(subscription_events) >= 2)
    for events in (publisher_events, subscription_events):
        assert events[-1].total_count == sum(event.total_count_change for event in events) >= 2


def test_a_subscription_is_told_when_its_publishers_come_and_go(graph):
    node = graph.node('node')
    events = []
    node.create_subscription(
        Int64,
        'topic',
        lambda _: None,
        10,
        event_callbacks=SubscriptionEventCallbacks(liveliness=events.append),
    )
    publisher = node.create_publisher(Int64, 'topic', 10)
    graph.spin_until(lambda: events)
    assert (events[0].alive_count, events[0].alive_count_change) == (1, 1)
    node.destroy_publisher(publisher)
    graph.spin_until(lambda: len(events) == 2)
    assert (events[1].alive_count, events[1].alive_count_change) == (0, -1)


def test_a_publisher_that_does_not_assert_its_liveliness_is_lost(graph):
    node = graph.node('node')
    lost, changes = [], []
    manual = QoSProfile(
        depth=10,
        liveliness=QoSLivelinessPolicy.MANUAL_BY_TOPIC,
        liveliness_lease_duration=Duration(nanoseconds=50_000_000),
    )
    node.create_subscription(
        Int64,
        'topic',
        lambda _: None,
        manual,
        event_callbacks=SubscriptionEventCallbacks(liveliness=changes.append),
    )
    publisher = node.create_publisher(
        Int64, 'topic', manual, event_callbacks=PublisherEventCallbacks(liveliness=lost.append)
    )
    graph.connected(publisher)
    publisher.assert_liveliness()
    graph.spin_until(lambda: lost and changes and changes[-1].not_alive_count == 1)
    assert lost[-1].total_count >= 1
    publisher.assert_liveliness()
    graph.spin_until(lambda: changes[-1].alive_count == 1 and changes[-1].not_alive_count == 0)
