# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The two ends of a service: requests carry their sender, so that a reply finds its way back."""

from collections import deque
import itertools
import time
from typing import Any
from typing import NamedTuple

from embedded_ros.graph.endpoint import EndpointEntry
from embedded_ros.graph.waking import Waitable
from embedded_ros.interfaces import copy_message

QUEUE_LENGTH = 1_000
"""Requests or replies that may wait. More than the QoS depth of 10: whoever sent a request that
was dropped would wait for ever, and a burst of parameter calls is longer than ten."""


class Envelope(NamedTuple):
    """One request or reply on its way."""

    payload: Any
    requester: 'Requester'
    sequence_number: int
    sent_ns: int


class Requester(Waitable):
    """A client's end. `pending` is the queue of replies, in the order they were sent."""

    __slots__ = ('_sequence_numbers', 'entry', 'servers')

    def __init__(self, entry: EndpointEntry) -> None:
        super().__init__(deque(maxlen=QUEUE_LENGTH))
        self.entry = entry
        self.servers: tuple[Server, ...] = ()
        self._sequence_numbers = itertools.count(1)

    def request(self, message: Any) -> int:
        """Send a copy of the request to every server; return the sequence number of its reply."""
        sequence_number = next(self._sequence_numbers)
        now_ns = time.time_ns()
        for server in self.servers:
            server.deliver(Envelope(copy_message(message), self, sequence_number, now_ns))
        return sequence_number

    def deliver(self, envelope: Envelope) -> None:
        """Queue a reply."""
        self.pending.append(envelope)
        self.notify()

    def take(self) -> Envelope | None:
        """Return the oldest reply, None where there is none."""
        return _oldest(self.pending)


class Server(Waitable):
    """A service's end. `pending` is the queue of requests."""

    __slots__ = ('entry', 'requesters')

    def __init__(self, entry: EndpointEntry) -> None:
        super().__init__(deque(maxlen=QUEUE_LENGTH))
        self.entry = entry
        self.requesters: tuple[Requester, ...] = ()

    def deliver(self, envelope: Envelope) -> None:
        """Queue a request."""
        self.pending.append(envelope)
        self.notify()

    def take(self) -> Envelope | None:
        """Return the oldest request, None where there is none."""
        return _oldest(self.pending)

    def reply(self, requester: Requester, sequence_number: int, message: Any) -> None:
        """Send a copy of the reply to whoever asked; nobody may be there any more."""
        if requester in self.requesters:
            requester.deliver(
                Envelope(copy_message(message), requester, sequence_number, time.time_ns())
            )

    def connect(self, requester: Requester) -> None:
        """Match a client."""
        self.requesters += (requester,)
        requester.servers += (self,)

    def disconnect(self, requester: Requester) -> None:
        """Undo `connect`."""
        self.requesters = tuple(other for other in self.requesters if other is not requester)
        requester.servers = tuple(other for other in requester.servers if other is not self)


def _oldest(queue: deque) -> Envelope | None:
    try:
        return queue.popleft()
    except IndexError:
        return None
