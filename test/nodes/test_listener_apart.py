# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A microphone of another package: a mistake in one message does not make the robot deaf."""

from graph import wait_until
import pytest
from std_msgs.msg import String

from personaplex_ros.nodes import qos
from personaplex_ros.nodes.interop import listener_apart
from personaplex_ros.nodes.interop.listener_apart import ListenerApart

pytestmark = pytest.mark.graph


def test_a_message_that_makes_a_callback_raise_is_told_and_the_next_is_heard(graph, monkeypatch):
    monkeypatch.setattr(listener_apart, 'SPIN_S', 0.01)
    log = graph.log()
    heard: list[str] = []
    topic = f'{graph.namespace}/sound'

    def take(message: String) -> None:
        heard.append(message.data)
        if message.data == 'bad':
            raise LookupError('nobody foresaw this')

    listener = ListenerApart(graph.node, String, topic, qos.events(), take)
    try:
        publisher = graph.node.create_publisher(String, topic, 10)
        wait_until(lambda: publisher.get_subscription_count() == 1, 'its ear')
        for words in ('bad', 'good'):
            publisher.publish(String(data=words))
        wait_until(lambda: heard == ['bad', 'good'], 'the next message')
        log.wait(lambda m: f'{topic}: a mistake in this node: LookupError' in m.msg, 'the line')
    finally:
        listener.close()
