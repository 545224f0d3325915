# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The robot's own words about a call: through the say action, or a line in the log."""

from functools import partial

from rclpy.callback_groups import CallbackGroup
from rclpy.node import Node
from rclpy.task import Future

from personaplex_ros.action import Say
from personaplex_ros.nodes.intent.locked_action_client import LockedActionClient


class Speaker:
    """Gives texts to whoever offers `say`; what is not spoken stands in the log."""

    def __init__(self, node: Node, group: CallbackGroup) -> None:
        self._log = node.get_logger()
        self._client = LockedActionClient(node, Say, 'say', callback_group=group)

    def say(self, text: str) -> None:
        """Let it be spoken. Never waits."""
        if not self._client.server_is_ready():
            self._log.info(f'nobody offers the action say; unspoken: {text}')
            return
        with self._client.guard:
            sent = self._client.send_goal_async(Say.Goal(text=text))
        sent.add_done_callback(partial(self._on_accepted, text))

    def destroy(self) -> None:
        """Leave the graph."""
        self._client.destroy()

    def _on_accepted(self, text: str, future: Future) -> None:
        handle = future.result()
        if not handle.accepted:
            self._log.warning(f'say was refused; unspoken: {text}')
            return
        with self._client.guard:
            ended = handle.get_result_async()
        ended.add_done_callback(partial(self._on_ended, text))

    def _on_ended(self, text: str, future: Future) -> None:
        result = future.result().result
        if not result.success and not result.spoken:
            self._log.warning(f'unspoken: {text}: {result.message}')
