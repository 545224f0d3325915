# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""rclpy's GuardCondition handle: a way to wake a wait set by hand."""

from embedded_ros.extension.context import Context
from embedded_ros.extension.destroyable import Destroyable
from embedded_ros.graph.waking import Trigger


class GuardCondition(Destroyable):
    """A guard condition. Raises RCLError where the context is shut down."""

    def __init__(self, context: Context) -> None:
        context.check_valid('failed to create guard_condition')
        self.end = Trigger()
        super().__init__()
        self.pointer = id(self.end)

    def trigger_guard_condition(self) -> None:
        """Wake the wait set that holds it, now or at its next wait."""
        self.end.set()
