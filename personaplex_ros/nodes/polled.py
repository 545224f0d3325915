# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Messages that are taken when they are needed, and not as soon as the executor has seen them."""

from collections.abc import Iterator
from typing import Any

from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.exceptions import InvalidHandle
from rclpy.subscription import Subscription

MAX_TAKEN = 50
"""More than waits anywhere (qos.py): a sender that never pauses must not hold its reader."""


class Polled(ReentrantCallbackGroup):
    """The executor leaves subscriptions of this group alone; what happens to them, it still tells.

    rclpy's executors build a wait set of the whole node twice for every message, which costs more
    than all that is done with 20 ms of sound.
    """

    def can_execute(self, entity: Any) -> bool:
        """Return whether the executor may look after an entity."""
        return not isinstance(entity, Subscription)


def waiting(subscription: Subscription) -> Iterator[Any]:
    """Take the messages that have come, oldest first; for one thread. Never waits."""
    for _ in range(MAX_TAKEN):
        try:
            with subscription.handle:
                taken = subscription.handle.take_message(subscription.msg_type, subscription.raw)
        except InvalidHandle:  # the node is going
            return
        if taken is None:
            return
        yield taken[0]
