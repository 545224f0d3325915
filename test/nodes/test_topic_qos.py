# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A topic's quality of service can be overridden where it is, and stays as it is elsewhere."""

from graph import wait_until
import pytest
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import ReliabilityPolicy

from personaplex_ros.nodes.audio_node import AudioNode
from personaplex_ros.nodes.conversation_node import ConversationNode
from personaplex_ros.nodes.user_words import UserWordsNode

pytestmark = pytest.mark.graph

BEST_EFFORT, RELIABLE = ReliabilityPolicy.BEST_EFFORT, ReliabilityPolicy.RELIABLE


@pytest.fixture
def make(graph):
    """Give a maker of nodes with overrides of audio topics: {'audio/in.subscription.depth': 7}."""

    def make(node_class: type, overrides: dict) -> Node:
        return graph.add(
            node_class(
                namespace=graph.namespace,
                context=graph.context,
                parameter_overrides=[
                    Parameter(f'qos_overrides.{graph.namespace}/{key}', value=value)
                    for key, value in overrides.items()
                ],
            )
        )

    return make


def subscribers(graph, topic: str, count: int) -> dict[str, ReliabilityPolicy]:
    """Return who subscribes a topic, and how, once there are so many."""

    def found() -> dict[str, ReliabilityPolicy] | None:
        infos = graph.node.get_subscriptions_info_by_topic(f'{graph.namespace}/{topic}')
        kinds = {info.node_name: info.qos_profile.reliability for info in infos}
        return kinds if len(kinds) == count else None

    return wait_until(found, f'{count} subscribers of {topic}')


def test_an_override_of_one_node_is_not_carried_to_the_others_of_its_process(graph, make):
    make(UserWordsNode, {'audio/in.subscription.reliability': 'reliable'})
    make(ConversationNode, {})
    assert subscribers(graph, 'audio/in', 2) == {
        'user_words': RELIABLE,
        'conversation': BEST_EFFORT,
    }


def test_an_override_of_one_topic_is_not_carried_to_another(graph, make):
    make(ConversationNode, {'audio/in.subscription.reliability': 'reliable'})
    make(AudioNode, {})
    assert subscribers(graph, 'audio/in', 1) == {'conversation': RELIABLE}
    assert subscribers(graph, 'audio/out', 1) == {'audio': BEST_EFFORT}
