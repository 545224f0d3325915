# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What an endpoint reports about its connections: incompatible QoS, deadlines, liveliness."""

from embedded_ros.graph.qos import INFINITE_NS
from embedded_ros.graph.qos import PolicyKind
from embedded_ros.graph.waking import Waitable


class EventStatus(Waitable):
    """Counters of one kind of event of one endpoint; ready while they changed since last taken."""

    __slots__ = ()

    timed = False
    """Whether it can change by the passing of time, so that a wait must look at the clock."""

    def due_ns(self, now_ns: int) -> int:
        """Return the monotonic time at which `refresh` may find something new."""
        return INFINITE_NS

    def refresh(self, now_ns: int) -> None:
        """Bring the counters up to date; now_ns is monotonic."""

    def take(self) -> dict[str, int]:
        """Return the counters by their rmw field names and mark them as seen."""
        raise NotImplementedError

    def _changed(self) -> None:
        self.pending = True
        self.notify()


class CountedStatus(EventStatus):
    """A status that only counts: total_count, and total_count_change since last taken."""

    __slots__ = ('_change', '_total')

    def __init__(self) -> None:
        super().__init__()
        self._total = 0
        self._change = 0

    def count(self, times: int = 1) -> None:
        """Record that the event happened."""
        self._total += times
        self._change += times
        self._changed()

    def take(self) -> dict[str, int]:
        """See EventStatus."""
        self.pending = False
        change, self._change = self._change, 0
        return {'total_count': self._total, 'total_count_change': change}


class IncompatibleQoSStatus(CountedStatus):
    """An endpoint on the same topic was found that cannot be connected."""

    __slots__ = ('_last_policy',)

    def __init__(self) -> None:
        super().__init__()
        self._last_policy = PolicyKind.INVALID

    def found(self, policy: PolicyKind) -> None:
        """Record one such endpoint and the policy that kept it apart."""
        self._last_policy = policy
        self.count()

    def take(self) -> dict[str, int]:
        """See EventStatus."""
        return {**super().take(), 'last_policy_kind': self._last_policy}


class DeadlineStatus(CountedStatus):
    """No sample came (or went) within the endpoint's deadline."""

    __slots__ = ('_counted', '_last_sample_ns', '_period_ns')

    timed = True

    def __init__(self, period_ns: int) -> None:
        super().__init__()
        self._period_ns = period_ns
        self._last_sample_ns = INFINITE_NS  # the first sample starts the watch, as in DDS
        self._counted = 0

    def due_ns(self, now_ns: int) -> int:
        """See EventStatus."""
        if INFINITE_NS in (self._last_sample_ns, self._period_ns):
            return INFINITE_NS
        return self._last_sample_ns + (self._counted + 1) * self._period_ns

    def sample(self, now_ns: int) -> None:
        """Record that a sample passed."""
        self.refresh(now_ns)
        self._last_sample_ns = now_ns
        self._counted = 0
        self.notify()

    def refresh(self, now_ns: int) -> None:
        """See EventStatus."""
        if now_ns < self.due_ns(now_ns):
            return
        missed = (now_ns - self._last_sample_ns) // self._period_ns - self._counted
        self._counted += missed
        self.count(missed)


class LeaseStatus(CountedStatus):
    """A writer that must show its liveliness by hand did not do so within its lease."""

    __slots__ = ('_lost', '_writer')

    timed = True

    def __init__(self, writer) -> None:
        super().__init__()
        self._writer = writer
        self._lost = False

    def due_ns(self, now_ns: int) -> int:
        """See EventStatus."""
        return INFINITE_NS if self._lost else self._writer.lease_ends_ns

    def refresh(self, now_ns: int) -> None:
        """See EventStatus."""
        lost = now_ns >= self._writer.lease_ends_ns
        if lost and not self._lost:
            self.count()
        self._lost = lost


class LivelinessStatus(EventStatus):
    """How many of a reader's writers are alive."""

    __slots__ = ('_alive', '_dead', '_reader', '_told_alive', '_told_dead')

    timed = True

    def __init__(self, reader) -> None:
        super().__init__()
        self._reader = reader
        self._alive = self._dead = self._told_alive = self._told_dead = 0

    def due_ns(self, now_ns: int) -> int:
        """See EventStatus; a lease that has ended is not due again."""
        running = (lease_ns for lease_ns in self._reader.leases_ns if lease_ns > now_ns)
        return min(running, default=INFINITE_NS)

    def refresh(self, now_ns: int) -> None:
        """See EventStatus."""
        leases_ns = self._reader.leases_ns
        dead = sum(now_ns >= lease_ns for lease_ns in leases_ns)
        alive = len(leases_ns) - dead
        if (alive, dead) != (self._alive, self._dead):
            self._alive, self._dead = alive, dead
            self._changed()

    def take(self) -> dict[str, int]:
        """See EventStatus."""
        self.pending = False
        alive, dead = self._alive, self._dead
        changes = alive - self._told_alive, dead - self._told_dead
        self._told_alive, self._told_dead = alive, dead
        return {
            'alive_count': alive,
            'not_alive_count': dead,
            'alive_count_change': changes[0],
            'not_alive_count_change': changes[1],
        }
