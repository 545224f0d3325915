# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""When a simulated visitor begins to speak: once somebody listens, as with a real one."""

import time

from rclpy.node import Node
from rclpy.subscription import Subscription

from personaplex_ros.conversation.state import State
from personaplex_ros.msg import ConversationState
from personaplex_ros.nodes import qos

ALONE_S = 10.0
"""Without a conversation in the graph for so long, the visitor speaks anyway."""


class VisitorCue:
    """Follows the conversation's state between open() and close()."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._subscription: Subscription | None = None
        self._alone_since_s = 0.0
        self.given = True
        """Whether the visitor may speak."""

    def open(self) -> None:
        """Wait for a conversation that is live."""
        self.given = False
        self._alone_since_s = time.monotonic()
        self._subscription = self._node.create_subscription(
            ConversationState, 'state', self._on_state, qos.latched()
        )

    def close(self) -> None:
        """Wait no more."""
        subscription, self._subscription = self._subscription, None
        if subscription is not None:
            self._node.destroy_subscription(subscription)
        self.given = True

    def look(self) -> None:
        """See whether there is a conversation at all; to be called about every second."""
        if self.given or self._subscription is None:
            return
        now_s = time.monotonic()
        if self._node.count_publishers(self._subscription.topic_name):
            self._alone_since_s = now_s
        elif now_s - self._alone_since_s > ALONE_S:
            self._node.get_logger().warning(
                f'nobody publishes {self._subscription.topic_name} for {ALONE_S:g} s: the visitor '
                'speaks without a conversation (wait_for_live:=false does so at once)'
            )
            self.given = True

    def _on_state(self, state: ConversationState) -> None:
        self.given = self.given or state.state == State.LIVE
