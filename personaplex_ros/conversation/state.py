# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The state of a conversation, as one value."""

from dataclasses import dataclass
from enum import IntEnum


class State(IntEnum):
    """Numbers of personaplex_ros/msg/ConversationState."""

    IDLE = 0
    CONNECTING = 1
    WARMING = 2
    LIVE = 3
    DEGRADED = 4
    DOWN = 5


@dataclass(frozen=True)
class Status:
    """State and why; equal statuses are not published twice."""

    state: State = State.IDLE
    backend: str = ''
    model: str = ''
    persona: str = ''
    voice: str = ''
    detail: str = ''
