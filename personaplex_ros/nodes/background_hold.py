# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Keeps the agent from words of its own while somebody thinks, through the service hold_words."""

import threading

from rclpy.node import Node
from rclpy.task import Future
from std_srvs.srv import SetBool

WARN_PERIOD_S = 30.0


class WordsHold:
    """A hold that nobody releases is ended by the engine, so an answer is never waited for."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._client = node.create_client(SetBool, 'hold_words')
        self._lock = threading.Lock()
        self._is_held = False
        self._request: Future | None = None

    def want(self, is_held: bool) -> None:
        """Hold the words, or let them go; on any thread."""
        with self._lock:
            if is_held == self._is_held:
                return
            is_ready = self._client.service_is_ready()
            self._is_held = is_held and is_ready
            if not is_ready:
                return
            if self._request is not None:  # answered in its turn, but nobody asks any more
                self._client.remove_pending_request(self._request)
            self._request = self._client.call_async(SetBool.Request(data=is_held))
        self._request.add_done_callback(self._on_answer)

    def _on_answer(self, future: Future) -> None:
        answer = future.result()
        if answer is not None and not answer.success:
            self._node.get_logger().warning(
                f'hold_words: {answer.message}', throttle_duration_sec=WARN_PERIOD_S
            )
