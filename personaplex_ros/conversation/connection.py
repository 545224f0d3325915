# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Keeps an engine connected: opens, holds, loses and opens again."""

import asyncio
from collections.abc import Callable
from collections.abc import Coroutine
import random
import time
from typing import Any

from personaplex_ros.backends.base import Backend
from personaplex_ros.backends.base import BackendError
from personaplex_ros.conversation import stall
from personaplex_ros.conversation import stand_in
from personaplex_ros.conversation.briefing import Briefing
from personaplex_ros.conversation.engine_news import EngineNews
from personaplex_ros.conversation.exchange import Exchange
from personaplex_ros.conversation.link import Link
from personaplex_ros.conversation.personas import Persona
from personaplex_ros.conversation.settings import ConversationSettings
from personaplex_ros.conversation.standing import Standing
from personaplex_ros.conversation.state import State
from personaplex_ros.wire.events import SessionStarted

PERSONA_FAULTS = ('unknown_voice', 'prompt_too_long', 'bad_query')
"""Refusals that another persona would not get."""

EXPECTED_FAULTS = ('unreachable', 'busy', 'timeout', 'warming')
"""An engine that is not there yet: the state says so, no error is counted."""

WARMING_AFTER_S = 0.3
"""A busy engine refuses sooner, so that the state does not flicker at every attempt."""


class Connection:
    """One engine after the other. Used on the conversation's loop alone."""

    def __init__(
        self,
        connect: Callable[[], Backend],
        settings: ConversationSettings,
        standing: Standing,
        exchange: Exchange,
        briefing: Briefing,
    ) -> None:
        """connect: makes a new, unopened backend."""
        self._connect = connect
        self._settings = settings
        self._standing = standing
        self._exchange = exchange
        self._briefing = briefing
        self._news = EngineNews(standing, exchange, briefing)
        self._lost_at_s = time.monotonic()
        self._linked_at_s = 0.0
        self.link: Link | None = None
        """The engine that is there and prompted; None while there is none."""

    async def keep(self) -> None:
        """Connect, stay, connect again; until cancelled."""
        self._standing.report(State.CONNECTING, 'connecting to the engine')
        wait_s = self._settings.backoff_min_s
        while True:
            backend = self._connect()
            try:
                await self._hold(backend)
            except Exception as error:
                # whatever broke, a robot that tries again is better than one that is mute for good
                if self._has_worked():
                    wait_s = self._settings.backoff_min_s
                self._lost(backend, _as_backend_error(error))
            finally:
                await backend.close()
            wait_s = min(wait_s, self._settings.backoff_max_s)
            await asyncio.sleep(wait_s * random.uniform(0.9, 1.1))
            wait_s *= 2

    async def _hold(self, backend: Backend) -> None:
        """Keep one connection from open to its end."""
        standing = self._standing
        if standing.status.state is State.CONNECTING:
            standing.report(State.CONNECTING, f'connecting to {backend.name}')
        prompted = standing.persona
        started = await self._open(backend, prompted)
        standing.listener.on_voices(await backend.voices())
        if standing.proven is not None:
            self._exchange.ledger.reconnects += 1
        wanted, standing.persona, standing.proven = standing.persona, prompted, prompted
        self.link = link = Link(backend)
        self._linked_at_s = time.monotonic()
        standing.report(State.LIVE, '', backend=backend.name, model=started.model)
        parts = [
            self._exchange.pump(link),
            self._news.read(link),
            stall.watch(link, standing),
            stand_in.keep(link, self._exchange),
            self._briefing.keep_told(link),
        ]
        if wanted is not prompted:
            parts.append(self._catch_up(link, wanted))
        await _first_to_fail(*parts)

    async def _open(self, backend: Backend, persona: Persona) -> SessionStarted:
        """Connect and prompt; an engine that neither refuses nor answers at once is warming."""
        standing = self._standing
        opening = asyncio.ensure_future(backend.open(persona.role))
        try:
            while not (await asyncio.wait({opening}, timeout=WARMING_AFTER_S))[0]:
                if self._is_first_seen(backend):
                    standing.report(State.WARMING, f'{backend.name} prepares {persona.name}')
            return opening.result()
        finally:
            opening.cancel()

    def _is_first_seen(self, backend: Backend) -> bool:
        standing = self._standing
        return (
            backend.reached
            and standing.proven is None
            and standing.status.state is not State.WARMING
        )

    async def _catch_up(self, link: Link, persona: Persona) -> None:
        """Become the persona that was asked for while the engine was being prompted."""
        try:
            await link.set_persona(persona, self._settings.connect_timeout_s)
        except BackendError as error:
            self._standing.listener.on_fault(error.code, str(error))
        await asyncio.get_running_loop().create_future()  # ends with the link

    def _lost(self, backend: Backend, error: BackendError) -> None:
        """An engine was lost, refused us or never came: account for it and say so."""
        standing = self._standing
        if self.link is not None or error.code not in EXPECTED_FAULTS:
            self._exchange.ledger.engine_errors += 1
            standing.listener.on_fault(error.code, str(error))
        if self.link is not None:
            self._exchange.lost(self.link)
            self.link.close()
            self.link = None
            self._lost_at_s = time.monotonic()
            standing.cut(interrupted=False)
        elif error.code in PERSONA_FAULTS and standing.proven is not None:
            standing.persona = standing.proven
        standing.report(self._state_without(error), str(error), backend=backend.name)

    def _has_worked(self) -> bool:
        """Whether an engine was there, and not only to lose everybody it takes at once."""
        lived_s = time.monotonic() - self._linked_at_s
        return self.link is not None and lived_s >= self._settings.backoff_max_s

    def _state_without(self, error: BackendError) -> State:
        was_live = self._standing.proven is not None
        if error.code == 'warming':  # it is not away: a large model takes a minute to load
            return State.DEGRADED if was_live else State.WARMING
        if time.monotonic() - self._lost_at_s >= self._settings.down_after_s:
            return State.DOWN
        return State.DEGRADED if was_live else State.CONNECTING


def _as_backend_error(error: Exception) -> BackendError:
    if isinstance(error, BackendError):
        return error
    return BackendError('internal', f'{type(error).__name__}: {str(error)[:200]}')


async def _first_to_fail(*coroutines: Coroutine[Any, Any, None]) -> None:
    """Run together; when one ends or raises, stop the others and raise what it raised."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in coroutines]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
