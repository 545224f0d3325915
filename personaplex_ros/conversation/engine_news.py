# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the engine tells, taken to whom it concerns."""

from personaplex_ros.backends.base import AgentFrame
from personaplex_ros.backends.base import BackendEvent
from personaplex_ros.backends.base import Unanswered
from personaplex_ros.conversation.briefing import Briefing
from personaplex_ros.conversation.exchange import Exchange
from personaplex_ros.conversation.link import Change
from personaplex_ros.conversation.link import Link
from personaplex_ros.conversation.standing import Standing
from personaplex_ros.wire.events import Fault
from personaplex_ros.wire.events import Interrupted
from personaplex_ros.wire.events import PersonaChanged
from personaplex_ros.wire.events import Rebuilt
from personaplex_ros.wire.events import SayDone
from personaplex_ros.wire.events import SayWord
from personaplex_ros.wire.events import TextReleased


class EngineNews:
    """Used on the conversation's loop alone."""

    def __init__(self, standing: Standing, exchange: Exchange, briefing: Briefing) -> None:
        self._standing = standing
        self._exchange = exchange
        self._briefing = briefing

    async def read(self, link: Link) -> None:
        """Take everything that comes until the connection ends; raises BackendError with it."""
        async for event in link.backend.events():
            if isinstance(event, AgentFrame):
                self._exchange.answered(link, event)
            else:
                self._told(link, event)

    def _told(self, link: Link, event: BackendEvent) -> None:
        if isinstance(event, Unanswered):
            self._exchange.unanswered(link, event.before)
        elif isinstance(event, Interrupted):
            link.interrupted(event)
        elif isinstance(event, Rebuilt):
            self._exchange.ledger.rebuilds += 1
            self._briefing.in_prompt = event.facts
        elif isinstance(event, PersonaChanged):
            self._briefing.in_prompt = event.facts
            self._became(link.changed(event))
        elif isinstance(event, SayWord):
            link.interrupted(event)
            link.says.began(event)
        elif isinstance(event, SayDone):
            link.interrupted(event)
            link.says.done(event)
        elif isinstance(event, TextReleased):
            link.released(event)
        elif isinstance(event, Fault) and not link.refused(event):
            self._exchange.ledger.engine_errors += 1
            self._standing.listener.on_fault(event.code, event.message)

    def _became(self, change: Change | None) -> None:
        if change is None:
            return
        standing = self._standing
        standing.persona = standing.proven = change.persona
        if not change.keep_memory:
            self._briefing.knowledge.forget()
        standing.cut(interrupted=False)
        standing.report(standing.status.state, '')
