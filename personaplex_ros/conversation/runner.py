# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""A conversation for threads: runs it on a loop of its own and calls it from anywhere."""

from collections.abc import Callable
from collections.abc import Coroutine
import concurrent.futures
from typing import Any
from typing import TypeVar

from personaplex_ros.backends.base import Backend
from personaplex_ros.backends.base import BackendError
from personaplex_ros.conversation.briefing import Briefing
from personaplex_ros.conversation.conversation import Conversation
from personaplex_ros.conversation.ledger import Ledger
from personaplex_ros.conversation.listener import Listener
from personaplex_ros.conversation.loop_thread import LoopThread
from personaplex_ros.conversation.passage import HeardFrame
from personaplex_ros.conversation.personas import Persona
from personaplex_ros.conversation.says import SayRequest
from personaplex_ros.conversation.says import Spoken
from personaplex_ros.conversation.settings import ConversationSettings

T = TypeVar('T')


class ConversationRunner:
    """Owns the loop and the conversation; stop() ends both and waits for them."""

    def __init__(
        self,
        connect: Callable[[], Backend],
        settings: ConversationSettings,
        persona: Persona,
        listener: Listener,
        first_epoch: int = 0,
    ) -> None:
        self._listener = listener
        self._loop = LoopThread('conversation')
        self._conversation = self._wait(_create(connect, settings, persona, listener, first_epoch))
        self._run = self._loop.submit(self._conversation.run())
        self._run.add_done_callback(self._on_ended)

    @property
    def ledger(self) -> Ledger:
        """The counters, as they stand."""
        return self._conversation.ledger

    @property
    def epoch(self) -> int:
        """Interrupts, persona changes, lost engines and deactivations so far."""
        return self._conversation.epoch

    @property
    def persona(self) -> Persona:
        """Who the agent is."""
        return self._conversation.persona

    @property
    def briefing(self) -> Briefing:
        """What the persona should know, and what of it stands in its prompt."""
        return self._conversation.briefing

    def know(self, source: str, text: str) -> None:
        """Take what the persona should know; never waits."""
        self._loop.post(self._conversation.know, source, text)

    def hear(self, frames: list[HeardFrame]) -> None:
        """Pass frames on; never waits."""
        self._loop.post(self._conversation.hear, frames)

    def note_chunks(self, rejected: int, lost: int) -> None:
        """Count chunks that were no audio, and chunks that never came; never waits."""
        self._loop.post(self._conversation.note_chunks, rejected, lost)

    def activate(self) -> None:
        """Open the audio path."""
        self._wait(_call(self._conversation.activate))

    def deactivate(self) -> None:
        """Close the audio path; waits shortly for the last answers."""
        self._wait(self._conversation.deactivate())

    def interrupt(self) -> int:
        """Silence now; returns the new epoch. Raises BackendError when it is being closed."""
        return self._wait(self._conversation.interrupt())

    def say(self, request: SayRequest) -> 'concurrent.futures.Future[Spoken]':
        """Say a text; the future is how it ended, cancelled when the conversation is closed."""
        return self._loop.submit(self._conversation.say(request))

    def cancel_say(self, request: SayRequest) -> None:
        """Stop saying this text; never waits."""
        self._loop.submit(self._conversation.cancel_say(request))

    def set_persona(self, persona: Persona, keep_memory: bool = False) -> float | None:
        """Become another persona, as Conversation.set_persona; waits until it is in place."""
        return self._wait(self._conversation.set_persona(persona, keep_memory))

    def hold_words(self, held: bool) -> None:
        """Keep the agent from beginning words of its own, or no longer. Raises BackendError."""
        self._wait(self._conversation.hold_words(held))

    def stop(self) -> None:
        """Leave the engine and end the thread."""
        self._run.cancel()
        self._loop.stop()

    def _wait(self, coroutine: Coroutine[Any, Any, T]) -> T:
        try:
            return self._loop.submit(coroutine).result()
        except concurrent.futures.CancelledError:
            raise BackendError('stopped', 'the conversation is being closed') from None

    def _on_ended(self, run: 'concurrent.futures.Future[None]') -> None:
        """A conversation ends only when cancelled; anything else is a fault to be told."""
        if not run.cancelled() and run.exception() is not None:
            self._listener.on_fault('internal', f'the conversation stopped: {run.exception()!r}')


async def _create(
    connect: Callable[[], Backend],
    settings: ConversationSettings,
    persona: Persona,
    listener: Listener,
    first_epoch: int,
) -> Conversation:
    """Create it on the loop: asyncio's parts bind to the loop they are made on."""
    return Conversation(connect, settings, persona, listener, first_epoch)


async def _call(function: Callable[[], T]) -> T:
    return function()
