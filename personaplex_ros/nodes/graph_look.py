# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The running graph for `personaplex-tools check --graph`: a node that looks and does nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
import time

import rclpy
from rclpy.context import Context
from rclpy.node import Node

from personaplex_ros.tools.catalogue import Catalogue
from personaplex_ros.tools.live_graph import needs

DISCOVERY_S = 3.0
"""DDS needs a moment to find everybody; where all is found sooner, nothing is waited for."""

LOOK_S = 0.1
_GOAL = '/_action/send_goal'
_GOAL_TYPE = '_SendGoal'


class GraphLook:
    """tools.live_graph.LiveGraph through a node."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def resolve(self, name: str) -> str:
        """Return the full name."""
        return self._node.resolve_topic_name(name)

    def types(self, kind: str, name: str) -> set[str]:
        """Return the types in which somebody is at the other end."""
        full = self.resolve(name)
        if kind == 'topic':
            infos = self._node.get_subscriptions_info_by_topic(full)
            return {info.topic_type for info in infos}
        if kind == 'condition':
            return {info.topic_type for info in self._node.get_publishers_info_by_topic(full)}
        services = dict(self._node.get_service_names_and_types())
        if kind == 'service':
            return set(services.get(full, ()))
        return {one.removesuffix(_GOAL_TYPE) for one in services.get(f'{full}{_GOAL}', ())}


@contextmanager
def graph_look(namespace: str, catalogue: Catalogue) -> Iterator[GraphLook]:
    """Join the graph until everything of this file is found, or for DISCOVERY_S."""
    context = Context()
    rclpy.init(args=[], context=context)
    node = Node('personaplex_tools', namespace=namespace, context=context)
    try:
        look, wanted = GraphLook(node), list(needs(catalogue))
        give_up_s = time.monotonic() + DISCOVERY_S
        while time.monotonic() < give_up_s and not all(one.finding(look)[0] for one in wanted):
            time.sleep(LOOK_S)
        yield look
    finally:
        node.destroy_node()
        context.try_shutdown()
