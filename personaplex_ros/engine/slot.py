# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Who has the model: one caller at a time, the next one when the last is really gone."""

import asyncio

from personaplex_ros.engine.chat import Chat
from personaplex_ros.engine.query import Refusal

HANDOVER_S = 5.0
"""A caller that reconnects waits this long for the end of its own last frame or prompt."""


class SessionSlot:
    """The one session there is."""

    def __init__(self) -> None:
        self.holder: Chat | None = None
        self._freed = asyncio.Event()

    async def take(self, chat: Chat) -> None:
        """Take the model for this caller. Raises Refusal at once when another one talks."""
        deadline = asyncio.get_running_loop().time() + HANDOVER_S
        while self.holder is not None:
            left_s = deadline - asyncio.get_running_loop().time()
            if not self.holder.leaving or left_s <= 0:
                raise Refusal('busy', 'the engine talks with another caller; try again later')
            try:
                await asyncio.wait_for(self._freed.wait(), left_s)
            except asyncio.TimeoutError:
                pass
        self.holder = chat
        self._freed.clear()

    def give_back(self) -> None:
        """Let the next caller in."""
        self.holder = None
        self._freed.set()
