# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""Calls under way: which there are, what they wait for, and until when."""

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from personaplex_ros.tools.catalogue import Catalogue
from personaplex_ros.tools.catalogue import Tool
from personaplex_ros.tools.steps import Stage

RUNNING = (Stage.SENT, Stage.FEEDBACK)
USER = 'the user'
AGENT = 'the agent'
OPERATOR = 'an operator'
RESULT = 'the result'


@dataclass(eq=False)
class OpenCall:
    """A call from its proposal to its end, under the file it was proposed with."""

    call_id: str
    tool: str
    source: str
    catalogue: Catalogue
    arguments: dict[str, Any] = field(default_factory=dict)
    heard_from: str = ''
    """Voice of the user who asked, where known; only this one can confirm."""

    unasked: str = ''
    """The question about it that somebody is about to speak: before it no yes is an answer."""

    stage: Stage = Stage.PROPOSED
    waits_for: str = ''
    deadline_s: float = 0.0

    @property
    def entry(self) -> Tool | None:
        """Its tool, if the allow-list has it."""
        return self.catalogue.tools.get(self.tool)

    @property
    def is_running(self) -> bool:
        """Whether it has left and has no result yet."""
        return self.stage in RUNNING

    def ends_on(self, event: str) -> bool:
        """Whether an event ends it: voice, interrupt, estop, or a tool that was accepted."""
        if event == 'estop' or (not self.is_running and event in ('voice', 'interrupt')):
            return True
        return self.entry is None or event in self.entry.policy.cancel_on


class OpenCalls:
    """All calls that wait or run."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._calls: dict[str, OpenCall] = {}

    def __len__(self) -> int:
        return len(self._calls)

    def all(self) -> list[OpenCall]:
        """Return them, the oldest first."""
        return list(self._calls.values())

    def wait(self, call: OpenCall, stage: Stage, waits_for: str, how_long_s: float) -> None:
        """Let a call wait."""
        call.stage, call.waits_for = stage, waits_for
        call.deadline_s = self._clock() + how_long_s
        self._calls[call.call_id] = call

    def remove(self, call: OpenCall) -> bool:
        """Take a call out; returns whether it was in."""
        return self._calls.pop(call.call_id, None) is not None

    def late(self) -> list[OpenCall]:
        """Return the calls that have waited long enough."""
        now_s = self._clock()
        return [call for call in self._calls.values() if now_s >= call.deadline_s]

    def running(self, call_id: str) -> OpenCall | None:
        """Return the call of this id if it has left."""
        call = self._calls.get(call_id)
        return call if call is not None and call.is_running else None

    def confirming(self, by: str, call_id: str = '') -> OpenCall | None:
        """Return a call that waits for a confirmation by somebody."""
        return next(
            (
                call
                for call in self._calls.values()
                if call.stage is Stage.CONFIRMING
                and call.waits_for == by
                and call_id in ('', call.call_id)
            ),
            None,
        )

    def twin(self, call: OpenCall) -> OpenCall | None:
        """Return the same call, said by one speaker and waiting for the other."""
        return next(
            (
                other
                for other in self._calls.values()
                if other.stage is Stage.PROPOSED
                and (other.tool, other.arguments) == (call.tool, call.arguments)
            ),
            None,
        )
