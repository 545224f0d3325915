# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the hands of the node have in common."""

from collections.abc import Callable
from typing import Any
from typing import Protocol

from personaplex_ros.tools.steps import OutgoingCall

GONE_AFTER_S = 0.5
"""A server that is away for so long has gone; the graph may lose sight of it for a moment."""


class CallListener(Protocol):
    """Who hears how calls go on; from any thread, and it never waits."""

    def on_feedback(self, call_id: str, text: str) -> None:
        """It goes on."""

    def on_succeeded(self, call_id: str, text: str) -> None:
        """It has ended well."""

    def on_failed(self, call_id: str, reason: str) -> None:
        """It has ended badly."""

    def on_speaking(self, text: str) -> None:
        """A text that was taken to be spoken begins, or nobody will speak it."""


class Hand(Protocol):
    """One topic, service or action that calls go to."""

    def is_ready(self) -> bool:
        """Whether there is somebody at the other end."""

    def send(self, call: OutgoingCall) -> None:
        """Let a call leave. Raises ConnectionError, or what fill_message raises."""

    def cancel(self, call_id: str) -> None:
        """Ask for its end; nothing more is told of it."""

    def look(self, now_s: float) -> None:
        """Tell the calls whose server has gone that they failed."""

    def destroy(self) -> None:
        """Leave the graph."""


class Absence:
    """How long a server has been away."""

    def __init__(self, is_ready: Callable[[], bool]) -> None:
        self._is_ready = is_ready
        self._since_s: float | None = None

    def is_long(self, now_s: float) -> bool:
        """Look; whether it is away for GONE_AFTER_S."""
        if self._is_ready():
            self._since_s = None
            return False
        if self._since_s is None:
            self._since_s = now_s
        return now_s - self._since_s >= GONE_AFTER_S


def ending(response: Any) -> bool:
    """Return whether a response or result is a good one: most say so in `success`."""
    return getattr(response, 'success', True) is not False
