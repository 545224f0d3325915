# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Who the agent is, in which state and which epoch: told to the listener with every change."""

from dataclasses import replace

from personaplex_ros.conversation.listener import Listener
from personaplex_ros.conversation.personas import Persona
from personaplex_ros.conversation.state import State
from personaplex_ros.conversation.state import Status


class Standing:
    """What outlives every connection. Used on the conversation's loop alone."""

    def __init__(self, listener: Listener, persona: Persona, epoch: int) -> None:
        self.listener = listener
        self.persona = persona
        self.proven: Persona | None = None
        """The last persona that an engine took; None before the first."""
        self.epoch = epoch
        self.status = Status()
        self._active = False

    def show(self, active: bool) -> None:
        """Tell the state as it is, or IDLE as long as the audio path is closed."""
        self._active = active
        self._tell()

    def report(self, state: State, detail: str, **engine: str) -> None:
        """Note the state and why. engine: Status's backend and model, where they changed."""
        self.status = replace(
            self.status,
            state=state,
            persona=self.persona.name,
            voice=self.persona.role.voice,
            detail=detail,
            **engine,
        )
        self._tell()

    def cut(self, interrupted: bool) -> None:
        """Begin a new epoch: what is queued of older ones is void. interrupted: see on_cut."""
        self.epoch += 1
        self.listener.on_cut(self.epoch, interrupted)

    def _tell(self) -> None:
        shown = self.status if self._active else replace(self.status, state=State.IDLE)
        self.listener.on_status(shown)
