# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Hands of a robot that count what they are told."""

import time

from personaplex_ros.tools.steps import OutgoingCall


class Hands:
    """Hands that count; services and actions never answer."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.calls: list[OutgoingCall] = []
        self.sent_at_ns = 0
        self.cancelled_at_ns = 0

    def send(self, call: OutgoingCall) -> None:
        """Count a call."""
        self.sent_at_ns = time.perf_counter_ns()
        self.calls.append(call)

    def cancel(self, call_id: str) -> None:
        """Note the time of the last request."""
        self.cancelled_at_ns = time.perf_counter_ns()

    def say(self, text: str) -> None:
        """Do nothing."""

    def is_true(self, topic: str) -> bool:
        """Say that the robot is ready for everything."""
        return True
