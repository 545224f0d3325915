# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Questions about the graph: who publishes, subscribes, serves and calls what."""

from typing import Any

from embedded_ros.extension.node import Node
from embedded_ros.extension.qos_profile import qos_to_dict
from embedded_ros.graph.domain import NamesAndTypes
from embedded_ros.graph.service import Requester
from embedded_ros.graph.service import Server
from embedded_ros.graph.topic import Reader
from embedded_ros.graph.topic import Writer

_ENDPOINT_TYPE = {Writer: 1, Reader: 2}  # rmw/topic_endpoint_info.h rmw_endpoint_type_t


def rclpy_get_topic_names_and_types(node: Node, no_demangle: bool) -> NamesAndTypes:
    """Return all topics. This bus has no other name for them, so no_demangle changes nothing."""
    node.check_valid('failed to get topic names and types')
    return node.domain.topic_names_and_types()


def rclpy_get_service_names_and_types(node: Node) -> NamesAndTypes:
    """Return all services."""
    node.check_valid('failed to get service names and types')
    return node.domain.service_names_and_types()


def rclpy_get_publisher_names_and_types_by_node(
    node: Node,
    no_demangle: bool,
    node_name: str,
    node_namespace: str,
) -> NamesAndTypes:
    """Return the topics a node publishes."""
    return node.names_and_types_by_node(Writer, node_name, node_namespace)


def rclpy_get_subscriber_names_and_types_by_node(
    node: Node,
    no_demangle: bool,
    node_name: str,
    node_namespace: str,
) -> NamesAndTypes:
    """Return the topics a node subscribes to."""
    return node.names_and_types_by_node(Reader, node_name, node_namespace)


def rclpy_get_service_names_and_types_by_node(
    node: Node,
    node_name: str,
    node_namespace: str,
) -> NamesAndTypes:
    """Return the services a node offers."""
    return node.names_and_types_by_node(Server, node_name, node_namespace)


def rclpy_get_client_names_and_types_by_node(
    node: Node,
    node_name: str,
    node_namespace: str,
) -> NamesAndTypes:
    """Return the services a node has clients for."""
    return node.names_and_types_by_node(Requester, node_name, node_namespace)


def rclpy_get_publishers_info_by_topic(
    node: Node,
    topic_name: str,
    no_mangle: bool,
) -> list[dict[str, Any]]:
    """Describe every publisher of a fully qualified topic."""
    return _endpoint_infos(node, Writer, topic_name)


def rclpy_get_subscriptions_info_by_topic(
    node: Node,
    topic_name: str,
    no_mangle: bool,
) -> list[dict[str, Any]]:
    """Describe every subscription of a fully qualified topic."""
    return _endpoint_infos(node, Reader, topic_name)


def _endpoint_infos(node: Node, kind: type, topic_name: str) -> list[dict[str, Any]]:
    node.check_valid('Failed to get information by topic')
    return [
        {
            'node_name': entry.node.name,
            'node_namespace': entry.node.namespace,
            'topic_type': entry.type_name,
            'endpoint_type': _ENDPOINT_TYPE[kind],
            'endpoint_gid': list(entry.gid),
            'qos_profile': qos_to_dict(entry.qos),
        }
        for entry in (end.entry for end in node.domain.members(kind))
        if entry.name == topic_name
    ]
