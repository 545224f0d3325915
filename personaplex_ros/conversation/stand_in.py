# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Silence in a microphone's place: the engine goes on only while it hears something."""

import asyncio
import contextlib
import time

from personaplex_ros.audio.format import FRAME_MS
from personaplex_ros.backends.base import BackendError
from personaplex_ros.conversation.exchange import Exchange
from personaplex_ros.conversation.link import Link
from personaplex_ros.wire.limits import MAX_HOLD_TEXT_MS

MISSING_AFTER_S = 0.2
"""A microphone gives a frame every 80 ms; after this long it is taken for switched off."""

FRAME_S = FRAME_MS / 1000

RENEW_S = MAX_HOLD_TEXT_MS / 2000
"""A long text may outlast what the engine holds words for."""


class StandIn:
    """When silence has to stand in for the microphone; asked once for every frame."""

    def __init__(self, tail_frames: int) -> None:
        """tail_frames: after a text its utterance still has to end, and is_speaking to fall."""
        self._tail_frames = tail_frames
        self.tail_left = 0

    def is_needed(self, is_saying: bool, quiet_s: float) -> bool:
        """Return it for this moment. quiet_s: since the microphone gave something."""
        if quiet_s < MISSING_AFTER_S:
            self.tail_left = 0
        elif is_saying:
            self.tail_left = self._tail_frames
        return self.tail_left > 0

    def fed(self) -> None:
        """Count a frame of silence that went to the engine."""
        self.tail_left -= 1


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
                await self._link.hold_words(MAX_HOLD_TEXT_MS)

    async def end(self) -> None:
        """Let it speak, if it was held here."""
        if self._renew_s is not None:
            self._renew_s = None
            with contextlib.suppress(BackendError):
                await self._link.release_words()


async def keep(link: Link, exchange: Exchange, tail_frames: int) -> None:
    """Feed silence to the engine whenever it has to say something and hears nothing; for ever."""
    while True:
        await link.says.begun()
        await _feed(link, exchange, StandIn(tail_frames))


async def _feed(link: Link, exchange: Exchange, stand_in: StandIn) -> None:
    """Feed at the rate of a microphone; what a busy machine was late with is not made up for."""
    hold = _WordsHold(link)
    next_s = time.monotonic()
    while link.says.is_open or stand_in.tail_left:
        now_s = time.monotonic()
        if stand_in.is_needed(link.says.is_open, now_s - exchange.heard_s):
            await hold.take(now_s)
            if exchange.fill_in(link):
                stand_in.fed()
        else:
            await hold.end()
        next_s = FRAME_S + (next_s if now_s - next_s < FRAME_S else now_s)
        await asyncio.sleep(next_s - now_s)
    await hold.end()
