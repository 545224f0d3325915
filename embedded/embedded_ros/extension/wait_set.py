# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""rclpy's WaitSet: sleeps until something in it is ready, and tells what."""

from time import monotonic_ns

from embedded_ros.extension.client import Client
from embedded_ros.extension.context import Context
from embedded_ros.extension.destroyable import Destroyable
from embedded_ros.extension.exceptions import RCLError
from embedded_ros.extension.guard_condition import GuardCondition
from embedded_ros.extension.qos_event import QoSEvent
from embedded_ros.extension.service import Service
from embedded_ros.extension.subscription import Subscription
from embedded_ros.extension.timer import Timer
from embedded_ros.graph.events import EventStatus
from embedded_ros.graph.qos import INFINITE_NS
from embedded_ros.graph.waking import Trigger
from embedded_ros.graph.waking import Waitable
from embedded_ros.graph.waking import waker_of_this_thread

_NS_PER_S = 1_000_000_000


class WaitSet(Destroyable):
    """A set of things to wait for, filled anew for each wait by rclpy's executors.

    It is built and asked several times per message, so its loops are flat: `_sources` holds
    everything that has a `pending` flag, the timers are looked at by the clock.
    With a context that is shut down `wait` returns at once: a signal may come just before it, and
    the executor then ends its spin as it does for a signal that comes during the wait.
    """

    def __init__(
        self,
        number_of_subscriptions: int,
        number_of_guard_conditions: int,
        number_of_timers: int,
        number_of_clients: int,
        number_of_services: int,
        number_of_events: int,
        context: Context,
    ) -> None:
        self._context = context
        self._room = {
            'subscription': number_of_subscriptions,
            'guard_condition': number_of_guard_conditions,
            'timer': number_of_timers,
            'client': number_of_clients,
            'service': number_of_services,
            'event': number_of_events,
        }
        super().__init__()
        self.pointer = id(self)
        self.clear_entities()

    def clear_entities(self) -> None:
        """Empty the set."""
        self._entities: dict[str, list[Waitable]] = {kind: [] for kind in self._room}
        self._sources: list[Waitable] = []
        self._timed_events: list[EventStatus] = []
        self._ready: set[Waitable] | None = None

    def add_subscription(self, subscription: Subscription) -> int:
        """Add a subscription; return its index."""
        self._sources.append(subscription.end)
        return self._add('subscription', subscription.end)

    def add_guard_condition(self, guard_condition: GuardCondition) -> int:
        """Add a guard condition; return its index."""
        self._sources.append(guard_condition.end)
        return self._add('guard_condition', guard_condition.end)

    def add_client(self, client: Client) -> int:
        """Add a client; return its index."""
        self._sources.append(client.end)
        return self._add('client', client.end)

    def add_service(self, service: Service) -> int:
        """Add a service; return its index."""
        self._sources.append(service.end)
        return self._add('service', service.end)

    def add_event(self, event: QoSEvent) -> int:
        """Add an event; return its index."""
        self._sources.append(event.end)
        if event.end.timed:
            self._timed_events.append(event.end)
        return self._add('event', event.end)

    def add_timer(self, timer: Timer) -> int:
        """Add a timer; return its index."""
        return self._add('timer', timer.end)

    def is_ready(self, entity_type: str, index: int) -> bool:
        """Return whether the last wait found an entity ready; before it, whether it was added.

        Raises RuntimeError for an unknown type, IndexError beyond the room of the set.
        """
        entities = self._of_type(entity_type)
        if not 0 <= index < self._room[entity_type]:
            raise IndexError('wait set index too big')
        if index >= len(entities):
            return False
        return self._ready is None or entities[index] in self._ready

    def get_ready_entities(self, entity_type: str) -> list[int]:
        """Return the pointers of the entities of one type that the last wait found ready."""
        if entity_type == 'event':
            raise RuntimeError("'event' is not a known entity")
        entities = self._of_type(entity_type)
        if self._ready is None:
            return [id(entity) for entity in entities]
        if not self._ready:
            return []
        return [id(entity) for entity in entities if entity in self._ready]

    def wait(self, timeout_ns: int) -> None:
        """Sleep until something is ready or the timeout passed (0: only look, negative: none).

        Raises RCLError for a set without room.
        """
        if not any(self._room.values()):
            raise RCLError('failed to wait on wait set: wait set is empty')
        give_up_ns = INFINITE_NS if timeout_ns < 0 else monotonic_ns() + timeout_ns
        while not self._find_ready() and monotonic_ns() < give_up_ns and self._context.ok():
            if self._sleep(give_up_ns):
                return

    def _add(self, kind: str, source: Waitable) -> int:
        entities = self._entities[kind]
        if len(entities) >= self._room[kind]:
            raise RCLError(f'failed to add {kind} to wait set: {kind}s set is full')
        entities.append(source)
        return len(entities) - 1

    def _of_type(self, entity_type: str) -> list[Waitable]:
        try:
            return self._entities[entity_type]
        except KeyError:
            raise RuntimeError(f"'{entity_type}' is not a known entity") from None

    def _find_ready(self) -> bool:
        if self._timed_events:
            now_ns = monotonic_ns()
            for event in self._timed_events:
                event.refresh(now_ns)
        ready = {source for source in self._sources if source.pending}
        for source in ready:
            if type(source) is Trigger:  # a wait takes what triggered it
                source.pending = False
        ready.update(timer for timer in self._entities['timer'] if timer.remaining_ns() <= 0)
        self._ready = ready
        return bool(ready)

    def _sleep(self, give_up_ns: int) -> bool:
        """Sleep until something may be ready; return True instead where something just became."""
        waker = waker_of_this_thread()
        waker.clear()
        sources = self._sources + self._entities['timer']
        for source in sources:
            source.wakers.add(waker)
        try:
            if self._find_ready():
                return True
            waker.wait(self._sleep_s(give_up_ns))
            return False
        finally:
            for source in sources:
                source.wakers.discard(waker)

    def _sleep_s(self, give_up_ns: int) -> float:
        """Return how long nothing can become ready by time alone; -1 for ever."""
        now_ns = monotonic_ns()
        sleep_ns = INFINITE_NS if give_up_ns == INFINITE_NS else give_up_ns - now_ns
        for timer in self._entities['timer']:
            sleep_ns = min(sleep_ns, timer.sleep_ns())
        for event in self._timed_events:
            due_ns = event.due_ns(now_ns)
            if due_ns != INFINITE_NS:
                sleep_ns = min(sleep_ns, due_ns - now_ns)
        return -1 if sleep_ns == INFINITE_NS else max(sleep_ns, 0) / _NS_PER_S
