# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Calls that are one request to a service."""

from functools import partial
import threading
from typing import Any

from rclpy.callback_groups import CallbackGroup
from rclpy.node import Node
from rclpy.task import Future

from personaplex_ros.nodes.intent.hand import Absence
from personaplex_ros.nodes.intent.hand import CallListener
from personaplex_ros.nodes.intent.hand import ending
from personaplex_ros.nodes.intent.messages import fill_message
from personaplex_ros.nodes.intent.messages import told
from personaplex_ros.tools.steps import OutgoingCall


class ServiceHand:
    """A client; requests without an answer are forgotten when their call ends."""

    def __init__(
        self, node: Node, name: str, kind: Any, group: CallbackGroup, listener: CallListener
    ) -> None:
        self._kind = kind
        self._name = name
        self._listener = listener
        self._client = node.create_client(kind, name, callback_group=group)
        self._absence = Absence(self.is_ready)
        self._lock = threading.Lock()
        self._requests: dict[str, Future] = {}

    def is_ready(self) -> bool:
        """Whether a server is there."""
        return self._client.service_is_ready()

    def send(self, call: OutgoingCall) -> None:
        """Request. Raises ConnectionError, or what fill_message raises."""
        request = fill_message(self._kind.Request, call.message)
        if not self.is_ready():
            raise ConnectionError(f'no server offers service {call.name} [{call.type_name}]')
        future = self._client.call_async(request)
        with self._lock:
            self._requests[call.call_id] = future
        future.add_done_callback(partial(self._on_answer, call.call_id))

    def cancel(self, call_id: str) -> None:
        """Forget the request: a service cannot be asked to end."""
        future = self._take(call_id)
        if future is not None:
            self._client.remove_pending_request(future)

    def look(self, now_s: float) -> None:
        """Tell requests that nobody will answer that they failed."""
        if not self._requests or not self._absence.is_long(now_s):
            return
        for call_id in list(self._requests):
            self.cancel(call_id)
            self._listener.on_failed(call_id, f'the server of {self._name} is gone')

    def destroy(self) -> None:
        """Leave it to the node, which destroys its clients."""

    def _on_answer(self, call_id: str, future: Future) -> None:
        if self._take(call_id) is None:
            return
        error = future.exception()
        if error is not None:
            self._listener.on_failed(call_id, f'{type(error).__name__}: {error}')
        elif ending(future.result()):
            self._listener.on_succeeded(call_id, told(future.result()))
        else:
            self._listener.on_failed(call_id, told(future.result()) or 'its server said no')

    def _take(self, call_id: str) -> Future | None:
        with self._lock:
            return self._requests.pop(call_id, None)
