# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Who talks with the model: as many callers as it has sessions, and not one more."""

import asyncio
import contextlib

from personaplex_ros.engine.chat import Chat
from personaplex_ros.engine.query import Refusal

HANDOVER_S = 5.0
"""A caller that reconnects waits this long for the end of its own last frame or prompt."""


class SessionSlots:
    """Counts callers in and out. Used on the event loop alone."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.holders: list[Chat] = []
        self._freed = asyncio.Condition()
        self._closed = False

    async def close(self) -> None:
        """Let nobody in any more, those who wait included."""
        self._closed = True
        async with self._freed:
            self._freed.notify_all()

    async def take(self, chat: Chat) -> None:
        """Let this caller in; raises Refusal at once where all places are taken for good."""
        deadline = asyncio.get_running_loop().time() + HANDOVER_S
        async with self._freed:  # from the look to the wait: no word of a free place is missed
            while self._closed or len(self.holders) >= self.most:
                if self._closed:
                    raise Refusal('busy', 'the engine is shutting down; try again later')
                left_s = deadline - asyncio.get_running_loop().time()
                if left_s <= 0 or not any(holder.leaving for holder in self.holders):
                    raise Refusal('busy', self._busy())
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self._freed.wait(), left_s)
            self.holders.append(chat)

    async def give_back(self, chat: Chat) -> None:
        """Let the next caller in; who else waits looks whether there is still something to."""
        self.holders.remove(chat)
        async with self._freed:
            self._freed.notify_all()

    def _busy(self) -> str:
        if self.most == 1:
            return 'the engine talks with another caller; try again later'
        return f'the engine talks with {self.most} callers, as many as it may; try again later'
