# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The say action: the agent speaks a given text in its own voice."""

import concurrent.futures
import threading
from typing import Any

from rclpy.action import ActionServer
from rclpy.action import CancelResponse
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node

from personaplex_ros.action import Say
from personaplex_ros.conversation.runner import ConversationRunner
from personaplex_ros.conversation.says import SayRequest
from personaplex_ros.conversation.says import Spoken
from personaplex_ros.wire.limits import check_say_text
from personaplex_ros.wire.limits import LimitError
from personaplex_ros.wire.limits import MAX_SAYS

LOOK_S = 0.05
"""How often a goal looks whether it is cancelled: only then may it end as cancelled."""

LAST_GOALS_S = 1.0
"""How long goals have to end before the action leaves the graph under them."""


class SayServer:
    """Goals are spoken one after the other; each holds an executor's thread until it ends.

    A goal is aborted at once while the node is not active, for a text that cannot be said, and
    beyond MAX_SAYS of them: one that is not accepted has no result to tell why. It succeeds when
    all of it was spoken; an interrupt, a user who begins to speak, another persona and a lost
    engine abort it. The result tells what was spoken, and what kept the rest from it.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._runner: ConversationRunner | None = None
        self._ended = threading.Condition()
        self._goals = 0
        self._server = ActionServer(
            node,
            Say,
            'say',
            execute_callback=self._execute,
            cancel_callback=lambda goal: CancelResponse.ACCEPT,
            callback_group=ReentrantCallbackGroup(),
        )

    def open(self, runner: ConversationRunner) -> None:
        """Speak in this conversation."""
        self._runner = runner

    def close(self) -> None:
        """Abort goals that come; those that run are ended by the conversation."""
        self._runner = None

    def destroy(self) -> None:
        """Leave the graph, after close() and once the goals have ended with the conversation."""
        with self._ended:
            self._ended.wait_for(lambda: self._goals == 0, LAST_GOALS_S)
        self._server.destroy()

    def _why_refused(self, text: str) -> str:
        """Return why this goal is not taken; '' counts it."""
        if self._runner is None:
            return 'the node is not active: configure and activate it first'
        try:
            check_say_text(text)
        except LimitError as error:
            return str(error)
        with self._ended:
            if self._goals >= MAX_SAYS:
                return f'{MAX_SAYS} texts wait to be spoken already; say it later'
            self._goals += 1
        return ''

    def _execute(self, goal: Any) -> Say.Result:
        why = self._why_refused(goal.request.text)
        if why:
            self._node.get_logger().warning(f'say is refused: {why}')
            goal.abort()
            return Say.Result(message=why)
        try:
            spoken = self._speak(goal)
            if spoken.reason == 'finished':
                goal.succeed()
            elif goal.is_cancel_requested:
                goal.canceled()
            else:
                goal.abort()
        finally:
            with self._ended:
                self._goals -= 1
                self._ended.notify_all()
        finished = spoken.reason == 'finished'
        return Say.Result(success=finished, spoken=spoken.text, message=spoken.message)

    def _speak(self, goal: Any) -> Spoken:
        runner = self._runner
        if runner is None:
            return Spoken('', 'inactive', 'the node was deactivated')

        def on_word(word: str) -> None:
            if self._node.context.ok():
                goal.publish_feedback(Say.Feedback(word=word))

        text = check_say_text(goal.request.text)
        request = SayRequest(text, goal.request.interrupt_first, on_word)
        end = runner.say(request)
        cancelled = False
        while not concurrent.futures.wait((end,), LOOK_S).done:
            if not self._is_spun():
                return Spoken('', 'stopped', 'the node ends')
            if goal.is_cancel_requested and not cancelled:
                runner.cancel_say(request)
                cancelled = True
        if end.cancelled():
            return Spoken('', 'stopped', 'the conversation is being closed')
        return end.result()

    def _is_spun(self) -> bool:
        """Whether the node is still on its executor, which waits for this goal when it ends."""
        executor = self._node.executor
        return executor is not None and self._node in executor.get_nodes()
