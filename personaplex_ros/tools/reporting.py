# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What is told about a call: steps, the audit log, and the robot's own words."""

from collections.abc import Callable
import logging

from personaplex_ros.tools.audit import Audit
from personaplex_ros.tools.open_calls import OpenCall
from personaplex_ros.tools.steps import Hands
from personaplex_ros.tools.steps import Stage
from personaplex_ros.tools.steps import Step
from personaplex_ros.tools.template import fill

_log = logging.getLogger(__name__)


class Reporter:
    """Make steps of what happens to calls."""

    def __init__(self, hands: Hands, audit: Audit, clock: Callable[[], float]) -> None:
        self._hands = hands
        self._audit = audit
        self._clock = clock

    def step(self, call: OpenCall, stage: Stage, reason: str) -> Step:
        """Return a step; that the audit log cannot take it is logged."""
        try:
            return self.recorded_step(call, stage, reason)
        except OSError as error:
            _log.error('audit log: %s', error)
            return self._step(call, stage, reason)

    def recorded_step(self, call: OpenCall, stage: Stage, reason: str) -> Step:
        """Return a step that stands in the audit log. Raises OSError."""
        step = self._step(call, stage, reason)
        self._audit.write(step)
        return step

    def say(self, call: OpenCall, template: str, reason: str = '') -> str:
        """Let the robot say it; that it cannot be said changes nothing for the call.

        Returns the text where somebody is about to speak it, else ''.
        """
        if not template:
            return ''
        try:
            arguments = {**call.arguments, 'reason': reason}
            text = str(fill(template, arguments, call.catalogue.tables))
            return text if self._hands.say(text) else ''
        except Exception as error:
            _log.warning('saying of %s: %s', call.tool, error)
            return ''

    def _step(self, call: OpenCall, stage: Stage, reason: str) -> Step:
        return Step(
            stage,
            call.tool,
            call.call_id,
            dict(call.arguments),
            call.source,
            reason,
            self._clock(),
        )
