# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The lifecycle node that all of ours are: one way to leave, and no transition that is fatal."""

from collections.abc import Callable
from functools import partial
from functools import wraps
from typing import Any

from lifecycle_msgs.srv import ChangeState
from rclpy.lifecycle import LifecycleNode
from rclpy.lifecycle import State as LifecycleState
from rclpy.lifecycle import TransitionCallbackReturn

Transition = Callable[['ManagedNode', LifecycleState], TransitionCallbackReturn]

_TRANSITIONS = ('on_configure', 'on_activate', 'on_deactivate')


class ManagedNode(LifecycleNode):
    """Leaves by one door, whatever the reason, and answers ~/change_state in every state.

    rclpy (humble to jazzy) raises out of that service, and so ends the process, when somebody asks
    for a transition that the present state has not: a second manager is enough.
    """

    def __init_subclass__(cls, **kwargs) -> None:
        """Let its transitions tell what they raise: rclpy takes it for an ERROR, in silence."""
        super().__init_subclass__(**kwargs)
        for name in _TRANSITIONS:
            if name in vars(cls):
                setattr(cls, name, _telling(vars(cls)[name]))

    def __init__(self, node_name: str, **kwargs) -> None:
        super().__init__(node_name, **kwargs)
        service = self._service_change_state  # rclpy has no public way to it
        service.callback = partial(self._on_change_state, service.callback)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Leave; the node can be configured anew."""
        self._leave()
        return super().on_cleanup(state)

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Leave for good."""
        self._leave()
        return super().on_shutdown(state)

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Leave; the node can be configured anew."""
        self._leave()
        return TransitionCallbackReturn.SUCCESS

    def leave(self) -> None:
        """End the work from outside, whatever still waits for it; the node is about to go."""
        self._leave()

    def destroy_node(self) -> None:
        """Leave the work, then the graph."""
        self._leave()
        super().destroy_node()

    def _leave(self) -> None:
        """Undo configure and activate; may be called in any state, more than once."""
        raise NotImplementedError

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


def _telling(transition: Transition) -> Transition:
    @wraps(transition)
    def tell(node: ManagedNode, state: LifecycleState) -> TransitionCallbackReturn:
        try:
            return transition(node, state)
        except Exception as error:
            what = transition.__name__.removeprefix('on_')
            node.get_logger().error(f'{what} failed: {type(error).__name__}: {error}')
            raise

    return tell
