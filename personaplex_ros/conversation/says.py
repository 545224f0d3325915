# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""What the engine has been asked to say: every request comes to an end, whatever happens to it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
import time

from personaplex_ros.backends.base import Backend
from personaplex_ros.backends.base import BackendError
from personaplex_ros.wire.events import Fault
from personaplex_ros.wire.events import SayDone
from personaplex_ros.wire.events import SayWord

QUIET_S = 5.0
"""An engine that tells nothing of any text for this long has forgotten them: at its slowest it
begins a word within a second, and holds its tongue for 1.5 s after an interrupt."""

_WHY = {
    'finished': '',
    'interrupt': 'it was interrupted',
    'user_speech': 'the user began to speak',
    'cancelled': 'it was cancelled',
    'persona': 'another persona took over',
    'failed': 'the engine failed',
    'unsupported': 'this engine takes no text to say; personaplex-engine of this version does',
}


def _ignore(word: str) -> None:
    pass


@dataclass(frozen=True, eq=False)
class SayRequest:
    """A text to be said; the object itself is what it is cancelled by."""

    text: str
    interrupt_first: bool = False
    on_word: Callable[[str], None] = _ignore
    """Called with every word that begins, on the conversation's thread; must not block."""


@dataclass(frozen=True)
class Spoken:
    """How a request ended."""

    text: str
    """The words that were spoken, as far as the engine told."""

    reason: str
    """As SayDone's, or the code of what went wrong: lost, timeout, busy, unsupported, ..."""

    message: str = ''
    """Why not all of it; empty where it was finished."""


@dataclass
class _Open:
    request: SayRequest
    end: 'asyncio.Future[Spoken]'
    words: list[str] = field(default_factory=list)

    def finish(self, reason: str, message: str, spoken: str | None = None) -> None:
        """End it; without the engine's word on it, the latest word may be half of one."""
        if not self.end.done():
            text = ' '.join(self.words[:-1]) if spoken is None else spoken
            self.end.set_result(Spoken(text, reason, _WHY.get(reason, message)))


class Says:
    """The texts of one connection, by the id of their request. Used on the loop alone."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._open: dict[int, _Open] = {}
        self._heard_s = 0.0
        """When the engine last told of any of them: those that wait do so for the others."""

    @property
    def is_open(self) -> bool:
        """Whether something is being said, or waits for it."""
        return bool(self._open)

    @property
    def latest(self) -> int:
        """The request that came last of those that are open; 0 where none is."""
        return max(self._open, default=0)

    async def say(self, request_id: int, request: SayRequest) -> Spoken:
        """Ask for a text and return how it ended; never raises BackendError, never hangs."""
        said = _Open(request, asyncio.get_running_loop().create_future())
        self._open[request_id] = said
        self._heard_s = time.monotonic()
        try:
            await self._backend.say(request_id, request.text, request.interrupt_first)
            while not said.end.done():
                left_s = self._heard_s + QUIET_S - time.monotonic()
                if left_s <= 0:
                    await self._give_up(request_id, said)
                await asyncio.wait((said.end,), timeout=left_s)
        except BackendError as error:
            said.finish(error.code, str(error))
        finally:
            del self._open[request_id]
        return said.end.result()

    async def cancel(self, request: SayRequest) -> None:
        """Ask the engine to stop; `say` returns with what was spoken. Unknown ones are over."""
        for request_id, said in list(self._open.items()):
            if said.request is request:
                await self._tell_cancel(request_id)

    async def drop(self, reason: str, message: str) -> None:
        """End all of them here, and tell the engine."""
        for request_id, said in list(self._open.items()):
            said.finish(reason, message)
            await self._tell_cancel(request_id)

    def goes_on(self) -> None:
        """The agent speaks; a word that is read out as many, such as a number, begins once."""
        self._heard_s = time.monotonic()

    def began(self, event: SayWord) -> None:
        """A word begins."""
        said = self._open.get(event.id)
        self._heard_s = time.monotonic()
        if said is not None and not said.end.done():
            said.words.append(event.word)
            said.request.on_word(event.word)

    def done(self, event: SayDone) -> None:
        """The engine is through with a text."""
        self._heard_s = time.monotonic()
        if event.id in self._open:
            message = f'the engine ended it: {event.reason[:40]}'
            self._open[event.id].finish(event.reason, message, event.spoken)

    def refused(self, fault: Fault) -> bool:
        """Hand a fault to the text it answers; return whether there was one."""
        said = self._open.get(fault.id or 0)
        if said is None:
            return False
        said.finish(fault.code, fault.message)
        return True

    def lost(self) -> None:
        """The connection is gone."""
        for said in self._open.values():
            said.finish('lost', 'the engine was lost while it spoke')

    async def _give_up(self, request_id: int, said: _Open) -> None:
        said.finish(
            'timeout',
            f'the engine did not go on with it for {QUIET_S:g} s: is it stalled? See /diagnostics',
        )
        await self._tell_cancel(request_id)

    async def _tell_cancel(self, request_id: int) -> None:
        try:
            await self._backend.cancel_say(request_id)
        except BackendError:
            pass  # the connection is breaking: `lost` ends what is open
