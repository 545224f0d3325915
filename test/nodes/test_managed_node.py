# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A transition that breaks tells why: rclpy itself says nothing."""

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
import pytest

from personaplex_ros.nodes.managed_node import ManagedNode

pytestmark = pytest.mark.graph


class Breaking(ManagedNode):
    """Cannot be configured."""

    def __init__(self, **kwargs) -> None:
        super().__init__('breaking', **kwargs)
        self.left = 0

    def on_configure(self, state):
        """Break."""
        raise LookupError('the file has gone')

    def _leave(self) -> None:
        self.left += 1


def test_a_transition_that_raises_is_in_the_log_and_fails_alone(graph):
    log = graph.log()
    node = graph.add(Breaking(namespace=graph.namespace, context=graph.context))
    answer = graph.ask(
        ChangeState,
        f'{graph.namespace}/breaking/change_state',
        transition=Transition(id=Transition.TRANSITION_CONFIGURE),
    )
    assert not answer.success
    assert node.left == 1, 'and nothing is left open'
    log.wait(lambda line: line.msg == 'configure failed: LookupError: the file has gone', 'it')
