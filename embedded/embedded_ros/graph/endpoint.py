# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What every participant of the graph is known by: its node, name, type, QoS and gid."""

from dataclasses import dataclass
import itertools
import os

from embedded_ros.graph.qos import QoS

GID_BYTES = 24  # rmw/types.h RMW_GID_STORAGE_SIZE (humble)

_process_prefix = os.urandom(12)
_serial = itertools.count(1)


def new_gid() -> bytes:
    """Return an identifier [24] that no other endpoint of any process carries."""
    return (_process_prefix + next(_serial).to_bytes(4, 'big')).ljust(GID_BYTES, b'\0')


@dataclass(frozen=True, eq=False)
class NodeEntry:
    """A node as the graph shows it; two nodes may carry the same name."""

    name: str
    namespace: str
    enclave: str
    participant: object
    """Nodes of one context share it."""


@dataclass(frozen=True, eq=False)
class EndpointEntry:
    """A publisher, subscription, service or client as the graph shows it."""

    node: NodeEntry
    name: str
    """Fully qualified topic or service name."""

    type_name: str
    """For example 'std_msgs/msg/String'."""

    qos: QoS
    gid: bytes
