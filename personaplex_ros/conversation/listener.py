# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Who hears of a conversation."""

from typing import Protocol

from personaplex_ros.backends.base import AgentFrame
from personaplex_ros.conversation.passage import Passage
from personaplex_ros.conversation.state import Status


class Listener(Protocol):
    """Called on the thread of the conversation's loop, must not block."""

    def on_status(self, status: Status) -> None:
        """The state or its reason may have changed."""

    def on_frame(self, frame: AgentFrame, epoch: int, silenced: bool, passage: Passage) -> None:
        """The agent answered one frame; silenced: an interrupt takes its sound and words away."""

    def on_cut(self, epoch: int, interrupted: bool) -> None:
        """What was queued of older epochs must not be played any more.

        interrupted: somebody asked for silence, and what the robot does may end with it; else the
        engine was lost, the persona changed or the audio path closed.
        """

    def on_voices(self, voices: list[str]) -> None:
        """The engine told which voices it has."""

    def on_fault(self, code: str, message: str) -> None:
        """Something went wrong that the state alone does not tell."""
