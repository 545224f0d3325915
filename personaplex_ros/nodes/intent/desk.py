# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What people can ask of tool_intent: stop, release, decide, read the file again."""

from collections.abc import Callable
import threading

from rclpy.callback_groups import CallbackGroup
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node
from std_srvs.srv import Trigger

from personaplex_ros.nodes.intent.acting import Acting
from personaplex_ros.nodes.intent.estop_log import EstopLog
from personaplex_ros.srv import DecideCall

NOT_CONFIGURED = 'the node is not configured: configure and activate it first'
_WORDS = {
    DecideCall.Request.DENY: 'denied',
    DecideCall.Request.APPROVE: 'approved',
    DecideCall.Request.CANCEL: 'cancelled',
}


class Desk:
    """The services of the node; they answer in every state."""

    def __init__(
        self,
        node: Node,
        reading: CallbackGroup,
        reload: Callable[[], tuple[bool, str]],
        estop_log: EstopLog,
    ) -> None:
        """reload: reads the tools file; returns whether it is in use now, and what to say.

        reading: the group in which it is called.
        """
        self._reload = reload
        self._estop_log = estop_log
        self._lock = threading.Lock()  # no press may fall between two who serve
        self._acting: Acting | None = None
        self.estop_by = ''
        """Who pressed the emergency stop, while there is nothing to be stopped: it holds for what
        comes then."""
        stopping = MutuallyExclusiveCallbackGroup()  # never behind anything else
        others = MutuallyExclusiveCallbackGroup()
        serve = node.create_service
        self._services = [
            serve(Trigger, 'estop', self._on_estop, callback_group=stopping),
            serve(Trigger, 'release_estop', self._on_release, callback_group=others),
            serve(DecideCall, 'decide_call', self._on_decide, callback_group=others),
            serve(Trigger, 'reload_tools', self._on_reload, callback_group=reading),
        ]

    def open(self, acting: Acting) -> None:
        """Serve it; what was pressed since it was made it learns first."""
        with self._lock:
            if self.estop_by:
                acting.press_estop(self.estop_by)
            self._acting, self.estop_by = acting, ''

    def press_estop(self, by: str) -> None:
        """Stop what is served, or keep it for when there is something to be stopped."""
        with self._lock:
            if self._acting is not None:
                self._acting.press_estop(by)
                return
            self.estop_by = self.estop_by or by
        self._estop_log.note(self.estop_by)

    def close(self) -> None:
        """Serve nothing. A stop that is pressed stays so: press_estop() it again."""
        with self._lock:
            self._acting = None

    def _on_estop(self, request: Trigger.Request, response: Trigger.Response):
        acting = self._acting
        response.success = True
        if acting is None:
            self.press_estop('service')
            response.message = 'pressed; nothing runs, since the node is not configured'
            return response
        try:
            ended = acting.ask(acting.intent.press_estop, 'service')
        except TimeoutError:  # it is pressed as soon as the thread comes to it, or was closed
            self.press_estop('service')
            response.message = 'pressed; the cancels are still being sent'
            return response
        response.message = f'pressed; {len(ended)} calls cancelled; release with release_estop'
        return response

    def _on_release(self, request: Trigger.Request, response: Trigger.Response):
        acting = self._acting
        why = ''
        if acting is None:
            self.estop_by = ''
            self._estop_log.note('')
        else:
            try:
                why = acting.release_estop()
            except TimeoutError:
                why = 'not released: too much to do; ask again'
        response.success = not why
        response.message = why or 'released'
        return response

    def _on_decide(self, request: DecideCall.Request, response: DecideCall.Response):
        acting = self._acting
        if acting is None:
            response.message = NOT_CONFIGURED
        elif request.decision not in _WORDS:
            known = ', '.join(f'{number} ({word})' for number, word in _WORDS.items())
            response.message = f'decision is {request.decision}; expected one of {known}'
        else:
            self._decide(acting, request, response)
        return response

    def _decide(
        self, acting: Acting, request: DecideCall.Request, response: DecideCall.Response
    ) -> None:
        call_id, decision = request.call_id, request.decision
        try:
            if decision == DecideCall.Request.CANCEL:
                steps = acting.ask(acting.intent.cancel, call_id)
            else:
                is_yes = decision == DecideCall.Request.APPROVE
                steps = acting.ask(acting.intent.decide, call_id, is_yes)
        except TimeoutError:
            response.message = 'no answer in time: look at tool_events before you ask again'
            return
        response.success = bool(steps)
        response.message = (
            f'{_WORDS[decision]}; {steps[-1].stage.name}: {steps[-1].reason}'
            if steps
            else f'no call {call_id[:40]!r} waits for that; tool_events has the ids'
        )

    def _on_reload(self, request: Trigger.Request, response: Trigger.Response):
        response.success, response.message = self._reload()
        return response
