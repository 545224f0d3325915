# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Calls that are a goal of an action: with feedback, and to be cancelled."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
import time
from typing import Any

from action_msgs.msg import GoalStatus
from rclpy.callback_groups import CallbackGroup
from rclpy.node import Node
from rclpy.task import Future

from personaplex_ros.nodes.intent.hand import Absence
from personaplex_ros.nodes.intent.hand import CallListener
from personaplex_ros.nodes.intent.hand import ending
from personaplex_ros.nodes.intent.locked_action_client import LockedActionClient
from personaplex_ros.nodes.intent.messages import fill_message
from personaplex_ros.nodes.intent.messages import told
from personaplex_ros.tools.steps import OutgoingCall

MAX_GOALS = 64
"""Beyond it the oldest is forgotten: a server that never answers has lost it."""

_BAD_ENDS = {
    GoalStatus.STATUS_ABORTED: 'aborted by its server',
    GoalStatus.STATUS_CANCELED: 'cancelled by somebody else',
}


@dataclass
class _Goal:
    handle: Any = None
    """None until the server has accepted it."""

    is_cancelled: bool = False
    told_at_s: float = float('-inf')


class ActionHand:
    """An action client. A goal that is cancelled before it is accepted is cancelled then."""

    def __init__(
        self,
        node: Node,
        name: str,
        kind: Any,
        group: CallbackGroup,
        listener: CallListener,
        feedback_period_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log = node.get_logger()
        self._name = name
        self._kind = kind
        self._listener = listener
        self._feedback_period_s = feedback_period_s
        self._clock = clock
        self._client = LockedActionClient(node, kind, name, callback_group=group)
        self._absence = Absence(self.is_ready)
        self._goals: OrderedDict[str, _Goal] = OrderedDict()

    def is_ready(self) -> bool:
        """Whether a server is there."""
        return self._client.server_is_ready()

    def send(self, call: OutgoingCall) -> None:
        """Send the goal. Raises ConnectionError, or what fill_message raises."""
        goal = fill_message(self._kind.Goal, call.message)
        if not self.is_ready():
            raise ConnectionError(f'no server offers action {call.name} [{call.type_name}]')
        with self._client.guard:
            sent = self._client.send_goal_async(goal, partial(self._on_feedback, call.call_id))
            self._goals[call.call_id] = _Goal()
            if len(self._goals) > MAX_GOALS:
                self._goals.popitem(last=False)
        sent.add_done_callback(partial(self._on_accepted, call.call_id))

    def cancel(self, call_id: str) -> None:
        """Ask the server to end it, now or as soon as it has accepted it."""
        with self._client.guard:
            goal = self._goals.get(call_id)
            if goal is not None and not goal.is_cancelled:
                goal.is_cancelled = True
                self._ask_to_end(call_id, goal)

    def look(self, now_s: float) -> None:
        """Tell goals whose server is gone that they failed; should it come back, they end."""
        if not self._goals or not self._absence.is_long(now_s):
            return
        for call_id in [i for i, goal in list(self._goals.items()) if not goal.is_cancelled]:
            self.cancel(call_id)
            self._listener.on_failed(call_id, f'the server of {self._name} is gone')

    def destroy(self) -> None:
        """Leave the graph."""
        self._client.destroy()

    # On an executor's threads

    def _on_accepted(self, call_id: str, future: Future) -> None:
        handle = future.result()
        with self._client.guard:
            goal = self._goals.get(call_id, _Goal(is_cancelled=True))
            if not handle.accepted:
                self._goals.pop(call_id, None)
                if not goal.is_cancelled:
                    self._listener.on_failed(call_id, f'refused by the server of {self._name}')
                return
            goal.handle = handle
            if goal.is_cancelled:
                self._ask_to_end(call_id, goal)
            result = handle.get_result_async()
        result.add_done_callback(partial(self._on_result, call_id))

    def _on_feedback(self, call_id: str, message: Any) -> None:
        goal = self._goals.get(call_id)
        now_s = self._clock()
        if goal is None or goal.is_cancelled or now_s - goal.told_at_s < self._feedback_period_s:
            return
        goal.told_at_s = now_s
        self._listener.on_feedback(call_id, told(message.feedback))

    def _on_result(self, call_id: str, future: Future) -> None:
        with self._client.guard:
            goal = self._goals.pop(call_id, None)
        if goal is None or goal.is_cancelled:
            return
        answer = future.result()
        text = told(answer.result)
        if answer.status in _BAD_ENDS:
            why = _BAD_ENDS[answer.status]
            self._listener.on_failed(call_id, f'{why}: {text}' if text else why)
        elif ending(answer.result):
            self._listener.on_succeeded(call_id, text)
        else:
            self._listener.on_failed(call_id, text or 'its server said no')

    def _ask_to_end(self, call_id: str, goal: _Goal) -> None:
        if goal.handle is not None:
            asked = goal.handle.cancel_goal_async()
            asked.add_done_callback(partial(self._on_cancel_answer, call_id))

    def _on_cancel_answer(self, call_id: str, future: Future) -> None:
        if not future.result().goals_canceling and call_id in self._goals:
            self._log.error(f'{self._name} does not let {call_id} be cancelled: IT MAY STILL RUN')
