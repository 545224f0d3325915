# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The face every backend shows: open a session, send frames, receive events."""

from collections.abc import AsyncIterator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from personaplex_ros.wire.events import Fault
from personaplex_ros.wire.events import FrameReport
from personaplex_ros.wire.events import SessionEvent
from personaplex_ros.wire.events import SessionStarted

UNKNOWN_TEXT_ID = -1
"""text_id of a frame where the backend does not tell ids: no SentencePiece id is negative."""


class BackendError(Exception):
    """The backend refused or is gone; code is the engine's, the text says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Role:
    """What a session is prompted with."""

    text_prompt: str
    voice: str


@dataclass(frozen=True)
class AgentFrame:
    """80 ms of the agent: its report, its text piece ('' for none) and its speech."""

    report: FrameReport
    piece: str
    pcm: np.ndarray
    """int16 [1920], 24 kHz mono."""


@dataclass(frozen=True)
class Unanswered:
    """Frames that were sent and will get no answer any more."""

    before: int
    """Number of the first input frame that may still get one."""


BackendEvent = AgentFrame | SessionEvent | Fault | Unanswered


class Backend(Protocol):
    """One session with an engine; made anew for every connection."""

    @property
    def name(self) -> str:
        """What it is connected to, without secrets."""

    @property
    def reached(self) -> bool:
        """Whether open() has got through to the engine, ready or not."""

    async def open(self, role: Role) -> SessionStarted:
        """Connect and prompt; raises BackendError."""

    async def voices(self) -> list[str]:
        """Return the voices the engine has; empty where it cannot tell."""

    async def send_frame(self, pcm: np.ndarray) -> None:
        """Send int16 [1920]; raises BackendError when the connection is gone."""

    async def interrupt(self, request: int) -> None:
        """Ask for silence; answered by Interrupted with this id."""

    async def set_role(self, request: int, role: Role, keep_memory: bool = False) -> None:
        """Ask for another persona; answered by PersonaChanged or Fault with this id.

        keep_memory: it remembers the last seconds of the conversation.
        """

    async def tell_context(self, request: int, facts: Sequence[str], rebuild: bool) -> None:
        """Let the persona know these facts, the oldest first, from its next rebuild on.

        They take the place of those told before. rebuild: at the next pause, where they are new.
        Answered by nothing, or by Fault with this id. Raises BackendError, also where the backend
        takes no facts.
        """

    async def say(self, request: int, text: str, interrupt_first: bool) -> None:
        """Ask for a text to be spoken; answered by SayWord and SayDone, or Fault, with this id.

        Raises BackendError, also where the backend cannot be told what to say.
        """

    async def cancel_say(self, request: int) -> None:
        """Stop the text of this request; its SayDone tells what was spoken."""

    async def hold_text(self, request: int, max_ms: int) -> None:
        """Let the agent begin no word of its own for so long; answered by TextReleased in the end.

        Raises BackendError, also where the backend cannot be asked for it.
        """

    async def release_text(self, request: int) -> None:
        """End the hold of this request."""

    def events(self) -> AsyncIterator[BackendEvent]:
        """Yield what arrives until the connection ends; raises BackendError when it broke."""

    async def close(self) -> None:
        """End the session; may be called at any time, more than once."""
