# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What is polled is taken by who needs it, in order, and never by the executor."""

import pytest

pytest.importorskip('rclpy')

import rclpy
from std_msgs.msg import Int32

from personaplex_ros.nodes.polled import MAX_TAKEN
from personaplex_ros.nodes.polled import Polled
from personaplex_ros.nodes.polled import waiting

QUEUE = 100


@pytest.fixture
def node():
    rclpy.init()
    node = rclpy.create_node('polled')
    yield node
    node.destroy_node()
    rclpy.try_shutdown()


def publish(node, count: int) -> None:
    publisher = node.create_publisher(Int32, 'numbers', QUEUE)
    for number in range(count):
        publisher.publish(Int32(data=number))


def test_the_executor_leaves_it_alone_and_what_waits_is_taken_in_order(node):
    called = []
    subscription = node.create_subscription(
        Int32, 'numbers', called.append, QUEUE, callback_group=Polled()
    )
    seen_elsewhere = []
    node.create_subscription(Int32, 'numbers', seen_elsewhere.append, QUEUE)
    publish(node, 7)
    while len(seen_elsewhere) < 7:
        rclpy.spin_once(node, timeout_sec=10.0)
    assert called == []
    assert [message.data for message in waiting(subscription)] == list(range(7))
    assert list(waiting(subscription)) == []


def test_a_sender_that_never_pauses_does_not_hold_its_reader(node):
    subscription = node.create_subscription(
        Int32, 'numbers', print, QUEUE, callback_group=Polled()
    )
    publish(node, MAX_TAKEN + 3)
    assert len(list(waiting(subscription))) == MAX_TAKEN
    assert len(list(waiting(subscription))) == 3


def test_a_subscription_that_is_gone_gives_nothing(node):
    subscription = node.create_subscription(
        Int32, 'numbers', print, QUEUE, callback_group=Polled()
    )
    publish(node, 1)
    node.destroy_subscription(subscription)
    assert list(waiting(subscription)) == []
