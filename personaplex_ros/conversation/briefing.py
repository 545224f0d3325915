# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Keeps the engine told of what the persona should know."""

import asyncio
from collections.abc import Callable
import math
import time

from personaplex_ros.backends.base import BackendError
from personaplex_ros.conversation.knowledge import Knowledge
from personaplex_ros.conversation.link import Link

LOOK_S = 0.25
"""How soon a fact is passed on; by itself it changes nothing until the next rebuild."""


class Briefing:
    """Lives as long as its conversation; used on the conversation's loop alone."""

    def __init__(
        self,
        knowledge: Knowledge,
        rebuild_s: float,
        on_problem: Callable[[str, str], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """rebuild_s: new facts are worth a rebuild this often; 0 is never.

        on_problem: told once, with code and reason, where the engine takes no facts.
        """
        self.knowledge = knowledge
        """All facts that were told, also those that are not passed on any more."""
        self._rebuild_s = rebuild_s
        self._on_problem = on_problem
        self._clock = clock
        self._asked_s = -math.inf
        self.in_prompt = 0
        """Facts in the prompt of the running persona."""
        self.problem = ''
        """Why this engine takes no facts."""

    @property
    def known(self) -> int:
        """Facts that the persona should know."""
        return len(self.knowledge.facts)

    async def keep_told(self, link: Link) -> None:
        """Pass on every change until the connection ends; raises BackendError with it."""
        told: tuple[str, ...] | None = ()  # None: a refusal left open what the engine knows
        urged: tuple[str, ...] = ()  # those that were worth a rebuild
        self.in_prompt = 0
        while True:
            facts = self.knowledge.facts
            rebuild = not set(facts) <= set(urged) and self._rebuild_is_due()
            if facts != told or rebuild:
                if not await self._tell(link, facts, rebuild):
                    break
                told = facts
            if rebuild:
                self._asked_s, urged = self._clock(), facts
            await asyncio.sleep(LOOK_S)
            fault = link.context_fault
            if fault is None:
                self.problem = ''
            elif fault.code == 'busy':
                told, urged = None, ()
            else:
                self._give_up('unsupported', f'the engine takes no facts: {fault.message}')
                break
        await asyncio.get_running_loop().create_future()  # ends with the link

    def _rebuild_is_due(self) -> bool:
        return self._rebuild_s > 0 and self._clock() - self._asked_s >= self._rebuild_s

    async def _tell(self, link: Link, facts: tuple[str, ...], rebuild: bool) -> bool:
        """Return whether the engine can be told; raises BackendError where it is gone."""
        try:
            await link.tell_context(facts, rebuild)
        except BackendError as error:
            if error.code != 'unsupported':
                raise
            self._give_up(error.code, str(error))
            return False
        return True

    def _give_up(self, code: str, problem: str) -> None:
        if problem != self.problem:
            self._on_problem(code, problem)
        self.problem = problem
