# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""From words and decisions to steps: a ToolIntent on a thread of its own."""

from collections.abc import Callable
import time
from typing import Any
from typing import TypeVar

from personaplex_ros.nodes.intent.hands import RosHands
from personaplex_ros.nodes.intent.one_thread import OneThread
from personaplex_ros.tools.audit import AuditFile
from personaplex_ros.tools.catalogue import Catalogue
from personaplex_ros.tools.intent import ToolIntent
from personaplex_ros.tools.steps import Stage
from personaplex_ros.tools.steps import Step

T = TypeVar('T')

TICK_S = 0.1
MAX_TEXT = 20_000
"""Characters looked at in one message; the gate refuses far shorter ones."""

NOT_ACTIVE = 'the node is not active'

_ENDS = (Stage.SUCCEEDED, Stage.FAILED)


class Acting:
    """Lives from configure to cleanup. Every method may be called on any thread; none
    waits but ask(), query() and close().

    Words count while it listens; the emergency stop, interrupts, results and operators always do.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        hands: RosHands,
        audit: AuditFile,
        dry_run: bool,
        on_step: Callable[[Step], None],
        on_estop: Callable[[str], None],
        on_error: Callable[[Exception], None],
        estop_by: str = '',
    ) -> None:
        """on_step: called on the thread with every step, in order.

        on_estop: called there with who has pressed the emergency stop, '' for nobody, often.
        estop_by: who had pressed it before.
        """
        self._hands = hands
        self._audit = audit
        self._on_step = on_step
        self._on_estop = on_estop
        self._on_error = on_error
        self._is_listening = False
        self._intent = ToolIntent(catalogue, hands, audit, dry_run)
        self._intent.rest(NOT_ACTIVE)
        if estop_by:
            self._intent.press_estop(estop_by)
        self._thread = OneThread('tools', self._overflow, self._idle, on_error, TICK_S)

    @property
    def intent(self) -> ToolIntent:
        """To be looked at; it is changed on its thread alone."""
        return self._intent

    @property
    def words_lost(self) -> int:
        """Pieces and utterances dropped because too many waited."""
        return self._thread.dropped

    def listen(self) -> None:
        """Take words from now on."""
        self._is_listening = True

    def stop_listening(self, why: str) -> None:
        """Take no more words; open questions end, calls that run go on."""
        self._is_listening = False
        self._thread.urge(self._do, self._intent.rest, why)

    def close(self, why: str) -> None:
        """Cancel everything and end."""
        self.stop_listening(why)
        try:
            self._thread.ask(self._cancel_all)
        except TimeoutError as error:
            self._on_error(error)
        self._thread.stop()
        self._audit.close()

    # What is heard

    def hear(self, method: Callable[..., list[Step]], *arguments: Any) -> None:
        """Have a method of the intent take words, in their turn."""
        if self._is_listening:
            self._thread.post(self._take, method, arguments)

    def agent_said(self, piece: str, epoch: int) -> None:
        """Take a text token; while it does not listen, to know where a sentence ends."""
        self._thread.post(self._follow, piece, epoch)

    def happened(self, method: Callable[..., list[Step]], *arguments: Any) -> None:
        """Have a method of the intent take a turn of the conversation, between the words."""
        self._thread.post(self._do, method, *arguments)

    def interrupt(self, epoch: int) -> None:
        """Take an interrupt; a flood of words does not hold it up."""
        self._thread.urge(self._do, self._intent.interrupt, epoch)

    def user_said(self, text: str, voice: str = '', is_final: bool = True) -> None:
        """Take user words; an emergency stop among them is taken at once and in every state."""
        text = text[:MAX_TEXT]
        if self._intent.hears_estop(text):
            self._thread.urge(self._do, self._intent.user_said, text, voice, is_final)
        else:
            self.hear(self._intent.user_said, text, voice, is_final)

    # What people decide

    def estop_button(self, is_down: bool) -> None:
        """Take the value of the emergency stop topic."""
        self._thread.urge(self._do, self._intent.estop_button, is_down)

    def press_estop(self, by: str) -> None:
        """Press it."""
        self._thread.urge(self._do, self._intent.press_estop, by)

    def release_estop(self) -> str:
        """Release it; returns why that is not possible, or ''. It waits; raises TimeoutError."""
        return self._thread.ask(self._release)

    def ask(self, method: Callable[..., list[Step]], *arguments: Any) -> list[Step]:
        """Return the steps that a method of the intent leads to. It waits; raises TimeoutError."""
        return self._thread.ask(self._do, method, *arguments)

    def query(self, method: Callable[..., T], *arguments: Any) -> T:
        """Return what a method of the intent returns. It waits; raises TimeoutError."""
        return self._thread.ask(method, *arguments)

    def set_catalogue(self, catalogue: Catalogue) -> None:
        """Take a new file."""
        self._thread.urge(self._do, self._intent.set_catalogue, catalogue)

    # How calls go on (CallListener)

    def on_feedback(self, call_id: str, text: str) -> None:
        """It goes on."""
        self._thread.urge(self._do, self._intent.feedback, call_id, text)

    def on_succeeded(self, call_id: str, text: str) -> None:
        """It has ended well."""
        self._thread.urge(self._do, self._intent.succeeded, call_id, text)

    def on_failed(self, call_id: str, reason: str) -> None:
        """It has ended badly."""
        self._thread.urge(self._do, self._intent.failed, call_id, reason)

    def on_speaking(self, text: str) -> None:
        """A text that was taken to be spoken begins, or nobody will speak it."""
        self._thread.urge(self._do, self._intent.speaking, text)

    # On the thread

    def _do(self, method: Callable[..., list[Step]], *arguments: Any) -> list[Step]:
        steps = method(*arguments)
        for step in steps:
            if step.stage in _ENDS:
                self._hands.ended(step.call_id)
            self._on_step(step)
        self._on_estop(self._intent.estop_pressed_by)
        return steps

    def _release(self) -> str:
        why = self._intent.release_estop()
        self._on_estop(self._intent.estop_pressed_by)
        return why

    def _follow(self, piece: str, epoch: int) -> None:
        self._rest_or_wake()
        self._do(self._intent.agent_piece, piece, epoch)

    def _rest_or_wake(self) -> None:
        """Let the intent do as the node; asked for one by one, the two could change places."""
        if self._is_listening is self._intent.is_resting:
            if self._is_listening:
                self._do(self._intent.wake)
            else:
                self._do(self._intent.rest, NOT_ACTIVE)

    def _take(self, method: Callable[..., list[Step]], arguments: tuple[Any, ...]) -> None:
        if self._is_listening:
            self._do(method, *arguments)

    def _overflow(self) -> None:
        self._do(self._intent.stand_down, 'words were lost: more came than can be understood')
        self._do(self._intent.miss_agent_words)

    def _idle(self) -> None:
        self._rest_or_wake()
        self._hands.look(time.monotonic())
        self._do(self._intent.tick)

    def _cancel_all(self) -> None:
        for call in self._intent.open_calls:
            self._do(self._intent.cancel, call.call_id)
