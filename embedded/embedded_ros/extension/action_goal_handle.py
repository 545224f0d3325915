# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""rclpy's ActionGoalHandle: one goal that a server accepted."""

from __future__ import annotations

from embedded_ros.extension.action_server import ActionServer
from embedded_ros.extension.destroyable import Destroyable
from embedded_ros.extension.exceptions import RCLError
from embedded_ros.rcl.action_goal import GoalEvent
from embedded_ros.rcl.errors import InvalidGoalTransition


class ActionGoalHandle(Destroyable):
    """A goal, accepted by creating this. goal_info: action_msgs/msg/GoalInfo, for its id.

    Raises RCLError where the server already has a goal of that id.
    """

    def __init__(self, action_server: ActionServer, goal_info: object) -> None:
        self._goal = action_server.accept_goal(goal_info)
        super().__init__()
        self.pointer = id(self)

    def get_status(self) -> int:
        """Return the state, as action_msgs/msg/GoalStatus numbers it."""
        return int(self._goal.state)

    def is_active(self) -> bool:
        """Return whether the goal has not ended yet."""
        return self._goal.is_active

    def update_goal_state(self, event: GoalEvent) -> None:
        """Follow an event. Raises RCLError where the state does not allow it."""
        try:
            self._goal.update(event)
        except InvalidGoalTransition as error:
            raise RCLError(f'Failed to update goal state: {error}') from None
