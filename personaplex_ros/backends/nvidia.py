# Copyright 2026 personaplex_ros maintainers
# SPDX-License-Identifier: Apache-2.0
"""NVIDIA's own server (moshi.server of NVIDIA/personaplex) as a backend.

It knows audio and text pieces alone, so the rest is made here: an interrupt is silence at this
end while the model talks on unheard, and another persona is another connection.
"""

from collections import deque
from collections.abc import AsyncIterator
from collections.abc import Sequence
import ssl
import time

import numpy as np

from personaplex_ros.audio.format import SAMPLES_PER_FRAME
from personaplex_ros.backends.base import AgentFrame
from personaplex_ros.backends.base import BackendError
from personaplex_ros.backends.base import BackendEvent
from personaplex_ros.backends.base import Role
from personaplex_ros.backends.base import Unanswered
from personaplex_ros.backends.base import UNKNOWN_TEXT_ID
from personaplex_ros.backends.muting import Muting
from personaplex_ros.backends.nvidia_line import NvidiaLine
from personaplex_ros.wire import events as wire
from personaplex_ros.wire.address import engine_base_url

PUBLISHED_VOICES = (
    *(f'NAT{sex}{number}' for sex in 'FM' for number in range(4)),
    *(f'VAR{sex}{number}' for sex in 'FM' for number in range(5)),
)
"""Voices of huggingface.co/nvidia/personaplex-7b-v1, as its README lists them."""

CHANGE_SHARE = 0.9
"""Of the time to connect: the answer to a persona change must come before its caller gives up."""

MAX_TOLD = 8
"""Events that wait for the next frame; of a flood of interrupts the last one counts."""

_SILENCE = np.zeros(SAMPLES_PER_FRAME, np.int16)


class NvidiaBackend:
    """One session; frames are numbered as they arrive, one answer for every frame sent.

    url: http(s):// or ws(s)://host:port. connect_timeout_s: for reaching the server and for
    the persona's prompt together. tls: whom to trust, None for the system's certificates.
    """

    def __init__(
        self, url: str, connect_timeout_s: float = 20.0, tls: ssl.SSLContext | None = None
    ) -> None:
        self._base = engine_base_url(url)
        self._connect_timeout_s = connect_timeout_s
        self._tls = tls
        self._line = NvidiaLine(self._base, tls)
        self._role = Role('', '')
        self._wanted: tuple[int, Role] | None = None
        self._owed: deque[int] = deque()
        self._next_input = 0
        self._next_output = 0
        self._muting = Muting()
        self._told: deque[BackendEvent] = deque(maxlen=MAX_TOLD)

    @property
    def name(self) -> str:
        """The server's address."""
        return self._base

    @property
    def reached(self) -> bool:
        """Whether the server took the connection."""
        return self._line.reached

    async def open(self, role: Role) -> wire.SessionStarted:
        """Connect, and wait until the persona is prompted; raises BackendError."""
        begun_s = time.monotonic()
        await self._line.open(role, self._connect_timeout_s)
        self._role = role
        return wire.SessionStarted(
            session='',
            model="not told by NVIDIA's server",
            voice=role.voice,
            prompt_positions=0,
            prompt_ms=1e3 * (time.monotonic() - begun_s),
        )

    async def voices(self) -> list[str]:
        """Return the published voices: the server does not list what it has."""
        return list(PUBLISHED_VOICES)

    async def send_frame(self, pcm: np.ndarray) -> None:
        """Send int16 [1920]; while the persona changes there is nobody to hear it."""
        number, self._next_input = self._next_input, self._next_input + 1
        if self._wanted is not None:
            return
        if self._muting.hears(pcm):
            self._told.append(wire.Released(self._next_output, 'user_speech'))
        self._owed.append(number)
        try:
            await self._line.send(pcm)
        except BackendError:
            if self._wanted is None:
                raise  # otherwise it broke off for the sake of another persona

    async def interrupt(self, request: int) -> None:
        """Be silent here from the next frame on; the model is not told and talks on."""
        self._muting.begin()
        self._told.append(wire.Interrupted(request, self._next_output))

    async def tell_context(self, request: int, facts: Sequence[str], rebuild: bool) -> None:
        """Refuse: the server takes no text but the persona's, and rebuilds nothing."""
        raise BackendError('unsupported', "a persona of NVIDIA's server cannot be told of facts")

    async def say(self, request: int, text: str, interrupt_first: bool) -> None:
        """Raises BackendError: the server takes no text but the persona's."""
        raise BackendError('unsupported', "NVIDIA's server cannot be told what to say")

    async def hold_text(self, request: int, max_ms: int) -> None:
        """Refuse: text does not travel to that server."""
        raise BackendError('unsupported', "NVIDIA's server cannot be kept from its words")

    async def release_text(self, request: int) -> None:
        """Nothing is held."""

    async def cancel_say(self, request: int) -> None:
        """Nothing is ever said on request."""

    async def set_role(self, request: int, role: Role, keep_memory: bool = False) -> None:
        """Leave the old persona and connect anew; raises BackendError while that goes on."""
        if keep_memory:
            message = "a persona of NVIDIA's server begins without memory: leave keep_memory out"
            raise BackendError('unsupported', message)
        if self._wanted is not None:
            message = 'another persona is being prepared; ask again when it is there'
            raise BackendError('busy', message)
        self._wanted = (request, role)
        await self._line.close()  # first: it serves one client, the next one has to wait

    async def events(self) -> AsyncIterator[BackendEvent]:
        """Yield frames and answers; raises BackendError when the connection is lost."""
        while True:
            async for piece, pcm in self._line.frames():
                while self._told:
                    yield self._told.popleft()
                yield self._answer(piece, pcm)
            if self._wanted is None:
                raise BackendError('lost', f'{self._base} closed the connection')
            async for event in self._change(*self._wanted):
                yield event

    async def close(self) -> None:
        """End the session."""
        await self._line.close()

    def _answer(self, piece: str, pcm: np.ndarray) -> AgentFrame:
        if not self._owed:
            raise BackendError('protocol', f'{self._base} sent sound that answers no frame')
        frame, self._next_output = self._next_output, self._next_output + 1
        held = self._muting.mutes_next()
        if held and not self._muting.active:
            self._told.append(wire.Released(self._next_output, 'timeout'))
        report = wire.FrameReport(
            frame, self._owed.popleft(), UNKNOWN_TEXT_ID, model_ms=0.0, held=held
        )
        return AgentFrame(report, '' if held else piece, _SILENCE if held else pcm)

    async def _change(self, request: int, role: Role) -> AsyncIterator[BackendEvent]:
        """Become another persona; where that fails, tell why and have the old one back."""
        begun_s = time.monotonic()
        try:
            await self._connect(role, CHANGE_SHARE * self._connect_timeout_s)
        except BackendError as error:
            yield wire.Fault(error.code, str(error), fatal=False, id=request)
            await self._connect(self._role, self._connect_timeout_s)
            role = self._role
        else:
            took_ms = 1e3 * (time.monotonic() - begun_s)
            yield wire.PersonaChanged(request, role.voice, 0, took_ms, self._next_output)
        self._role, self._wanted = role, None
        self._owed.clear()
        self._muting.end()
        yield Unanswered(before=self._next_input)

    async def _connect(self, role: Role, timeout_s: float) -> None:
        await self._line.close()
        self._line = NvidiaLine(self._base, self._tls)
        await self._line.open(role, timeout_s)
