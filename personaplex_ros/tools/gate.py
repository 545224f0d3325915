# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""The gate: every call passes it or is refused with a reason; in doubt it is refused."""

from collections.abc import Callable
from collections.abc import Mapping
from itertools import count
import logging
import secrets
import time
from typing import Any

from personaplex_ros.tools.arguments import ArgumentError
from personaplex_ros.tools.arguments import checked_arguments
from personaplex_ros.tools.audit import Audit
from personaplex_ros.tools.catalogue import Catalogue
from personaplex_ros.tools.catalogue import Tool
from personaplex_ros.tools.endings import Endings
from personaplex_ros.tools.estop import EmergencyStop
from personaplex_ros.tools.limits import CallLimits
from personaplex_ros.tools.open_calls import AGENT
from personaplex_ros.tools.open_calls import OpenCall
from personaplex_ros.tools.open_calls import OpenCalls
from personaplex_ros.tools.open_calls import OPERATOR
from personaplex_ros.tools.open_calls import RESULT
from personaplex_ros.tools.open_calls import USER
from personaplex_ros.tools.reporting import Reporter
from personaplex_ros.tools.steps import Hands
from personaplex_ros.tools.steps import OutgoingCall
from personaplex_ros.tools.steps import Stage
from personaplex_ros.tools.steps import Step
from personaplex_ros.tools.template import fill

MAX_OPEN_CALLS = 32
UNASKED_S = 60.0
"""How long a question may wait to be spoken; its answer has `confirm_s` from then on."""

SIDES = {'user': 'user', 'agent': 'agent', 'background': 'agent'}
"""Whose words they are where both have to speak: the slow mind is the robot's own."""

_log = logging.getLogger(__name__)


class Gate:
    """Calls from proposal to result. Not thread safe: call it from one thread at a time."""

    def __init__(
        self,
        catalogue: Catalogue,
        hands: Hands,
        audit: Audit,
        dry_run: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """dry_run: everything happens but the sending. clock: seconds, monotonic."""
        self._catalogue = catalogue
        self._hands = hands
        self._dry_run = dry_run
        self._clock = clock
        self._limits = CallLimits()
        self._calls = OpenCalls(clock)
        self._reporter = Reporter(hands, audit, clock)
        self._end = Endings(self._calls, self._reporter, hands)
        self._ids = count(1)
        self._run = secrets.token_hex(3)
        self.estop = EmergencyStop()

    def propose(
        self,
        tool: str,
        arguments: Mapping[str, Any],
        source: str,
        reason: str,
        heard_from: str = '',
    ) -> list[Step]:
        """Take a proposal. source: user, agent or background. reason: what led to it."""
        call = self._new_call(tool, source, arguments, heard_from)
        problem = self._problem(call)
        twin = None if problem else self._calls.twin(call)
        if twin is not None:
            call.call_id = twin.call_id
        steps = [self._reporter.step(call, Stage.PROPOSED, reason)]
        if problem:
            return steps + self._end.refuse(call, problem)
        if self._entry(call).source == 'both':
            return steps + self._agree(call, twin)
        return steps + self._admit(call)

    def refuse(self, tool: str, source: str, reason: str) -> list[Step]:
        """Record something that was said about a tool and is no proposal."""
        call = self._new_call(tool, source, {}, '')
        return [self._reporter.step(call, Stage.REFUSED, reason)]

    def answer(self, is_yes: bool, voice: str) -> list[Step]:
        """Take the user's answer to the open question; voice: who answers, '' if not known.

        A yes to what has not been asked yet is meant for something else.
        """
        call = self._calls.confirming(USER)
        if call is None or (call.heard_from and call.heard_from != voice):
            return []
        if is_yes and call.unasked:
            return []
        return self._send(call, 'the user said yes') if is_yes else self._end.deny(call, USER)

    def speaking(self, text: str) -> None:
        """Note that a text which somebody took begins now, or that nobody will speak it.

        If it is the open question, its answer counts from now on, and has all its time.
        """
        call = self._calls.confirming(USER)
        if call is not None and call.unasked == text:
            call.unasked = ''
            self._calls.wait(call, Stage.CONFIRMING, USER, self._catalogue.listening.confirm_s)

    def decide(self, call_id: str, is_yes: bool) -> list[Step]:
        """Take an operator's decision about a call that waits for one; [] if none does."""
        call = self._calls.confirming(OPERATOR, call_id) if call_id else None
        if call is None:
            return []
        if is_yes:
            return self._send(call, 'an operator approved')
        return self._end.deny(call, OPERATOR)

    def cancel(self, call_id: str, reason: str) -> list[Step]:
        """End one call; [] if it has ended."""
        calls = [call for call in self._calls.all() if call.call_id == call_id]
        return [step for call in calls for step in self._end.cancel(call, reason)]

    def cancel_on(self, event: str, reason: str) -> list[Step]:
        """End the calls that an event ends: voice, interrupt, estop, or the name of a tool."""
        calls = [call for call in self._calls.all() if call.ends_on(event)]
        return [step for call in calls for step in self._end.cancel(call, reason)]

    def cancel_waiting(self, reason: str) -> list[Step]:
        """End the calls that have not left."""
        calls = [call for call in self._calls.all() if not call.is_running]
        return [step for call in calls for step in self._end.cancel(call, reason)]

    def press_estop(self, by: str) -> list[Step]:
        """Stop everything; nothing runs until it is released."""
        self.estop.press(by)
        return self.cancel_on('estop', f'emergency stop: {by}')

    def feedback(self, call_id: str, text: str) -> list[Step]:
        """Take feedback of an action under way."""
        call = self._calls.running(call_id)
        return [self._reporter.step(call, Stage.FEEDBACK, text)] if call else []

    def succeeded(self, call_id: str, text: str) -> list[Step]:
        """Take a result; one that comes after the call has ended is nothing any more."""
        call = self._calls.running(call_id)
        return self._end.finish(call, Stage.SUCCEEDED, text) if call else []

    def failed(self, call_id: str, reason: str) -> list[Step]:
        """Take a failure: refused by the server, aborted, server gone."""
        call = self._calls.running(call_id)
        return self._end.finish(call, Stage.FAILED, reason) if call else []

    def tick(self) -> list[Step]:
        """Let what has waited too long end."""
        return [step for call in self._calls.late() for step in self._end.expire(call)]

    def set_catalogue(self, catalogue: Catalogue) -> list[Step]:
        """Take a new file; open calls of a tool that it changes are cancelled."""
        self._catalogue = catalogue
        changed = [c for c in self._calls.all() if catalogue.tools.get(c.tool) != c.entry]
        return [s for call in changed for s in self._end.cancel(call, 'its tool has changed')]

    @property
    def has_question(self) -> bool:
        """Whether the user was asked and has not answered."""
        return self._calls.confirming(USER) is not None

    @property
    def open_calls(self) -> list[OpenCall]:
        """Calls that wait or run, the oldest first."""
        return self._calls.all()

    def _problem(self, call: OpenCall) -> str:
        """Check what needs no waiting: the allow-list, the source, the arguments."""
        entry = call.entry
        if entry is None:
            return f'{call.tool!r} is not in the allow-list'
        if not _may_ask(call.source, entry):
            return f'source: the {call.source} may not ask for it'
        try:
            call.arguments = checked_arguments(entry, call.arguments)
        except ArgumentError as error:
            return f'arguments: {error}'
        return ''

    def _agree(self, call: OpenCall, twin: OpenCall | None) -> list[Step]:
        """Wait for the other speaker, or go on if it has spoken already."""
        other = AGENT if SIDES[call.source] == 'user' else USER
        if twin is not None and SIDES[twin.source] != SIDES[call.source]:
            call.heard_from = call.heard_from or twin.heard_from
            return self._admit(call)
        problem = self._objection(call)
        if problem:
            return self._end.refuse(call, problem)
        self._calls.wait(call, Stage.PROPOSED, other, self._catalogue.listening.agree_s)
        return []

    def _admit(self, call: OpenCall) -> list[Step]:
        """Ask, or send."""
        policy = self._entry(call).policy
        problem = self._objection(call)
        if not problem and policy.confirm == 'spoken' and self.has_question:
            problem = 'busy: another question is waiting for its answer'
        if problem:
            return self._end.refuse(call, problem)
        if policy.confirm == 'none':
            return self._send(call, 'needs no confirmation')
        by = USER if policy.confirm == 'spoken' else OPERATOR
        self._calls.wait(call, Stage.CONFIRMING, by, self._catalogue.listening.confirm_s)
        step = self._reporter.step(call, Stage.CONFIRMING, f'waits for {by}')
        call.unasked = self._reporter.say(call, self._entry(call).say.ask)
        if call.unasked:  # others may be spoken before it
            self._calls.wait(call, Stage.CONFIRMING, by, UNASKED_S)
        return [step]

    def _objection(self, call: OpenCall) -> str:
        """Return what speaks against a call at this moment, or ''."""
        policy = self._entry(call).policy
        if self.estop.pressed_by:
            return f'emergency stop ({self.estop.pressed_by}) is not released'
        others = [other for other in self._calls.all() if other.call_id != call.call_id]
        if any(other.tool == call.tool and other.is_running for other in others):
            return 'busy: its last call has not ended'
        if len(others) >= MAX_OPEN_CALLS:
            return f'busy: {MAX_OPEN_CALLS} calls are open'
        for topic in policy.requires:
            if not self._is_true(topic):
                return f'requires: {topic} is not true'
        return self._limits.objection(call.tool, policy, self._clock())

    def _send(self, call: OpenCall, reason: str) -> list[Step]:
        entry = self._entry(call)
        self._calls.remove(call)
        problem = self._objection(call)  # again: time has passed if it was confirmed
        if problem:
            return self._end.refuse(call, problem)
        try:
            message = fill(entry.call.args, call.arguments, call.catalogue.tables)
            steps = [self._reporter.recorded_step(call, Stage.ACCEPTED, reason)]
        except OSError as error:
            return self._end.refuse(call, f'audit log: {error}; nothing is done unrecorded')
        except ValueError as error:
            return self._end.refuse(call, str(error))
        steps += self.cancel_on(call.tool, f'{call.tool} was accepted')
        self._limits.sent(call.tool, entry.policy, self._clock())
        if self._dry_run:
            return [*steps, self._reporter.step(call, Stage.CANCELLED, 'dry run: not sent')]
        return steps + self._hand_out(call, message)

    def _hand_out(self, call: OpenCall, message: Mapping[str, Any]) -> list[Step]:
        entry = self._entry(call)
        kind, name, timeout_s = entry.call.kind, entry.call.name, entry.policy.timeout_s
        outgoing = OutgoingCall(
            call.call_id, call.tool, kind, name, entry.call.type_name, message, timeout_s
        )
        try:
            self._hands.send(outgoing)
        except Exception as error:
            return self._end.finish(call, Stage.FAILED, f'not sent: {error}')
        self._calls.wait(call, Stage.SENT, RESULT, timeout_s)
        steps = [self._reporter.step(call, Stage.SENT, f'{kind} {name}')]
        self._reporter.say(call, entry.say.accepted)
        if kind == 'topic':
            steps += self._end.finish(call, Stage.SUCCEEDED, 'published')
        return steps

    def _is_true(self, topic: str) -> bool:
        try:
            return self._hands.is_true(topic) is True
        except Exception as error:
            _log.warning('requires %s: %s', topic, error)
            return False

    def _new_call(
        self, tool: str, source: str, arguments: Mapping[str, Any], heard_from: str
    ) -> OpenCall:
        call_id = f'{self._run}-{next(self._ids)}'
        return OpenCall(call_id, tool, source, self._catalogue, dict(arguments), heard_from)

    @staticmethod
    def _entry(call: OpenCall) -> Tool:
        if call.entry is None:
            raise LookupError(f'{call.tool!r} is not in the allow-list')
        return call.entry


def _may_ask(source: str, entry: Tool) -> bool:
    """The slow mind asks for what the file lets it ask for, whoever's words the tool is for."""
    if source == 'background':
        return entry.mind
    return entry.source in (source, 'both')
