# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Silence in a microphone's place: the engine goes on only while it hears something.

A robot may have no microphone, or gate it (push-to-talk, voice activation, closed while
`is_speaking` is true): what was asked is answered, and what was begun is spoken to its end.
"""

import asyncio
import contextlib
import time

from personaplex_ros.audio.format import FRAME_S
from personaplex_ros.backends.base import BackendError
from personaplex_ros.conversation.exchange import Exchange
from personaplex_ros.conversation.link import Link
from personaplex_ros.wire.limits import MAX_HOLD_TEXT_MS

RENEW_S = MAX_HOLD_TEXT_MS / 2000
"""A long text may outlast what the engine holds words for."""


class _WordsHold:
    """Keeps the agent from words of its own: nobody is there, and its voice ends with the silence.

    A text that is added ends a hold in the engine, and so does its limit.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._text = 0
        self._renew_s: float | None = None

    async def take(self, now_s: float) -> None:
        """Hold them, if they are not held already."""
        text = self._link.says.latest or self._text
        if self._renew_s is None or text != self._text or now_s >= self._renew_s:
            self._text, self._renew_s = text, now_s + RENEW_S
            with contextlib.suppress(BackendError):  # an engine that is lost is told elsewhere
                await self._link.hold_words('stand_in', MAX_HOLD_TEXT_MS)

    async def end(self) -> None:
        """Let it speak, if it was held here."""
        if self._renew_s is not None:
            self._renew_s = None
            with contextlib.suppress(BackendError):
                await self._link.release_words('stand_in')


async def keep(link: Link, exchange: Exchange) -> None:
    """Feed silence to the engine while nothing is heard and something is said or due; for ever.

    At the rate of a microphone; what a busy machine was late with is not made up for.
    """
    hold = _WordsHold(link)
    next_s = time.monotonic()
    while True:
        now_s = time.monotonic()
        is_missing = exchange.lacks_microphone(now_s)
        if is_missing and link.says.is_open:
            await hold.take(now_s)
            await exchange.fill_in(link)
        elif is_missing and exchange.is_under_way(now_s):
            await exchange.fill_in(link)
        else:
            await hold.end()
        next_s = FRAME_S + (next_s if now_s - next_s < FRAME_S else now_s)
        await asyncio.sleep(next_s - now_s)
