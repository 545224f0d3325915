# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The robot's own words about a call: through the say action, or a line in the log."""

from collections.abc import Callable
from functools import partial
from typing import Any

from rclpy.callback_groups import CallbackGroup
from rclpy.node import Node
from rclpy.task import Future

from personaplex_ros.action import Say
from personaplex_ros.nodes.intent.locked_action_client import LockedActionClient


def _ignore(text: str) -> None:
    pass


class Speaker:
    """Gives texts to whoever offers `say`; what is not spoken stands in the log."""

    def __init__(
        self, node: Node, group: CallbackGroup, on_speaking: Callable[[str], None] = _ignore
    ) -> None:
        """on_speaking: told once of each text that was taken: it begins, or nobody speaks it."""
        self._log = node.get_logger()
        self._on_speaking = on_speaking
        self._client = LockedActionClient(node, Say, 'say', callback_group=group)

    def say(self, text: str) -> bool:
        """Let it be spoken; returns whether somebody takes it. Never waits."""
        if not self._client.server_is_ready():
            self._log.info(f'nobody offers the action say; unspoken: {text}')
            return False
        tell = self._once(text)
        with self._client.guard:
            sent = self._client.send_goal_async(Say.Goal(text=text), feedback_callback=tell)
        sent.add_done_callback(partial(self._on_accepted, text, tell))
        return True

    def destroy(self) -> None:
        """Leave the graph."""
        self._client.destroy()

    def _once(self, text: str) -> Callable[[Any], None]:
        """Return what tells of the text when it is first called: with a word of it, or its end."""
        untold = [text]

        def tell(_: Any) -> None:
            try:
                self._on_speaking(untold.pop())
            except IndexError:  # a word and the end may come on two threads
                return

        return tell

    def _on_accepted(self, text: str, tell: Callable[[Any], None], future: Future) -> None:
        handle = future.result()
        if not handle.accepted:
            self._log.warning(f'say was refused; unspoken: {text}')
            tell(future)
            return
        with self._client.guard:
            ended = handle.get_result_async()
        ended.add_done_callback(tell)
        ended.add_done_callback(partial(self._on_ended, text))

    def _on_ended(self, text: str, future: Future) -> None:
        result = future.result().result
        if not result.success and not result.spoken:
            self._log.warning(f'unspoken: {text}: {result.message}')
