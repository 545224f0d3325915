# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""One ROS domain: who is in it, and which endpoints are connected."""

from collections import deque
from collections.abc import Iterable
import threading

from embedded_ros.graph.endpoint import EndpointEntry
from embedded_ros.graph.endpoint import NodeEntry
from embedded_ros.graph.qos import incompatible_policy
from embedded_ros.graph.service import Requester
from embedded_ros.graph.service import Server
from embedded_ros.graph.topic import Reader
from embedded_ros.graph.topic import Writer

NamesAndTypes = list[tuple[str, list[str]]]
Member = NodeEntry | Writer | Reader | Server | Requester


class Domain:
    """The nodes and endpoints that can see one another.

    Members are kept in tuples that are replaced, never changed, so that looking needs no lock.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._abandoned: deque[Member] = deque()
        self._members: dict[type, tuple] = {
            NodeEntry: (),
            Writer: (),
            Reader: (),
            Server: (),
            Requester: (),
        }

    def members(self, kind: type) -> tuple:
        """Return all NodeEntry, Writer, Reader, Server or Requester members, oldest first."""
        self._bury_if_free()
        return self._members[kind]

    def add(self, member: Member) -> None:
        """Show a node or endpoint in the graph and connect it to every endpoint that fits."""
        with self._lock:
            self._bury()
            self._members[type(member)] += (member,)
            for first, second in self._pairs_of(member):
                _connect(first, second)

    def remove(self, member: Member) -> None:
        """Take a node or endpoint out of the graph; what was delivered stays delivered."""
        with self._lock:
            self._bury()
            self._remove(member)

    def abandon(self, member: Member) -> None:
        """Remove a member from a finalizer, which may run anywhere: never wait for the lock."""
        self._abandoned.append(member)
        self._bury_if_free()

    def topic_names_and_types(self) -> NamesAndTypes:
        """Return every topic with the types used on it, sorted."""
        return names_and_types(end.entry for end in self.members(Writer) + self.members(Reader))

    def service_names_and_types(self) -> NamesAndTypes:
        """Return every service that somebody offers, with its types, sorted."""
        return names_and_types(server.entry for server in self.members(Server))

    def names_and_types_by_node(self, kind: type, name: str, namespace: str) -> NamesAndTypes:
        """Return what the node of this name has of one kind of endpoint, sorted.

        Raises LookupError where there is no such node.
        """

        def matches(node: NodeEntry) -> bool:
            return node.name == name and node.namespace == namespace

        if not any(map(matches, self.members(NodeEntry))):
            raise LookupError(f"no node '{name}' in namespace '{namespace}'")
        return names_and_types(end.entry for end in self.members(kind) if matches(end.entry.node))

    def _bury_if_free(self) -> None:
        if self._abandoned and self._lock.acquire(blocking=False):
            try:
                self._bury()
            finally:
                self._lock.release()

    def _bury(self) -> None:
        while self._abandoned:
            self._remove(self._abandoned.popleft())

    def _remove(self, member: Member) -> None:
        kind = type(member)
        self._members[kind] = tuple(other for other in self._members[kind] if other is not member)
        for first, second in self._pairs_of(member):
            first.disconnect(second)

    def _pairs_of(self, member: Member) -> list[tuple]:
        """Return (writer, reader) or (server, requester) for each possible partner of member."""
        if isinstance(member, NodeEntry):
            return []
        partners = [
            partner
            for partner in self._members[_PARTNER[type(member)]]
            if partner.entry.name == member.entry.name
            and partner.entry.type_name == member.entry.type_name
        ]
        if isinstance(member, (Writer, Server)):
            return [(member, partner) for partner in partners]
        return [(partner, member) for partner in partners]


_PARTNER = {Writer: Reader, Reader: Writer, Server: Requester, Requester: Server}


def names_and_types(entries: Iterable[EndpointEntry]) -> NamesAndTypes:
    """Group endpoints by name: [(name, [types])], sorted, each type once."""
    types: dict[str, set[str]] = {}
    for entry in entries:
        types.setdefault(entry.name, set()).add(entry.type_name)
    return [(name, sorted(types[name])) for name in sorted(types)]


def _connect(first: Writer | Server, second: Reader | Requester) -> None:
    if isinstance(first, Server):
        first.connect(second)
        return
    policy = incompatible_policy(offered=first.entry.qos, requested=second.entry.qos)
    if policy is None:
        first.connect(second)
    else:
        first.incompatible_qos.found(policy)
        second.incompatible_qos.found(policy)


_domains: dict[int, Domain] = {}
_domains_lock = threading.Lock()


def domain_of(domain_id: int) -> Domain:
    """Return the domain with this number; contexts of the same number share it."""
    with _domains_lock:
        return _domains.setdefault(domain_id, Domain())
