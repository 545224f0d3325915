# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Steps in the life of a call, and what is handed out when one leaves."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any
from typing import Protocol


class Stage(IntEnum):
    """As in msg/ToolEvent.msg."""

    PROPOSED = 0
    CONFIRMING = 1
    ACCEPTED = 2
    SENT = 3
    FEEDBACK = 4
    SUCCEEDED = 5
    FAILED = 6
    REFUSED = 7
    CANCELLED = 8


@dataclass(frozen=True)
class Step:
    """One step, ready for the ToolEvent message and the audit log."""

    stage: Stage
    tool: str
    call_id: str
    arguments: Mapping[str, Any]
    source: str
    """Whose words led to the call: agent, user or background."""

    reason: str
    at_s: float
    """Of the injected clock."""


@dataclass(frozen=True)
class OutgoingCall:
    """A call that may leave: everything a client needs."""

    call_id: str
    tool: str
    kind: str
    """topic, service or action."""

    name: str
    type_name: str
    message: Mapping[str, Any]
    """Fields of the message, request or goal."""

    timeout_s: float


class Hands(Protocol):
    """What the gate does to the world. No method waits, and none calls back into the gate."""

    def send(self, call: OutgoingCall) -> None:
        """Publish, request or send the goal; raise with the reason where that cannot be begun."""

    def cancel(self, call_id: str) -> None:
        """Ask for the end of a call; a call without a server any more is not an error."""

    def say(self, text: str) -> bool | None:
        """Let the robot speak; true where somebody takes the text, who tells when it begins."""

    def is_true(self, topic: str) -> bool | None:
        """Return the last value of a std_msgs/Bool topic; None if there is none to trust."""
