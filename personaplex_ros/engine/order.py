# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the event loop asks of the model's thread: hold one conversation."""

from collections.abc import Callable
from dataclasses import dataclass

from personaplex_ros.engine.inbox import Inbox
from personaplex_ros.engine.outbox import Outgoing
from personaplex_ros.engine.query import ChatQuery


@dataclass(frozen=True)
class Order:
    """One caller's conversation; the callables may be called from any thread."""

    query: ChatQuery
    inbox: Inbox
    emit: Callable[[Outgoing], None]
    """Takes what the caller shall receive."""

    finished: Callable[[], None]
    """Called once, when the model is free again."""
