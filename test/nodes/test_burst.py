# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Messages that wait together are taken together, in order, and none is lost."""

import pytest

pytest.importorskip('rclpy')

import rclpy
from std_msgs.msg import Int32

from personaplex_ros.nodes.burst import burst
from personaplex_ros.nodes.burst import MAX_BURST

SENT = MAX_BURST + 3


@pytest.fixture
def node():
    rclpy.init()
    node = rclpy.create_node('burst')
    yield node
    node.destroy_node()
    rclpy.try_shutdown()


def test_what_waits_is_taken_in_order_by_few_callbacks(node):
    bursts = []

    def on_numbers(first):
        bursts.append([message.data for message in burst(first, subscription)])

    subscription = node.create_subscription(Int32, 'numbers', on_numbers, 50)
    publisher = node.create_publisher(Int32, 'numbers', 50)
    for number in range(SENT):
        publisher.publish(Int32(data=number))
    while sum(map(len, bursts)) < SENT:
        rclpy.spin_once(node, timeout_sec=10.0)
    assert [number for numbers in bursts for number in numbers] == list(range(SENT))
    assert max(map(len, bursts)) == MAX_BURST


def test_a_subscription_that_is_gone_gives_what_its_callback_was_given(node):
    subscription = node.create_subscription(Int32, 'numbers', print, 50)
    node.destroy_subscription(subscription)
    assert [message.data for message in burst(Int32(data=7), subscription)] == [7]
