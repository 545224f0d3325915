# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The lifecycle node that all of ours are: a transition it cannot make is refused, not fatal."""

from functools import partial
from typing import Any

from lifecycle_msgs.srv import ChangeState
from rclpy.lifecycle import LifecycleNode


class ManagedNode(LifecycleNode):
    """Answers ~/change_state in every state.

    rclpy (humble to jazzy) raises out of that service, and so ends the process, when somebody asks
    for a transition that the present state has not: a second manager is enough.
    """

    def __init__(self, node_name: str, **kwargs) -> None:
        super().__init__(node_name, **kwargs)
        service = self._service_change_state  # rclpy has no public way to it
        service.callback = partial(self._on_change_state, service.callback)

    def _on_change_state(
        self, change: Any, request: ChangeState.Request, response: ChangeState.Response
    ) -> ChangeState.Response:
        try:
            return change(request, response)
        except RuntimeError as error:  # RCLError; what the node's own transitions raise is caught
            asked = request.transition.label or request.transition.id
            self.get_logger().warning(f'transition {asked} is refused: {error}')
            response.success = False
            return response
