# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""An action server's goals: their states, which of them a cancel request means, when they expire.

Numbers and rules are those of rcl_action (types.h, goal_state_machine.c, action_server.c).
"""

from __future__ import annotations

from dataclasses import dataclass
import enum

from embedded_ros.rcl.errors import InvalidGoalTransition
from embedded_ros.rcl.errors import RclRuleError

ANY_GOAL = bytes(16)
"""The goal id that stands for no goal in particular."""


class GoalState(enum.IntEnum):
    """State of a goal, with the numbers of action_msgs/msg/GoalStatus."""

    UNKNOWN = 0
    ACCEPTED = 1
    EXECUTING = 2
    CANCELING = 3
    SUCCEEDED = 4
    CANCELED = 5
    ABORTED = 6


class GoalEvent(enum.Enum):
    """What moves a goal from state to state."""

    EXECUTE = 0
    CANCEL_GOAL = 1
    SUCCEED = 2
    ABORT = 3
    CANCELED = 4


class CancelCode(enum.IntEnum):
    """Return codes of action_msgs/srv/CancelGoal."""

    NONE = 0
    REJECTED = 1
    UNKNOWN_GOAL_ID = 2
    GOAL_TERMINATED = 3


_NEXT_STATE = {
    (GoalState.ACCEPTED, GoalEvent.EXECUTE): GoalState.EXECUTING,
    (GoalState.ACCEPTED, GoalEvent.CANCEL_GOAL): GoalState.CANCELING,
    (GoalState.EXECUTING, GoalEvent.CANCEL_GOAL): GoalState.CANCELING,
    (GoalState.EXECUTING, GoalEvent.SUCCEED): GoalState.SUCCEEDED,
    (GoalState.EXECUTING, GoalEvent.ABORT): GoalState.ABORTED,
    (GoalState.CANCELING, GoalEvent.SUCCEED): GoalState.SUCCEEDED,
    (GoalState.CANCELING, GoalEvent.ABORT): GoalState.ABORTED,
    (GoalState.CANCELING, GoalEvent.CANCELED): GoalState.CANCELED,
}
_ACTIVE = (GoalState.ACCEPTED, GoalState.EXECUTING, GoalState.CANCELING)


@dataclass(eq=False)
class Goal:
    """One accepted goal."""

    uuid: bytes
    """Its id, 16 bytes."""

    stamp_ns: int
    """When it was accepted, by the server's clock."""

    state: GoalState = GoalState.ACCEPTED

    @property
    def is_active(self) -> bool:
        """Whether it has not ended yet."""
        return self.state in _ACTIVE

    @property
    def is_cancelable(self) -> bool:
        """Whether a cancel request can still reach it."""
        return (self.state, GoalEvent.CANCEL_GOAL) in _NEXT_STATE

    def update(self, event: GoalEvent) -> None:
        """Follow an event; InvalidGoalTransition where the state does not allow it."""
        try:
            self.state = _NEXT_STATE[self.state, event]
        except KeyError:
            raise InvalidGoalTransition(
                f'goal_handle attempted invalid transition from state {self.state.name} '
                f'with event {event.name}'
            ) from None


class GoalTable:
    """All goals that a server still knows, ended ones until their result expires."""

    def __init__(self, result_timeout_ns: int) -> None:
        self._result_timeout_ns = result_timeout_ns
        self._goals: list[Goal] = []

    def snapshot(self) -> list[Goal]:
        """Return the goals in order of acceptance."""
        return list(self._goals)

    def exists(self, uuid: bytes) -> bool:
        """Whether a goal of that id is known."""
        return any(goal.uuid == uuid for goal in self.snapshot())

    def accept(self, uuid: bytes, now_ns: int) -> Goal:
        """Add a goal; RclRuleError where the id is taken."""
        if self.exists(uuid):
            raise RclRuleError('goal ID already exists')
        goal = Goal(uuid, now_ns)
        self._goals.append(goal)
        return goal

    def select_for_cancel(self, uuid: bytes, stamp_ns: int) -> tuple[CancelCode, list[Goal]]:
        """Return the goals that a cancel request means, and the code to answer it with.

        With an id and no stamp: that goal. With neither: all. With a stamp: all accepted until
        then, and the one of the id.
        """
        if uuid != ANY_GOAL and stamp_ns == 0:
            return self._select_one(uuid)
        everything = uuid == ANY_GOAL and stamp_ns == 0
        return CancelCode.NONE, [
            goal
            for goal in self.snapshot()
            if goal.is_cancelable
            and (everything or goal.stamp_ns <= stamp_ns or goal.uuid == uuid)
        ]

    def _select_one(self, uuid: bytes) -> tuple[CancelCode, list[Goal]]:
        for goal in self.snapshot():
            if goal.uuid == uuid and goal.is_cancelable:
                return CancelCode.NONE, [goal]
            if goal.uuid == uuid:
                return CancelCode.GOAL_TERMINATED, []
        return CancelCode.UNKNOWN_GOAL_ID, []

    def expire(self, now_ns: int, at_most: int) -> list[Goal]:
        """Forget up to at_most ended goals whose result nobody may ask for any more."""
        expired = [
            goal
            for goal in self.snapshot()
            if not goal.is_active and now_ns - goal.stamp_ns > self._result_timeout_ns
        ][:at_most]
        for goal in expired:
            self._goals.remove(goal)
        return expired

    def ns_to_next_expiry(self, now_ns: int) -> int | None:
        """Return how long until the next ended goal expires; None while there is none."""
        ages_ns = [now_ns - goal.stamp_ns for goal in self.snapshot() if not goal.is_active]
        if not ages_ns:
            return None
        oldest_ns = max(0, *ages_ns)  # below 0: the clock jumped back
        return max(0, self._result_timeout_ns + 1 - oldest_ns)  # + 1: not at it, after it
