# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""One conversation: what can be asked of it, whether an engine is connected or not."""

from collections.abc import Callable
import time

from personaplex_ros.backends.base import Backend
from personaplex_ros.backends.base import BackendError
from personaplex_ros.conversation.briefing import Briefing
from personaplex_ros.conversation.connection import Connection
from personaplex_ros.conversation.exchange import Exchange
from personaplex_ros.conversation.knowledge import Knowledge
from personaplex_ros.conversation.ledger import Ledger
from personaplex_ros.conversation.listener import Listener
from personaplex_ros.conversation.passage import HeardFrame
from personaplex_ros.conversation.personas import Persona
from personaplex_ros.conversation.says import SayRequest
from personaplex_ros.conversation.says import Spoken
from personaplex_ros.conversation.settings import ConversationSettings
from personaplex_ros.conversation.standing import Standing
from personaplex_ros.conversation.state import Status
from personaplex_ros.wire.limits import MAX_HOLD_TEXT_MS

DRAIN_S = 0.5
"""How long a deactivation waits for the answers to what was heard before it."""


class Conversation:
    """Lives on one asyncio loop: create it and call every method there.

    connect: makes a new, unopened backend. persona: who the agent is at first.
    """

    def __init__(
        self,
        connect: Callable[[], Backend],
        settings: ConversationSettings,
        persona: Persona,
        listener: Listener,
        first_epoch: int = 0,
    ) -> None:
        knowledge = Knowledge(settings.context_expiry_s)
        self.briefing = Briefing(knowledge, settings.context_rebuild_s, listener.on_fault)
        self._settings = settings
        self._standing = Standing(listener, persona, first_epoch)
        self._exchange = Exchange(settings, self._standing)
        self._connection = Connection(
            connect, settings, self._standing, self._exchange, self.briefing
        )

    @property
    def persona(self) -> Persona:
        """Who the agent is."""
        return self._standing.persona

    @property
    def epoch(self) -> int:
        """Interrupts, persona changes, lost engines and deactivations so far."""
        return self._standing.epoch

    @property
    def status(self) -> Status:
        """The state, also while the audio path is closed."""
        return self._standing.status

    @property
    def ledger(self) -> Ledger:
        """The counters since the last activation."""
        return self._exchange.ledger

    async def run(self) -> None:
        """Connect, talk, connect again; until cancelled."""
        await self._connection.keep()

    def activate(self) -> None:
        """Open the audio path, with fresh counters."""
        self._exchange.open()
        self._standing.show(active=True)

    async def deactivate(self) -> None:
        """Close the audio path, once what was heard is answered; the engine stays connected."""
        self._exchange.close()
        if self._connection.link is not None:
            await self._connection.link.says.drop('inactive', 'the conversation was deactivated')
        await self._exchange.drain(DRAIN_S)
        self._exchange.drop(self._connection.link)
        self._standing.cut(interrupted=False)
        self._standing.show(active=False)

    def hear(self, frames: list[HeardFrame]) -> None:
        """Take frames that are complete, while the audio path is open."""
        self._exchange.hear(frames, self._connection.link)

    def note_chunks(self, rejected: int, lost: int) -> None:
        """Count chunks that were no audio, and chunks that never came."""
        self.ledger.chunks_rejected += rejected
        self.ledger.chunks_lost += lost

    async def interrupt(self) -> int:
        """Silence now: whatever was queued is void, the engine is told. Returns the new epoch."""
        self._standing.cut(interrupted=True)
        if self._connection.link is not None:
            try:
                await self._connection.link.interrupt()
            except BackendError:
                pass  # the connection is breaking: what is lost is silent, and its end is told
        return self.epoch

    async def say(self, request: SayRequest) -> Spoken:
        """Say a text in the agent's own voice; return, once it is over, what was spoken and why.

        It fails at once while the audio path is closed or no engine is there.
        """
        if not self._exchange.is_open:
            return Spoken('', 'inactive', 'the conversation is not active: activate it first')
        if self._connection.link is None:
            return Spoken('', 'away', 'no engine is connected: say it again when one is there')
        if request.interrupt_first:
            self._standing.cut(interrupted=True)
        return await self._connection.link.say(request)

    async def cancel_say(self, request: SayRequest) -> None:
        """Stop saying this text; `say` returns with what was spoken of it."""
        if self._connection.link is not None:
            await self._connection.link.says.cancel(request)

    async def hold_words(self, held: bool) -> None:
        """Let the agent begin no word of its own, for MAX_HOLD_TEXT_MS at most, or let it again.

        Raises BackendError where that cannot be.
        """
        link = self._connection.link
        if link is None:
            raise BackendError('away', 'no engine is connected: nothing is being said')
        if held:
            await link.hold_words('caller', MAX_HOLD_TEXT_MS)
        else:
            await link.release_words('caller')

    def know(self, source: str, text: str) -> None:
        """Take what the persona should know: all that this source tells now, a fact a line."""
        self.briefing.knowledge.tell(source, text)

    async def set_persona(self, persona: Persona, keep_memory: bool = False) -> float | None:
        """Become another persona; return the milliseconds that took.

        keep_memory: it remembers the last seconds of the conversation, and facts told before.
        None while no engine is there: the persona is kept for the next connection.
        Raises BackendError when the engine refused it; the old persona talks on.
        """
        begun_s = time.monotonic()
        link = self._connection.link
        if link is None:
            self._standing.persona = persona
            if not keep_memory:
                self.briefing.knowledge.forget()
            self._standing.report(self.status.state, self.status.detail)
            return None
        await link.set_persona(persona, self._settings.connect_timeout_s, keep_memory)
        return (time.monotonic() - begun_s) * 1000
