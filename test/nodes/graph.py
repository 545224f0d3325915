# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A ROS graph for tests: an executor that spins in a thread, and a node that looks and asks."""

from collections.abc import Callable
from itertools import count
import threading
import time
from typing import Any

from rcl_interfaces.msg import Log
import rclpy
from rclpy.context import Context
from rclpy.executors import ExternalShutdownException
from rclpy.executors import MultiThreadedExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy
from rclpy.qos import QoSProfile

PATIENCE_S = 10.0
_namespaces = count(1)

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
EVERY_LATCHED = QoSProfile(depth=1000, durability=DurabilityPolicy.TRANSIENT_LOCAL)
"""A listener with LATCHED misses what is overwritten before it looks: as it should, but a test of
what was told must not."""


def wait_until(
    condition: Callable[[], Any],
    what: str | Callable[[], str] = 'it',
    timeout_s: float = PATIENCE_S,
) -> Any:
    """Return the condition's value once it is true; fails when it does not become so.

    what: for the failure; a function tells how things stand then.
    """
    give_up_s = time.monotonic() + timeout_s
    while not (value := condition()):
        if time.monotonic() >= give_up_s:
            thing = what if isinstance(what, str) else what()
            raise AssertionError(f'waited {timeout_s:g} s in vain for {thing}')
        time.sleep(0.002)
    return value


class Inbox:
    """Everything that came on one topic, in order."""

    def __init__(self, graph: 'Graph') -> None:
        self._graph = graph
        self._messages: list[Any] = []

    def put(self, message: Any) -> None:
        """Take one; called by the executor."""
        self._messages.append(message)

    def __len__(self) -> int:
        return len(self._messages)

    def __iter__(self):
        return iter(list(self._messages))

    def __getitem__(self, index):
        return self._messages[index]

    @property
    def last(self) -> Any:
        """The latest message; None before the first."""
        return self._messages[-1] if self._messages else None

    def wait(
        self, condition: Callable[[Any], Any], what: str | Callable[[], str] = 'a message'
    ) -> Any:
        """Return the first message, past or to come, that meets the condition."""

        def found():
            self._graph.check()
            return [message for message in self if condition(message)][:1]

        def wanted() -> str:
            thing = what if isinstance(what, str) else what()
            return f'{thing}; the last of {len(self)} was {self.last}'

        return wait_until(found, wanted)[0]


class Graph:
    """One context and its executor; close() fails when a callback has raised."""

    def __init__(self) -> None:
        self.namespace = f'/test_{next(_namespaces)}'
        self.context = Context()
        rclpy.init(args=[], context=self.context)
        self._executor = MultiThreadedExecutor(num_threads=8, context=self.context)
        self._nodes: list[Node] = []
        self._stop = threading.Event()
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._spin, daemon=True)
        self.node = self.add(Node('tester', namespace=self.namespace, context=self.context))
        self._clients: dict[tuple[type, str], Any] = {}
        self._strangers: list[Node] = []
        self._thread.start()

    def add(self, node: Node) -> Node:
        """Spin this node too; close() destroys it."""
        self._nodes.append(node)
        self._executor.add_node(node)
        return node

    def stranger(self, name: str) -> Node:
        """Give a node as another process would have it: in a context of its own; not spun."""
        context = Context()
        rclpy.init(args=[], context=context, domain_id=self.context.get_domain_id())
        self._strangers.append(Node(name, namespace=self.namespace, context=context))
        return self._strangers[-1]

    def remove(self, node: Node) -> None:
        """Destroy a node."""
        self._nodes.remove(node)
        self._executor.remove_node(node)
        node.destroy_node()

    def close(self) -> None:
        """End everything."""
        self._stop.set()
        self._thread.join(PATIENCE_S)
        hangs = self._thread.is_alive()
        for node in self._nodes:
            self._executor.remove_node(node)
        if not hangs:
            self._executor.spin_once(timeout_sec=0.01)  # handlers that are just finishing
        self._executor.shutdown()
        for node in self._nodes:
            node.destroy_node()
        self.context.try_shutdown()
        for node in self._strangers:
            node.destroy_node()
            node.context.try_shutdown()
        assert not hangs, 'a callback does not return'
        self.check()

    def check(self) -> None:
        """Fail when a callback has raised."""
        if self.error is not None:
            raise AssertionError('a callback raised: a node would have ended') from self.error

    def listen(self, kind: type, topic: str, qos: QoSProfile | int = 1000) -> Inbox:
        """Collect a topic."""
        inbox = Inbox(self)
        self.node.create_subscription(kind, topic, inbox.put, qos)
        return inbox

    def log(self) -> Inbox:
        """Collect the log, from its first line."""
        return self.listen(Log, '/rosout', EVERY_LATCHED)

    def ask(self, kind: type, service: str, **fields: Any) -> Any:
        """Call a service and return its answer."""
        return self.answer(self.ask_async(kind, service, **fields), service)

    def ask_async(self, kind: type, service: str, **fields: Any) -> Any:
        """Call a service; return the future."""
        key = (kind, service)
        if key not in self._clients:
            self._clients[key] = self.node.create_client(kind, service)
        client = self._clients[key]
        assert client.wait_for_service(PATIENCE_S), f'no service {service}'
        return client.call_async(kind.Request(**fields))

    def answer(self, future: Any, what: str = 'a service') -> Any:
        """Wait for a future; a callback that raised meanwhile fails the test at once."""
        wait_until(lambda: future.done() or self.error is not None, f'the answer of {what}')
        self.check()
        return future.result()

    def _spin(self) -> None:
        while not self._stop.is_set():
            try:
                self._executor.spin_once(timeout_sec=0.1)
            except ExternalShutdownException:
                return
            except Exception as error:
                self.error = error  # a node's process would end here
                return
