# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The two ends of a topic: writers copy samples into the bounded queues of matched readers."""

from collections import deque
import threading
import time
from typing import Any
from typing import NamedTuple

from embedded_ros.graph.endpoint import EndpointEntry
from embedded_ros.graph.events import CountedStatus
from embedded_ros.graph.events import DeadlineStatus
from embedded_ros.graph.events import IncompatibleQoSStatus
from embedded_ros.graph.events import LeaseStatus
from embedded_ros.graph.events import LivelinessStatus
from embedded_ros.graph.qos import Durability
from embedded_ros.graph.qos import INFINITE_NS
from embedded_ros.graph.qos import Liveliness
from embedded_ros.graph.waking import Waitable
from embedded_ros.interfaces import copy_message


class Sample(NamedTuple):
    """One published message, as it waits in a queue."""

    payload: Any
    """A message that nobody else holds, or its serialized bytes."""

    source_ns: int
    """When it was published; received at the same moment, the bus has no delay."""

    expires_ns: int


def _private_copy(payload: Any) -> Any:
    return payload if type(payload) is bytes else copy_message(payload)


class Reader(Waitable):
    """A subscription's end. `pending` is its queue: the oldest sample leaves when it is full."""

    __slots__ = ('deadline', 'entry', 'incompatible_qos', 'liveliness', 'message_lost', 'writers')

    def __init__(self, entry: EndpointEntry) -> None:
        super().__init__(deque(maxlen=entry.qos.queue_length))
        self.entry = entry
        self.writers: tuple[Writer, ...] = ()
        self.deadline = DeadlineStatus(entry.qos.deadline_ns)
        self.incompatible_qos = IncompatibleQoSStatus()
        self.liveliness = LivelinessStatus(self)
        self.message_lost = CountedStatus()

    @property
    def leases_ns(self) -> list[int]:
        """Monotonic times until which the connected writers count as alive."""
        return [writer.lease_ends_ns for writer in self.writers]

    def deliver(self, sample: Sample) -> None:
        """Queue a sample; called by a writer, in the publisher's thread."""
        self.pending.append(sample)
        if self.entry.qos.deadline_ns != INFINITE_NS:
            self.deadline.sample(time.monotonic_ns())
        self.notify()

    def take(self) -> Sample | None:
        """Return the oldest sample that has not expired, None where there is none."""
        while True:
            try:
                sample = self.pending.popleft()
            except IndexError:
                return None
            if sample.expires_ns > time.time_ns():
                return sample


class Writer:
    """A publisher's end."""

    def __init__(self, entry: EndpointEntry) -> None:
        qos = entry.qos
        self.entry = entry
        self.readers: tuple[Reader, ...] = ()
        self.deadline = DeadlineStatus(qos.deadline_ns)
        self.incompatible_qos = IncompatibleQoSStatus()
        self.liveliness_lost = LeaseStatus(self)
        self.lease_ends_ns = INFINITE_NS
        self._manual = qos.liveliness == Liveliness.MANUAL_BY_TOPIC and qos.lease_ns != INFINITE_NS
        self._watched = self._manual or qos.deadline_ns != INFINITE_NS
        latched = qos.durability == Durability.TRANSIENT_LOCAL
        self._history = deque(maxlen=qos.queue_length) if latched else None
        self._history_lock = threading.RLock()

    def publish(self, payload: Any) -> None:
        """Give every matched reader its own copy of a message, or serialized bytes as they are."""
        now_ns = time.time_ns()
        lifespan_ns = self.entry.qos.lifespan_ns
        expires_ns = INFINITE_NS if lifespan_ns == INFINITE_NS else now_ns + lifespan_ns
        if self._watched:
            self._note_activity()
        if self._history is None:
            for reader in self.readers:
                reader.deliver(Sample(_private_copy(payload), now_ns, expires_ns))
            return
        with self._history_lock:  # a late joiner sees each sample once, in order
            self._history.append(Sample(_private_copy(payload), now_ns, expires_ns))
            for reader in self.readers:
                reader.deliver(Sample(_private_copy(payload), now_ns, expires_ns))

    def assert_liveliness(self) -> None:
        """Show by hand that the publisher is alive."""
        if self._manual:
            self.lease_ends_ns = time.monotonic_ns() + self.entry.qos.lease_ns
            self.liveliness_lost.notify()
            for reader in self.readers:
                reader.liveliness.notify()

    def connect(self, reader: Reader) -> None:
        """Match a compatible reader; a latched writer serves it what was published before."""
        with self._history_lock:
            self.readers += (reader,)
            reader.writers += (self,)
            if self._history and reader.entry.qos.durability == Durability.TRANSIENT_LOCAL:
                for sample in tuple(self._history):
                    reader.deliver(sample._replace(payload=_private_copy(sample.payload)))
        reader.liveliness.refresh(time.monotonic_ns())

    def disconnect(self, reader: Reader) -> None:
        """Undo `connect`; what was already delivered stays in the reader's queue."""
        self.readers = tuple(other for other in self.readers if other is not reader)
        reader.writers = tuple(other for other in reader.writers if other is not self)
        reader.liveliness.refresh(time.monotonic_ns())

    def _note_activity(self) -> None:
        self.assert_liveliness()
        if self.entry.qos.deadline_ns != INFINITE_NS:
            self.deadline.sample(time.monotonic_ns())
