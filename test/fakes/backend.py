# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""An engine in memory: hands out backends that follow a script, without a socket or a model."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from collections.abc import Sequence

import numpy as np

from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.backends.base import AgentFrame
from personaplex_ros.backends.base import BackendError
from personaplex_ros.backends.base import BackendEvent
from personaplex_ros.backends.base import Role
from personaplex_ros.wire.events import Fault
from personaplex_ros.wire.events import FrameReport
from personaplex_ros.wire.events import Interrupted
from personaplex_ros.wire.events import PersonaChanged
from personaplex_ros.wire.events import SessionStarted

TONE = np.full(SAMPLES_PER_FRAME, 5000, np.int16)
SILENT = np.zeros(SAMPLES_PER_FRAME, np.int16)


class ScriptedEngine:
    """What every connection meets; a test changes it while the conversation runs."""

    def __init__(self) -> None:
        self.voices = ['NATF2', 'NATM1']
        self.refusals: deque[BackendError] = deque()
        """Each refuses one connection."""
        self.door = asyncio.Event()
        """Cleared: open() waits in front of it."""
        self.door.set()
        self.reached = False
        """The door was found, open or not."""
        self.answering = True
        """False: frames are taken, and answered only by answer()."""
        self.sound = TONE
        """What an answer sounds like."""
        self.skip: set[int] = set()
        """Inputs that get no answer, as with an engine that dropped to live."""
        self.obeying = True
        """False: interrupts and persona changes stay without an answer."""
        self.role_fault: str | None = None
        """Refuse persona changes with this code."""
        self.roles: list[Role] = []
        """With whom connections were opened, and who was asked for since."""
        self.opened = 0
        self.attempts = 0
        self.memories: list[bool] = []
        """For each persona that was asked for, whether the conversation was to be remembered."""
        self.interrupts: list[int] = []
        self.says: list[tuple[int, str, bool]] = []
        """Request, text and whether to interrupt first; a test tells what becomes of them."""
        self.cancelled_says: list[int] = []
        self.holds: list[int] = []
        """Requests that keep the agent's words."""
        self.contexts: list[tuple[tuple[str, ...], bool]] = []
        """Facts that were told, and whether a rebuild was asked for."""
        self.context_fault: str | None = None
        """Answer the next facts with this code."""
        self.takes_facts = True
        """False: as NVIDIA's server, refuse facts before they are sent."""
        self.backend: ScriptedBackend | None = None
        """The latest connection that was opened."""

    def connect(self) -> 'ScriptedBackend':
        """Make a new, unopened backend."""
        return ScriptedBackend(self)

    @property
    def line(self) -> 'ScriptedBackend':
        """The connection there is."""
        assert self.backend is not None, 'nobody has connected yet'
        return self.backend


class ScriptedBackend:
    """One connection to a ScriptedEngine."""

    def __init__(self, engine: ScriptedEngine) -> None:
        self._engine = engine
        self._events: asyncio.Queue[BackendEvent | BackendError] = asyncio.Queue()
        self._next_out = 0
        self.sent = 0
        """Frames that were sent here."""
        self.broken: BackendError | None = None
        """Raised by every call that would send."""
        self.closed = False

    @property
    def name(self) -> str:
        """As an address would be."""
        return 'memory://engine'

    @property
    def reached(self) -> bool:
        """What the engine says."""
        return self._engine.reached

    async def open(self, role: Role) -> SessionStarted:
        """Follow the script: wait, refuse or welcome."""
        self._engine.attempts += 1
        await self._engine.door.wait()
        if self._engine.refusals:
            raise self._engine.refusals.popleft()
        self._engine.roles.append(role)
        self._engine.opened += 1
        self._engine.backend = self
        return SessionStarted('s', 'scripted', role.voice, prompt_positions=3, prompt_ms=1.0)

    async def voices(self) -> list[str]:
        """Tell them."""
        return self._engine.voices

    async def send_frame(self, pcm: np.ndarray) -> None:
        """Take a frame; answer it where the script says so."""
        self._check()
        number, self.sent = self.sent, self.sent + 1
        if self._engine.answering and number not in self._engine.skip:
            self.answer(number)

    async def interrupt(self, request: int) -> None:
        """Note it; obey where the script says so."""
        self._check()
        self._engine.interrupts.append(request)
        if self._engine.obeying:
            self.obey(request)

    async def tell_context(self, request: int, facts: Sequence[str], rebuild: bool) -> None:
        """Note it; refuse where the script says so."""
        self._check()
        if not self._engine.takes_facts:
            raise BackendError('unsupported', 'this server takes no facts')
        self._engine.contexts.append((tuple(facts), rebuild))
        code, self._engine.context_fault = self._engine.context_fault, None
        if code is not None:
            self.tell(Fault(code, f'refused: {code}', fatal=False, id=request))

    async def say(self, request: int, text: str, interrupt_first: bool) -> None:
        """Note it."""
        self._check()
        self._engine.says.append((request, text, interrupt_first))

    async def hold_text(self, request: int, max_ms: int) -> None:
        """Note it."""
        self._check()
        self._engine.holds.append(request)

    async def release_text(self, request: int) -> None:
        """Note it."""
        self._check()
        self._engine.holds.remove(request)

    async def cancel_say(self, request: int) -> None:
        """Note it."""
        self._check()
        self._engine.cancelled_says.append(request)

    async def set_role(self, request: int, role: Role, keep_memory: bool = False) -> None:
        """Change or refuse, as the script says."""
        self._check()
        self._engine.memories.append(keep_memory)
        if self._engine.role_fault is not None:
            code = self._engine.role_fault
            self.tell(Fault(code, f'refused: {code}', fatal=False, id=request))
            return
        self._engine.roles.append(role)
        if self._engine.obeying:
            self.tell(PersonaChanged(request, role.voice, 3, 1.0, frame=self._next_out))

    async def events(self) -> AsyncIterator[BackendEvent]:
        """Yield what the script told, until it hangs up."""
        while True:
            event = await self._events.get()
            if isinstance(event, BackendError):
                raise event
            yield event

    async def close(self) -> None:
        """End; more than once is fine."""
        self.closed = True

    def answer(self, input_frame: int, piece: str = '') -> None:
        """Speak one frame in answer to an input frame."""
        report = FrameReport(self._next_out, input_frame, 3, model_ms=2.0)
        self._next_out += 1
        self.tell(AgentFrame(report, piece, self._engine.sound))

    def obey(self, request: int) -> None:
        """Fall silent from the next frame on."""
        self.tell(Interrupted(request, self._next_out))

    def tell(self, event: BackendEvent) -> None:
        """Send any event."""
        self._events.put_nowait(event)

    def hang_up(self, code: str = 'lost') -> None:
        """Break the connection once what was told before is read."""
        self._events.put_nowait(BackendError(code, f'the engine is gone: {code}'))

    def _check(self) -> None:
        if self.broken is not None:
            raise self.broken
