# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""When the slow mind thinks: one thought at a time, the newest wins, and trouble makes it wait."""

import asyncio
from collections.abc import Awaitable
from collections.abc import Callable
from dataclasses import dataclass
import time

from personaplex_ros.tools.mind.chat import Answer


@dataclass(frozen=True)
class ThinkingSettings:
    """Times in seconds."""

    pause_s: float = 0.6
    """More words within this belong to the same thought."""

    period_s: float = 2.0
    """From the begin of one request to the next, at least."""

    timeout_s: float = 15.0
    """From the words to the answer; later ones count no more, and nor do their calls."""

    backoff_min_s: float = 1.0
    backoff_max_s: float = 60.0


class Trouble(Exception):
    """The endpoint cannot be asked, or its answer is none; the text says why."""


class Thinker:
    """Asks about what was said. Every method is called on one asyncio loop."""

    def __init__(
        self,
        settings: ThinkingSettings,
        ask: Callable[[], Awaitable[Answer]],
        on_answer: Callable[[Answer], None],
        on_trouble: Callable[[str], None],
        on_busy: Callable[[bool], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """ask: sends one request about all that was said so far; raises Trouble.

        on_busy: called when a request about a user's words begins, and when it has ended.
        """
        self._settings = settings
        self._ask = ask
        self._on_answer = on_answer
        self._on_trouble = on_trouble
        self._on_busy = on_busy
        self._clock = clock
        self._task: asyncio.Task[None] | None = None
        self._asking = asyncio.Lock()  # one hangs up before the next begins
        self._not_before_s = float('-inf')
        self._failures = 0

    @property
    def failures(self) -> int:
        """Requests that failed since the last good one."""
        return self._failures

    def words_came(self, by_user: bool) -> None:
        """Think about what is known now.

        A user's words overtake the thought under way, whose answer never comes; other words are
        no reason to begin anew.
        """
        if self._task is not None and not self._task.done():
            if not by_user:
                return
            self._task.cancel()
        self._task = asyncio.get_running_loop().create_task(self._think(by_user))

    async def stop(self) -> None:
        """End the thought under way."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait((self._task,))

    async def _think(self, by_user: bool) -> None:
        end_s = self._clock() + self._settings.timeout_s
        await asyncio.sleep(self._settings.pause_s)
        wait_s = max(0.0, self._not_before_s - self._clock())
        if self._clock() + wait_s >= end_s:
            return  # by then nobody would remember what was asked
        await asyncio.sleep(wait_s)
        async with self._asking:
            self._not_before_s = self._clock() + self._settings.period_s
            if by_user:
                self._on_busy(True)
            try:
                await self._request(end_s)
            finally:
                if by_user:
                    self._on_busy(False)

    async def _request(self, end_s: float) -> None:
        try:
            answer = await asyncio.wait_for(self._ask(), end_s - self._clock())
        except Trouble as trouble:
            self._failed(str(trouble))
        except asyncio.TimeoutError:  # before Python 3.11 not the builtin one
            self._failed(f'no answer within {self._settings.timeout_s:g} s of the words')
        else:
            self._failures = 0
            self._on_answer(answer)

    def _failed(self, why: str) -> None:
        settings = self._settings
        wait_s = min(settings.backoff_max_s, settings.backoff_min_s * 2 ** min(self._failures, 30))
        self._failures += 1
        self._not_before_s = max(self._not_before_s, self._clock() + wait_s)
        self._on_trouble(why)
