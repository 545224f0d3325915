# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""How calls end: refused, denied, done, failed, cancelled, or out of time."""

import logging

from personaplex_ros.tools.open_calls import OpenCall
from personaplex_ros.tools.open_calls import OpenCalls
from personaplex_ros.tools.reporting import Reporter
from personaplex_ros.tools.steps import Hands
from personaplex_ros.tools.steps import Stage
from personaplex_ros.tools.steps import Step

_log = logging.getLogger(__name__)


class Endings:
    """Every way takes the call out of the open ones first, so that none ends twice."""

    def __init__(self, calls: OpenCalls, reporter: Reporter, hands: Hands) -> None:
        self._calls = calls
        self._reporter = reporter
        self._hands = hands

    def refuse(self, call: OpenCall, reason: str) -> list[Step]:
        """Refuse a call that has not left."""
        self._calls.remove(call)
        step = self._reporter.step(call, Stage.REFUSED, reason)
        if call.entry is not None and call.source == 'user':  # the agent need not answer itself
            self._reporter.say(call, call.entry.say.refused, reason)
        return [step]

    def deny(self, call: OpenCall, by: str) -> list[Step]:
        """End a call whose confirmation was answered with no."""
        self._calls.remove(call)
        return [self._reporter.step(call, Stage.REFUSED, f'{by} said no')]

    def finish(self, call: OpenCall, stage: Stage, reason: str) -> list[Step]:
        """End a call with its result: SUCCEEDED or FAILED."""
        self._calls.remove(call)
        step = self._reporter.step(call, stage, reason)
        if call.entry is not None:
            is_done = stage is Stage.SUCCEEDED
            saying = call.entry.say.done if is_done else call.entry.say.failed
            self._reporter.say(call, saying, reason)
        return [step]

    def cancel(self, call: OpenCall, reason: str) -> list[Step]:
        """End a call that waits or runs."""
        if not self._calls.remove(call):
            return []
        if call.is_running and not self._ask_to_end(call):
            reason += ' (the cancel request could not be sent)'
        return [self._reporter.step(call, Stage.CANCELLED, reason)]

    def expire(self, call: OpenCall) -> list[Step]:
        """End a call that has waited too long."""
        if not call.is_running:
            return self.refuse(call, f'no answer in time: it waited for {call.waits_for}')
        self._ask_to_end(call)
        return self.finish(call, Stage.FAILED, 'timeout: there was no result in time')

    def _ask_to_end(self, call: OpenCall) -> bool:
        try:
            self._hands.cancel(call.call_id)
        except Exception as error:
            _log.error('cancel of %s (%s): %s', call.tool, call.call_id, error)
            return False
        return True
