# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What publishers, subscriptions, services and clients share: an end of the bus in a node."""

from typing import Any

from embedded_ros.extension.destroyable import Destroyable
from embedded_ros.extension.exceptions import RCLError
from embedded_ros.extension.names import resolve_name
from embedded_ros.extension.node import Node
from embedded_ros.extension.qos_profile import rmw_qos_profile_t
from embedded_ros.graph.endpoint import EndpointEntry
from embedded_ros.graph.endpoint import new_gid
from embedded_ros.graph.qos import QoS
from embedded_ros.graph.topic import Reader
from embedded_ros.graph.topic import Writer
from embedded_ros.interfaces import interface_name
from embedded_ros.rcl.errors import RclRuleError


class Endpoint(Destroyable):
    """A handle around one end of the bus: `end` is what the graph knows."""

    def __init__(self, node: Node, end: Any) -> None:
        self.node = node
        self.end = end
        super().__init__()
        self.pointer = id(end)
        node.domain.add(end)

    def get_logger_name(self) -> str:
        """Return the name of the node's logger."""
        return self.node.logger_name()

    def _release(self) -> None:
        self.node.domain.remove(self.end)

    def _abandon(self) -> None:
        self.node.domain.abandon(self.end)


def new_entry(
    node: Node,
    interface: type,
    name: str,
    qos_profile: rmw_qos_profile_t | None,
    *,
    what: str,
    writes: bool,
    is_service: bool = False,
) -> EndpointEntry:
    """Describe a new endpoint. qos_profile: None for the default.

    Raises RCLError where the context is shut down or has another type on this topic, ValueError
    for a malformed name.
    """
    type_name = interface_name(interface)
    node.check_valid(f'Failed to create {what}')
    try:
        full_name = resolve_name(node, name, is_service=is_service)
    except RclRuleError as error:
        raise ValueError(
            f"Failed to create {what} due to invalid topic name '{name}': {error}"
        ) from None
    if not is_service:
        _check_one_type(node, full_name, type_name, what)
    qos = QoS() if qos_profile is None else qos_profile.qos
    return EndpointEntry(node.entry, full_name, type_name, qos.resolved(writes=writes), new_gid())


def _check_one_type(node: Node, topic: str, type_name: str, what: str) -> None:
    """Be as strict as Fast DDS, the default middleware (rmw_fastrtps_shared_cpp, utils.cpp)."""
    for kind in (Writer, Reader):
        for end in node.domain.members(kind):
            entry = end.entry
            ours = entry.node.participant is node.entry.participant
            if ours and entry.name == topic and entry.type_name != type_name:
                raise RCLError(
                    f'Failed to create {what}: topic {topic} has type {entry.type_name} in this '
                    f'context already, not {type_name}; Fast DDS allows one type a participant'
                )
