# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The picture in the README shows what the nodes really have on the graph."""

from pathlib import Path
import re
from xml.etree import ElementTree

import pytest

from personaplex_ros.nodes.audio_node import AudioNode
from personaplex_ros.nodes.background import BackgroundNode
from personaplex_ros.nodes.conversation_node import ConversationNode
from personaplex_ros.nodes.tool_intent import ToolIntentNode

pytestmark = pytest.mark.graph

PICTURE = Path(__file__).parents[2] / 'docs' / 'graph.svg'
PICTURED = (ConversationNode, ToolIntentNode, BackgroundNode)

FOUND_ON_CONFIGURE = {'user_words'}
"""Topics that a node looks for once it knows its parameters."""


def own_names(graph, node) -> set[str]:
    """Return topics, services and actions of a node as a user types them, ROS's own left out."""
    where = (node.get_name(), node.get_namespace())
    look = graph.node
    found = [
        *look.get_publisher_names_and_types_by_node(*where),
        *look.get_subscriber_names_and_types_by_node(*where),
        *look.get_service_names_and_types_by_node(*where),
    ]
    inside = f'{node.get_namespace()}/'
    names = {name.removeprefix(inside) for name, _ in found if name.startswith(inside)}
    names = {name.partition('/_action/')[0] for name in names}
    return {name for name in names if not name.startswith(f'{node.get_name()}/')}


def text_of_the_picture() -> str:
    texts = ElementTree.parse(PICTURE).getroot().iter('{http://www.w3.org/2000/svg}text')
    return ' '.join(text.text or '' for text in texts)


def names_of(graph, *kinds) -> set[str]:
    nodes = [graph.add(kind(namespace=graph.namespace, context=graph.context)) for kind in kinds]
    return set().union(*(own_names(graph, node) for node in nodes))


def test_the_picture_shows_every_name_of_the_nodes_in_it(graph):
    names = names_of(graph, *PICTURED)
    assert {'say', 'context', 'estop', 'interrupted'} <= names, 'names are not found any more'
    ends_of_sound = {name for name in names if name.startswith('audio/')}
    assert names - ends_of_sound <= set(re.findall(r'[\w/]+', text_of_the_picture()))


def test_the_picture_shows_no_name_that_is_not_there(graph):
    shown = re.findall(r'(?<![\w/.])[a-z]+(?:[_/][a-z]+)+(?![\w/.])', text_of_the_picture())
    nodes = {kind.__module__.rpartition('.')[2] for kind in PICTURED}
    there = names_of(graph, *PICTURED, AudioNode) | FOUND_ON_CONFIGURE | nodes
    assert {'audio/in', 'tool_events'} <= set(shown) <= there
